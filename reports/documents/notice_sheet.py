"""公示单: what the frozen list says on paper, and the same as a workbook. Names come masked and stay so."""

import datetime as dt
from typing import Any

from points.models import NoticeLine
from points.posters import Poster
from qianjiang_portal.foundation.calendar import SHANGHAI
from qianjiang_portal.foundation.templatetags.portal import signed
from reports.documents import xlsx
from reports.documents.model import Column, Kind, Metadata, Sheet, Table, Workbook, han_date

WIDE = ("序号", "户主", "组", "户号尾号", "自治", "法治", "德治")
NARROW = ("序号", "户主", "组", "尾号")
FIELDS = ("points_self", "points_law", "points_virtue", "total")


def name(poster: Poster) -> str:
    return f"{poster.title}{poster.part}"


def title(poster: Poster) -> list[str]:
    first = f"{poster.village.short_name}{poster.month}乡村治理积分公示"
    return [first, f"（{poster.part}）"] if poster.part else [first]


def heads(poster: Poster) -> list[str]:
    part = "本期" if poster.part else "本月"
    return [*NARROW, part, "累计"] if poster.is_double else [*WIDE, f"{part}合计", "累计"]


def row(line: NoticeLine, *, narrow: bool) -> list[str]:
    """The cells of one household, as they are printed."""
    points = [signed(line.total)] if narrow else [signed(getattr(line, name)) for name in FIELDS]
    return [str(line.position), line.masked_name, line.grid_name, line.tail, *points, str(line.cumulative)]


def rows(poster: Poster, lines: list[NoticeLine]) -> list[dict[str, Any]]:
    starts = poster.group_starts
    return [{"cells": row(line, narrow=poster.is_double), "starts": line.position in starts} for line in lines]


def total(poster: Poster) -> tuple[str, list[str]]:
    """合计: the households, then the sums column by column."""
    return f"合计 {poster.notice.households} 户", [signed(poster.sums[name]) for name in FIELDS]


def total_words(poster: Poster) -> str:
    said, (own, law, virtue, whole) = total(poster)
    return f"{said}：自治 {own}，法治 {law}，德治 {virtue}，共 {whole} 分。"


def scan(poster: Poster) -> list[str]:
    """Beside the QR code."""
    seal = [f"上期封签 {poster.previous_seal}"] if poster.previous_seal else []
    return ["扫码看电子版", f"编号 {poster.notice.code}", *seal]


def hands(poster: Poster) -> list[str]:
    """Who puts a seal or a name to it, and the day."""
    return [f"{poster.committee}（盖章）", f"{poster.watchers}（签字）", han_date(poster.notice.starts_on)]


def foot(poster: Poster) -> str:
    return f"名单校验码 {poster.checksum}"


def metadata(poster: Poster) -> Metadata:
    """Made when it went up: the same list makes the same file whenever it is asked for."""
    at: dt.datetime = poster.notice.published_at.astimezone(SHANGHAI).replace(microsecond=0)
    return Metadata("乡村治理积分公示", poster.committee, at)


def workbook(poster: Poster) -> bytes:
    """Every column of every household with numbers as numbers."""
    titles = [*WIDE, "本期合计" if poster.part else "本月合计", "累计"]
    kinds = [Kind.COUNT, Kind.TEXT, Kind.TEXT, Kind.TEXT, *[Kind.COUNT] * 5]
    columns = tuple(Column(title, kind) for title, kind in zip(titles, kinds, strict=True))
    listed = tuple(
        (line.position, line.masked_name, line.grid_name, line.tail, *_numbers(line)) for line in poster.lines
    )
    said, _ = total(poster)
    last = (None, said, "", "", *(poster.sums[name] for name in FIELDS), None)
    table = Table(name(poster), columns, (*listed, last), total=True, note=foot(poster))
    remarks = (("编号", poster.notice.code), ("公示", poster.lead), ("反映", poster.words))
    return xlsx.render(Workbook(name(poster), (Sheet("公示", table),), metadata(poster), remarks=remarks))


def _numbers(line: NoticeLine) -> tuple[int, ...]:
    return (*(getattr(line, name) for name in FIELDS), line.cumulative)
