"""What every number means: its name, its unit, how it is worked out and from which records."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Value = int | Decimal | None

POSTED = "已生效积分的月度汇总，按生效月份"
REGISTER = "月末在册户数；本月未满，按当前在册户数"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its 口径. A rate is a share between 0 and 1, written in percent; None means nothing to count."""

    name: str
    label: str
    value: Value
    unit: str
    formula: str
    source: str

    @property
    def shown(self) -> str:
        """`52.9%`, `3.01`, `279,986`, `—`."""
        return show(self.value, self.unit)


@dataclass(frozen=True, slots=True)
class Definition:
    label: str
    unit: str
    formula: str
    source: str = POSTED


DEFINITIONS: dict[str, Definition] = {
    "villages": Definition("实行积分制的村", "个", "已实行积分制的村和社区", "村和社区名册"),
    "households": Definition("在册户", "户", "在册农户数，不含已迁出和已合并的", REGISTER),
    "participants": Definition("参与户", "户", "至少有一笔加分生效的农户，一户只算一次", "参与登记，按生效月份"),
    "participation": Definition("参与户率", "%", "参与户 ÷ 在册户", f"参与登记，按生效月份；{REGISTER}"),
    "net_points": Definition("净积分", "分", "加分 − 减分 ± 冲正，不含兑换"),
    "net_per_household": Definition("户均净积分", "分/户", "净积分 ÷ 在册户", f"{POSTED}；{REGISTER}"),
    "awards": Definition("加分", "分", "生效的加分合计，未扣冲正"),
    "deductions": Definition("减分", "分", "生效的减分合计，未扣冲正"),
    "reversals": Definition("冲正", "分", "生效的冲正合计，不含兑换的冲正"),
    "entries": Definition("生效笔数", "笔", "加分、减分和冲正的笔数"),
    "batches_due": Definition("应审批次", "批", "提交后已审完或已满审核时限的批次", "批次登记，按提交月份"),
    "batches_on_time": Definition("按时审核批次", "批", "提交后在审核时限内审完的批次", "批次登记，按提交月份"),
    "reviewed_on_time": Definition("按时审核率", "%", "按时审核批次 ÷ 应审批次", "批次登记，按提交月份"),
    "notices_due": Definition("应公示村", "村", "实行积分制的村，每月一次", "村和社区名册"),
    "notices_in_time": Definition(
        "按期公示", "村", "次月5日及以前发布了当月公示的村，每月一次", "公示登记，按公示月份"
    ),
    "notices_rate": Definition("按期公示率", "%", "按期公示 ÷ 应公示村", "公示登记，按公示月份"),
    "objections": Definition("异议在办", "件", "村民提出、还没有答复办结的异议", "异议登记，当前"),
    "summaries": Definition("已报总结", "个", "已签发报送的乡镇街道和成员单位，一个单位一份", "总结登记，当前"),
    "spendable": Definition("可兑换积分", "分", "各户可兑换积分相加，欠分的户不抵减", "积分余额，当前"),
    "on_notice": Definition("公示中", "分", "公示期未满的加分减去减分，还没有计入净积分", "公示登记，当前"),
}


def figure(name: str, value: Value) -> Figure:
    """A value under its definition. Raises KeyError for a name that is not defined."""
    meaning = DEFINITIONS[name]
    return Figure(name, meaning.label, value, meaning.unit, meaning.formula, meaning.source)


def ratio(part: int, whole: int) -> Decimal | None:
    """A share to six places; None where there is nothing to divide by."""
    return (Decimal(part) / whole).quantize(Decimal("0.000001"), ROUND_HALF_UP) if whole else None


def show(value: Value, unit: str = "") -> str:
    """A value as pages and documents print it: one decimal for percent, two for a mean, U+2212 for minus."""
    if value is None:
        return "—"
    if unit == "%":
        text = f"{_rounded(value * 100, '0.1')}%"
    elif unit == "分/户":
        text = f"{_rounded(value, '0.01'):,}"
    else:
        text = f"{value:,}"
    return text.replace("-", "−")


def _rounded(value: int | Decimal, step: str) -> Decimal:
    return Decimal(value).quantize(Decimal(step), ROUND_HALF_UP)
