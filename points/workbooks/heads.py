"""Finding the heading of a table among titles and blank lines, and what each column is for."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from points.workbooks import cells
from points.workbooks.limits import BadWorkbook

LOOK_DOWN = 20
COLUMNS = {
    "name": ("户主", "户主姓名", "姓名", "农户", "农户姓名", "户主名", "户名", "家庭户主"),
    "number": ("户号", "农户编号", "户编号", "户编码", "农户户号"),
    "member": ("成员", "家庭成员", "参加成员", "参加人", "成员姓名"),
    "code": ("编码", "事项编码", "细则编码", "积分编码", "条目编码"),
    "rule": ("事项", "积分事项", "事项名称", "积分项目", "项目", "加分事项", "积分内容"),
    "day": ("日期", "时间", "发生日期", "活动日期", "积分日期", "发生时间"),
    "points": ("分值", "积分", "得分", "分数", "加分", "积分分值", "加减分", "计分"),
    "note": ("备注", "说明", "积分说明"),
}
SUMS_AND_PERSONS = (
    "序号 行号 组 组别 组名 网格 村 村名 乡镇 合计 小计 总分 总计 累计 电话 联系电话 手机 手机号 身份证 身份证号"
)
SIGNS_AND_PLACES = "签字 签名 问题说明 人口 家庭人口 住址 地址"
LEFT_OUT = frozenset(f"{SUMS_AND_PERSONS} {SIGNS_AND_PLACES}".split())
LABELS = {"name": "户主", "rule": "事项", "day": "日期", "points": "分值"}


class Layout:
    """What the columns of one kind of sheet may be called. `needs`: of each of these one has to be there."""

    def __init__(
        self,
        columns: dict[str, tuple[str, ...]],
        labels: dict[str, str],
        needs: tuple[frozenset[str], ...],
        has_items: bool = False,
    ) -> None:
        self.columns, self.labels, self.needs, self.has_items = columns, labels, needs, has_items
        self.known = {title: field for field, titles in columns.items() for title in titles}


AWARDS = Layout(COLUMNS, LABELS, (frozenset({"name", "number"}),), has_items=True)


class Head(NamedTuple):
    """Where the rows begin and which column is what. `items` are the columns of a table with a column per rule."""

    last_row: int
    titles: list[str]
    fields: dict[str, int]
    items: list[int]

    @property
    def is_wide(self) -> bool:
        return not self.fields.keys() & {"code", "rule"}


def find(rows: Sequence[Sequence[cells.Value]], layout: Layout = AWARDS) -> Head | None:
    """The heading within the first lines that hold anything, if there is one."""
    filled = [at for at, row in enumerate(rows) if any(cells.text(value) for value in row)]
    heads = (_head(rows, at, layout) for at in filled[:LOOK_DOWN])
    return next((head for head in heads if head), None)


def missing(rows: Sequence[Sequence[cells.Value]], layout: Layout = AWARDS) -> BadWorkbook:
    """Why no heading was found, by the line that came nearest to one."""
    best = max(range(len(rows)), key=lambda at: len(_fields(_texts(rows[at]), layout)), default=0)
    found = _fields(_texts(rows[best]), layout) if rows else {}
    has = found.keys() | ({"rule"} if "code" in found else set()) | ({"name"} if "number" in found else set())
    words = "".join(f"“{label}”" for field, label in layout.labels.items() if field not in has)
    return BadWorkbook(f"第 {best + 1} 行没有认出{words}，请对照模板", "I-04")


def title(typed: str) -> str:
    """A heading without blanks, notes in brackets and stars: `户主（必填）*` is 户主."""
    bare = re.sub(r"[(\[【].*?[)\]】]", "", cells.plain(typed))
    return bare.strip("*:#、,.")


def _head(rows: Sequence[Sequence[cells.Value]], at: int, layout: Layout) -> Head | None:
    upper = _texts(rows[at])
    if not _fields(upper, layout).keys() & {"name", "number"}:
        return None
    titles, last = upper, at
    if at + 1 < len(rows) and _is_second(upper, lower := _texts(rows[at + 1]), layout):
        titles, last = [under or over for under, over in _paired(lower, upper)], at + 1
    fields = _fields(titles, layout)
    if not all(fields.keys() & one for one in layout.needs):
        return None
    if not layout.has_items:
        return Head(last, titles, fields, [])
    taken = set(fields.values())
    items = [place for place, one in enumerate(titles) if one and place not in taken and _is_item(one, layout)]
    wide = not fields.keys() & {"code", "rule"}
    if wide and (not items or "points" in fields):
        return None
    return Head(last, titles, fields, items if wide else [])


def _is_second(upper: list[str], lower: list[str], layout: Layout) -> bool:
    """A second line of headings: nothing new under the household's column, words and no figures elsewhere."""
    places = _fields(upper, layout)
    under = [lower[at] in ("", upper[at]) for at in (places.get("name"), places.get("number")) if at is not None]
    words = [one for one, over in _paired(lower, upper) if one and one != over]
    return all(under) and bool(words) and not any(cells.points(one) is not None or cells.is_tick(one) for one in words)


def _paired(lower: list[str], upper: list[str]) -> list[tuple[str, str]]:
    width = max(len(lower), len(upper))
    pad = [""] * width
    return list(zip((lower + pad)[:width], (upper + pad)[:width], strict=True))


def _texts(row: Sequence[cells.Value]) -> list[str]:
    return [cells.text(value) for value in row]


def _fields(titles: list[str], layout: Layout) -> dict[str, int]:
    """The first column of each kind; a title that stands over the whole width is none."""
    found: dict[str, int] = {}
    for at, typed in enumerate(titles):
        field = layout.known.get(title(typed))
        if field and field not in found:
            found[field] = at
    return found


def _is_item(typed: str, layout: Layout) -> bool:
    bare = title(typed)
    return bare not in LEFT_OUT and bare not in layout.known
