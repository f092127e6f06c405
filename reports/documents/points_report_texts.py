"""The sentences of a report, written once from its figures and kept beside them.

A text is a list of blocks: a heading with its level, a paragraph, or the name of a table.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from qianjiang_portal.foundation.periods import parse
from reports.documents.model import Kind, han_date, shown

OFFICE = "黔江区乡村治理工作领导小组办公室"
RECEIVER = "区乡村治理工作领导小组办公室"

Figures = dict[str, Any]
Block = dict[str, Any]


def write(figures: Figures) -> dict[str, Any]:
    place, period = figures["place"], parse(figures["period"])
    return {
        "title": [f"{place['name']}{period.title}", "乡村治理积分运行情况"],
        "addressee": "" if place["is_district"] else RECEIVER,
        "signature": OFFICE if place["is_district"] else government(place["name"]),
        "blocks": [
            _paragraph(_opening(figures)),
            *(_sections(figures) if figures["values"]["entries"] else _nothing(figures)),
            *_work(figures["work"]),
            *_seals(figures["seals"]),
        ],
    }


def government(township: str) -> str:
    """Who signs for a township: its people's government, or the office of a street."""
    body = "办事处" if township.endswith("街道") else "人民政府"
    return f"黔江区{township}{body}"


def number(value: int | str | None) -> str:
    return shown(value if value is None else Decimal(value), Kind.COUNT)


def rate(value: str | None) -> str:
    return shown(value if value is None else Decimal(value), Kind.RATE)


def mean(value: str | None) -> str:
    return shown(value if value is None else Decimal(value), Kind.MEAN)


def _opening(figures: Figures) -> str:
    period, until = parse(figures["period"]), dt.date.fromisoformat(figures["until"])
    whole = f"现将{period.title}积分运行情况报告如下。"
    partial = f"{period.title}还没有结束，现将截至{han_date(until)}的积分运行情况报告如下。"
    return (
        f"{_adoption(figures)}。{whole if figures['is_over'] else partial}"
        f"数字为生效口径，按积分入账月份统计{_waiting(figures['on_notice'])}。"
    )


def _adoption(figures: Figures) -> str:
    scope = "全区" if figures["place"]["is_district"] else "辖区"
    there, adopted = figures["village_count"], figures["values"]["villages"]
    if there == adopted:
        return f"{scope}{there}个村（社区）均实行积分制"
    return f"{scope}{there}个村（社区）中，{adopted}个实行积分制"


def _waiting(points: int) -> str:
    return f"；另有{number(points)}分正在公示，期满入账后计入" if points else "，公示中的积分期满入账后计入"


def _nothing(figures: Figures) -> list[Block]:
    return [
        _heading(1, "总体情况"),
        _paragraph(
            f"在册{number(figures['values']['households'])}户，{parse(figures['period']).this_word}没有积分入账。"
        ),
        _paragraph(_checking(figures["values"])),
    ]


def _sections(figures: Figures) -> list[Block]:
    below = "各乡镇街道" if figures["place"]["is_district"] else "各村（社区）"
    return [
        _heading(1, "总体情况"),
        _paragraph(_participation(figures)),
        _paragraph(_points(figures)),
        _heading(1, "积分构成"),
        _heading(2, "三治"),
        _paragraph(_shares(figures["dimensions"], "dimensions")),
        _table("dimensions"),
        _heading(2, "五乐"),
        _paragraph(_shares(figures["joys"], "joys")),
        _table("joys"),
        _heading(2, "事项"),
        _paragraph(_rules(figures["rules"])),
        _table("rules"),
        _heading(1, "审核与公示"),
        _paragraph(_checking(figures["values"])),
        _heading(1, f"{below}情况"),
        _paragraph(
            f"{below}参与和积分情况见"
            + "{participation_bars}和{rows}，按行政区划代码排列"
            + f"{_idle(figures['idle_townships'])}。"
        ),
        {"chart": "participation_bars"},
        _table("rows"),
    ]


def _work(lines: list[dict[str, Any]]) -> list[Block]:
    """A sentence for each group of what was done beside the points, and the table with all of it compared.

    Noughts stand in the table alone.
    """
    groups: dict[str, list[str]] = {}
    for line in lines:
        if Decimal(line["values"][0] or 0):
            groups.setdefault(line["group"], []).append(line["label"] + amount(line["values"][0], line["unit"]))
    told = [_paragraph(f"{group}：{'，'.join(parts)}。") for group, parts in groups.items()]
    return [_heading(1, "各项工作"), *told, _paragraph("与上期和去年同期的对照见{work}。"), _table("work")]


def amount(value: int | str, unit: str) -> str:
    """12场, 3.50元, 98.2%: a figure with its unit, as the sentences say it."""
    if unit == "%":
        return rate(str(value))
    return f"{number(value) if isinstance(value, int) else mean(value)}{unit}"


def _seals(seals: list[dict[str, Any]]) -> list[Block]:
    if not seals:
        return []
    return [
        _heading(1, "账本封签"),
        _paragraph("期末各村（社区）最后一次封签见{seals}。"),
        _table("seals"),
        _paragraph("每次入账都形成封签，并印在下一期公示上，可以对照。"),
    ]


def _idle(townships: int) -> str:
    return f"；另有{townships}个乡镇街道还没有实行积分制的村（社区）" if townships else ""


def _participation(figures: Figures) -> str:
    now, before, period = figures["values"], figures["before"], parse(figures["period"])
    moved = _rate_moved(now["participation"], before["participation"], period.before_word)
    return (
        f"在册{number(now['households'])}户，有加分入账的{number(now['participants'])}户，"
        f"参与户率{rate(now['participation'])}{moved}。"
    )


def _points(figures: Figures) -> str:
    now, before, same = figures["values"], figures["before"], figures.get("same")
    period = parse(figures["period"])
    return (
        f"入账{number(now['entries'])}笔，加分{number(now['awards'])}分，"
        f"减分{number(abs(now['deductions']))}分，{_reversed(now['reversals'])}"
        f"净积分{number(now['net_points'])}分，户均{mean(now['net_per_household'])}分"
        f"{_moved(now['net_points'], before, period.before_word)}"
        f"{_moved(now['net_points'], same, '去年同期') if same else ''}。"
    )


def _reversed(points: int) -> str:
    return f"冲正{number(points)}分，" if points else ""


def _rate_moved(now: str | None, before: str | None, word: str) -> str:
    """The change in percentage points, of the rounded rates, so that it agrees with what is printed."""
    if now is None or before is None or not Decimal(before):
        return ""
    change = _percent(now) - _percent(before)
    if not change:
        return f"，与{word}持平"
    return f"，比{word}{'上升' if change > 0 else '下降'}{abs(change)}个百分点"


def _moved(now: int, before: dict[str, Any], word: str) -> str:
    if not before["entries"]:
        return ""
    change = now - before["net_points"]
    if not change:
        return f"，净积分与{word}持平"
    return f"，净积分比{word}{'增加' if change > 0 else '减少'}{number(abs(change))}分"


def _percent(share: str) -> Decimal:
    return Decimal(rate(share).removesuffix("%"))


def _shares(shares: list[dict[str, Any]], table: str) -> str:
    parts = "；".join(f"{share['label']}{number(share['points'])}分，占{rate(share['share'])}" for share in shares)
    return f"加分中，{parts}。见{{{table}}}。"


def _rules(rules: list[dict[str, Any]]) -> str:
    awards = [rule for rule in rules if rule["points"] > 0][:3]
    names = "、".join(f"“{rule['item']}”{number(rule['points'])}分" for rule in awards)
    return f"加分较多的事项是{names}，加减分合计较大的事项见{{rules}}。"


def _checking(values: dict[str, Any]) -> str:
    due, on_time = number(values["batches_due"]), number(values["batches_on_time"])
    reviewed = f"应审核{due}批，按时审核{on_time}批，按时审核率{rate(values['reviewed_on_time'])}"
    return (
        f"{reviewed if values['batches_due'] else '没有到期应审核的批次'}；"
        f"应公示{number(values['notices_due'])}期，按期公示{number(values['notices_in_time'])}期，"
        f"按期公示率{rate(values['notices_rate'])}。"
    )


def _heading(level: int, text: str) -> Block:
    return {"heading": level, "text": text}


def _paragraph(text: str) -> Block:
    return {"text": text}


def _table(name: str) -> Block:
    return {"table": name}
