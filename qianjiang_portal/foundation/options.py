"""Settings the district may change without a programmer: typed, with defaults, stored one row each."""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from qianjiang_portal.foundation.models import Option


@dataclass(frozen=True)
class Setting:
    """One changeable setting; `low` and `high` bound whole numbers.

    `words` are the values that a text, a list or a table may hold, with what people call them; `key` is what people
    call the keys of a table; `length` is how many numbers rise in a list.
    """

    default: Any
    label: str
    low: int | None = None
    high: int | None = None
    words: Mapping[Any, str] = field(default_factory=dict)
    key: str = ""
    length: int | None = None


SETTINGS: dict[str, Setting] = {
    "notice_days": Setting(7, "公示天数", 3, 30),
    "notice_post_hour": Setting(9, "公示期满后入账的钟点", 0, 23),
    "objection_working_days": Setting(5, "异议答复的工作日", 1, 30),
    "objections_an_hour_from_one_place": Setting(5, "同一网络每小时最多提几条异议", 1, 1000),
    "objections_an_hour_on_one_notice": Setting(60, "一期公示每小时最多收几条网上异议", 1, 10000),
    "self_lookup": Setting(False, "村民凭自查条查自己家的积分"),
    "lookup_tries_an_hour_on_one_slip": Setting(5, "一张自查条每小时最多填错几次自查码", 1, 100),
    "lookup_tries_an_hour_from_one_place": Setting(30, "同一网络每小时最多填错几次自查码", 1, 10000),
    "panel_quorum": Setting(3, "评议法定人数", 1, 15),
    "review_days": Setting(3, "审核时限(天)", 1, 30),
    "late_entry_days": Setting(31, "事情发生多少天后算补录", 1, 366),
    "month_closes_after_days": Setting(40, "月份结束多少天后不能再录入", 5, 400),
    "summary_opens_days": Setting(10, "总结在时期结束前多少天开放填写", 0, 60),
    "summary_due_day": Setting(5, "总结在次月几日前报送", 1, 28),
    "section_hold_minutes": Setting(3, "总结一节保存后为本人保留的分钟", 1, 60),
    "circular_mark": Setting("黔江乡治督", "督查通报发文字号里的代字"),
    "working_day_overrides": Setting(
        {}, "工作日调整，哪天上班、哪天休息", words={True: "上班", False: "休息"}, key="日期"
    ),
    "clerks_at_counter": Setting(False, "乡镇经办也可以办理兑换"),
    "receipt_printing": Setting(True, "兑换后先打印小票"),
    "stock_count_days": Setting(35, "物品多少天要盘点一次", 1, 400),
    "points_per_yuan": Setting(1, "几分折合 1 元，用于测算兑换所需资金", 1, 1000),
    "year_end": Setting(
        "carry",
        "年末积分怎么办",
        words={"carry": "全部结转", "expire": "过期的清零", "reset": "全部清零"},
    ),
    "year_end_keep_years": Setting(1, "过期的清零时，积分保留到入账后第几年的年末", 1, 20),
    "star_points": Setting([20, 50, 100, 150, 200], "一年多少分评一星到五星；细则里写了的以细则为准", length=5),
    "honour_notice_days": Setting(5, "荣誉公示天数", 3, 30),
    "red_list_years": Setting(2, "红榜公开几年的荣誉", 1, 20),
    "veto_items": Setting(
        {
            "V01": "严重违法犯罪，有主管部门文书",
            "V02": "违法占地建房，拒不整改",
            "V03": "弄虚作假骗取积分",
            "V04": "不履行赡养抚养义务，经调解不改",
        },
        "不扣分的一票否决事项；扣分的在积分细则里标“一票否决”",
        key="编码",
    ),
    "upload_megabytes": Setting(20, "上传的照片和 PDF 每个最大多少 MB", 1, 50),
    "upload_image_edge": Setting(2000, "照片长边保留多少像素", 800, 6000),
    "upload_pdf_pages": Setting(60, "上传的 PDF 最多多少页", 1, 500),
    "evidence_files_a_batch": Setting(40, "一批最多几份证明", 1, 500),
    "api_answers_keep_days": Setting(7, "接口的回答保留几天，重发时照样给出", 1, 90),
    "package_keep_days": Setting(7, "打包的报告保留几天，过了可以重新打包", 1, 365),
    "disclosure_public_months": Setting(24, "三公开在村民的网页上保留几个月", 3, 120),
    "idle_minutes": Setting(30, "多少分钟没有操作就自动退出", 5, 480),
    "second_factor_roles": Setting(
        [],
        "哪些角色登录要两步验证",
        words={"district": "区级", "auditor": "审计员", "admin": "系统管理员"},
    ),
    "audit_keep_days": Setting(1095, "操作记录保存天数", 180, 36500),
    "seal_algorithm": Setting("sm3", "封签算法", words={"sm3": "国密 SM3", "sha256": "SHA-256"}),
}


_held: ContextVar[dict[str, Any] | None] = ContextVar("held_options", default=None)


class UnknownOption(KeyError):
    """No setting of that name is declared."""


def get(name: str) -> Any:
    """The district's value of a setting, or its default."""
    if name not in SETTINGS:
        raise UnknownOption(name)
    held_values = _held.get()
    if held_values is None:
        return _read(name)
    if name not in held_values:
        held_values[name] = _read(name)
    return held_values[name]


@contextmanager
def held(*names: str) -> Iterator[None]:
    """Read each setting once for the length of the block: for one run over many rows, not for a whole process.

    The settings named are read at the start, all in one query.
    """
    token = _held.set({} if _held.get() is None else _held.get())
    try:
        if names:
            _hold(names)
        yield
    finally:
        _held.reset(token)


def _hold(names: tuple[str, ...]) -> None:
    values = _held.get()
    assert values is not None
    wanted = [name for name in names if name not in values]
    stored = dict(Option.objects.filter(name__in=wanted).values_list("name", "value")) if wanted else {}
    values.update({name: stored.get(name, SETTINGS[name].default) for name in wanted})


def _read(name: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM foundation_option WHERE name = %s", [name])
        stored = cursor.fetchone()
    value = json.loads(stored[0]) if stored else None
    return SETTINGS[name].default if value is None else value


@transaction.atomic
def put(*, name: str, value: Any) -> Option:
    """Store a setting after checking its type and bounds. Raises UnknownOption, ValueError."""
    if name not in SETTINGS:
        raise UnknownOption(name)
    check(name, value)
    option, _ = Option.objects.update_or_create(name=name, defaults={"value": value})
    if (held_values := _held.get()) is not None:
        held_values.pop(name, None)
    return option


def check(name: str, value: Any) -> None:
    setting = SETTINGS[name]
    if type(value) is not type(setting.default):
        raise ValueError(f"“{setting.label}”的值类型不对")
    if setting.words and not all(one in setting.words for one in _parts(value)):
        raise ValueError(f"“{setting.label}”可以写 {'、'.join(setting.words.values())}")
    if setting.length and (len(value) != setting.length or any(a >= b for a, b in itertools.pairwise(value))):
        raise ValueError(f"“{setting.label}”要写 {setting.length} 个数，后一个比前一个大")
    low, high = setting.low, setting.high
    if low is not None and high is not None and not low <= value <= high:
        raise ValueError(f"“{setting.label}”在 {low} 到 {high} 之间")


def _parts(value: Any) -> Iterable[Any]:
    """The single words of a text, a list or a table."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else [value]
