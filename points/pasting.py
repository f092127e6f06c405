"""A list of names as people keep it: cells copied from Excel, or a sign-up list from a WeChat group.

Only the text is looked at here, never the register. Whatever is changed on the way is noted, so that it can be shown.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

MOST_LINES = 1000
LONGEST_NOTE = 60

# What a column may hold, in the order in which they are offered.
ROLES = {
    "name": "户主",
    "member": "成员",
    "points": "分值",
    "note": "备注",
    "number": "户号",
    "group": "组",
    "skip": "不用",
}

HEADS = {
    "name": ("户主", "姓名", "户主姓名", "农户", "农户姓名", "名字", "户主名"),
    "member": ("成员", "家庭成员", "参加人", "参加成员", "成员姓名"),
    "points": ("分值", "积分", "得分", "分数", "分", "加分", "扣分", "每户分值"),
    "note": ("备注", "说明", "事由", "备注说明"),
    "number": ("户号", "户编号", "农户编号", "编号"),
    "group": ("组", "组别", "小组", "村民组", "村民小组", "所在组"),
    "skip": ("序号", "号", "#", "no", "no."),
}
TOTALS = {"合计", "总计", "小计", "共计"}

_CELL = re.compile(r'"((?:[^"]|"")*)"[ ]*(?=\t|\n|$)|([^\t\n]*)')
_ORDER = re.compile(r"^\s*(?:\(\d{1,4}\)|\d{1,4}\s*[.、)\]:。,]|\d{1,4}\s+(?=[^\W\d]))\s*")
_HAN = "㐀-鿿豈-﫿\U00020000-\U0003ffff"
_GAP = rf"(?<=(?<![{_HAN}])[{_HAN}]) (?=[{_HAN}]{{1,2}}(?![{_HAN}]))| (?=[{_HAN}](?![{_HAN}]))"
_NAME = re.compile(rf"^(?:户主[:\s]*)?(?:(?P<group>\d{{1,2}})组\s*)?(?P<name>[{_HAN}](?:[{_HAN}·•]|{_GAP})*)")
_NUMBER = re.compile(r"(?<!\d)(?:\d{12}-\d{2}-\d{4}|0\d{3})(?!\d)")
_TAIL = re.compile(r"尾号\s*(\d{2})(?!\d)")
_GROUP = re.compile(r"(?<!\d)(\d{1,2})\s*组")
_POINTS = re.compile(r"(?<![\d.])([+-]?\d{1,5})\s*分(?!钟)|(?<![\w.+-])([+-]?\d{1,3})(?!\s*[\w.])")
_EDGES = " ,.;:!?、。·…~-_/|()[]<>《》“”\"'*#@"
_MINUS = str.maketrans("−—–", "---")
_CIRCLED = {sign: f"{at}." for at, sign in enumerate(range(ord("①"), ord("⑳") + 1), 1)}


@dataclass(frozen=True)
class Line:
    """One household as it was written. `names` are what it may be called, the most literal first.

    `points`, `number` (户号), `tail` (its last two digits) and `group` are what was typed, plain digits, or empty;
    `member` is who of the household is meant, `asks_member` whether the list has a column for it; `tidied` says what
    was put in order, in words fit to show.
    """

    at: int
    text: str
    names: tuple[str, ...] = ()
    points: str = ""
    note: str = ""
    number: str = ""
    tail: str = ""
    group: str = ""
    member: str = ""
    asks_member: bool = False
    tidied: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of cells, `A` first, and what it is taken for."""

    letter: str
    role: str


@dataclass(frozen=True)
class Sheet:
    """What was read. `passed` are lines that name nobody: the header, a title, a sum."""

    lines: list[Line]
    columns: list[Column] = field(default_factory=list)
    passed: dict[int, str] = field(default_factory=dict)
    has_header: bool = False

    @property
    def too_many(self) -> bool:
        return len(self.lines) > MOST_LINES


@dataclass(frozen=True)
class _Record:
    at: int
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        return "　".join(shown for cell in self.cells if (shown := _seen(cell)))


def read(text: str, *, header: bool | None = None, roles: Mapping[int, str] | None = None) -> Sheet:
    """Read pasted text. `header` and `roles` (by column, from 0) are what a person settled; the rest is guessed."""
    records = [record for record in _records(text) if record.text]
    passed = _titles(records)
    listed = [record for record in records if record.at not in passed]
    has_header = _is_header(listed) if header is None else header and bool(listed)
    if has_header:
        passed[listed[0].at] = listed[0].text
    body = listed[1:] if has_header else listed
    guessed = _roles(body, listed[0] if has_header else None)
    settled = guessed | {at: role for at, role in (roles or {}).items() if at in guessed and role in ROLES}
    lines = [_line(record, settled) for record in body]
    passed |= {line.at: line.text for line in lines if line.names and line.names[0] in TOTALS}
    columns = [Column(_letter(at), role) for at, role in settled.items()] if len(settled) > 1 else []
    return Sheet([line for line in lines if line.at not in passed], columns, passed, has_header)


def as_table(sheet: Sheet, *, rule: str, usual: int) -> bytes:
    """The same list as a table that an import reads: too long to settle line by line on one page."""
    asks_member = any(line.asks_member for line in sheet.lines)
    heads = ("户主", "户号", "事项", "分值", "备注", *(("成员",) if asks_member else ()))
    rows = [heads]
    for line in sheet.lines:
        name = line.names[0] if line.names else line.text
        cells = (name, line.number, rule, line.points or str(usual), line.note, line.member)
        rows.append(cells[: len(heads)])
    return "\n".join("\t".join(plainly(cell).replace('"', "”") for cell in row) for row in rows).encode()


def whole(text: str) -> int | None:
    """5, +5, −2, ５, 5分, 5.0 as a number; None for anything else."""
    plain = plainly(text).translate(_MINUS).replace(" ", "").removesuffix("分")
    found = re.fullmatch(r"([+-]?\d{1,5})(?:\.0+)?", plain)
    return int(found[1]) if found else None


def plainly(text: str) -> str:
    """Full-width letters, digits and spaces as plain ones; what cannot be seen is left out."""
    return _seen(unicodedata.normalize("NFKC", text))


def _seen(text: str) -> str:
    shown = (" " if sign.isspace() else sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    return " ".join("".join(shown).split())


# --- lines and cells -------------------------------------------------------


def _records(text: str) -> list[_Record]:
    """Rows of cells as spreadsheets put them on the clipboard: quotes may hold tabs and line ends."""
    rest = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[_Record] = []
    cells: list[str] = []
    at = 0
    while at <= len(rest):
        match = _CELL.match(rest, at)
        assert match
        cells.append(match[2] if match[1] is None else match[1].replace('""', '"'))
        at = match.end() + 1
        if rest[match.end() : at] != "\t":
            found.append(_Record(len(found) + 1, tuple(cells)))
            cells = []
    return found


def _titles(records: Sequence[_Record]) -> dict[int, str]:
    """The head of a WeChat list: 接龙, what it is about and the example, down to the first numbered line."""
    starts = [at for at, record in enumerate(records[:5]) if "接龙" in record.text[:8]]
    if not starts:
        return {}
    first = next((at for at, record in enumerate(records) if at > starts[0] and _order(record.text)), starts[0] + 1)
    return {record.at: record.text for record in records[:first]}


def _order(text: str) -> re.Match[str] | None:
    return _ORDER.match(plainly(text.translate(_CIRCLED)))


def _letter(at: int) -> str:
    return chr(ord("A") + at) if at < 26 else f"第{at + 1}"


def _known_head(cell: str) -> str:
    plain = re.sub(r"[\s()（）*]", "", plainly(cell)).lower()
    return next((role for role, words in HEADS.items() if plain in words), "")


def _is_header(records: Sequence[_Record]) -> bool:
    return bool(records) and any(_known_head(cell) in ("name", "points") for cell in records[0].cells)


def _roles(body: Sequence[_Record], head: _Record | None) -> dict[int, str]:
    """What each column holds: by its heading, else by what stands in it."""
    width = max((len(record.cells) for record in [*body, *([head] if head else [])]), default=1)
    heads = {at: _known_head(cell) for at, cell in enumerate(head.cells)} if head else {}
    found = {at: heads.get(at) or "" for at in range(width)}
    for at in range(width):
        cells = [plainly(record.cells[at]) for record in body if at < len(record.cells)]
        found[at] = found[at] or _looks_like(cells, set(ROLES) - set(found.values()))
    if "name" not in found.values():
        found[min((at for at, role in found.items() if role != "points"), default=0)] = "name"
    return found


def _looks_like(cells: Sequence[str], free: set[str]) -> str:
    filled = [cell for cell in cells if cell]
    if not filled:
        return "skip"
    tests = (
        ("number", lambda cell: bool(_NUMBER.fullmatch(cell))),
        ("group", lambda cell: bool(_GROUP.fullmatch(cell))),
        ("points", lambda cell: whole(cell) is not None),
        ("name", lambda cell: bool(_NAME.match(_ORDER.sub("", cell)))),
    )
    if filled == [str(at) for at in range(1, len(filled) + 1)] and len(filled) > 1:
        return "skip"
    fitting = (role for role, fits in tests if role in free and sum(map(fits, filled)) * 2 > len(filled))
    return next(fitting, "note" if "note" in free else "skip")


# --- one line --------------------------------------------------------------


def _line(record: _Record, roles: Mapping[int, str]) -> Line:
    if len(record.cells) == 1:
        return _settled(_free(record.at, record.cells[0]), record)
    given = {role: record.cells[at] for at, role in roles.items() if at < len(record.cells) and role != "skip"}
    line = _free(record.at, given.get("name", ""))
    tidied = list(line.tidied)
    if any(_is_wide(given.get(role, "")) for role in ("points", "number", "group")):
        tidied.append("全角数字改为半角")
    group = re.sub(r"\D", "", plainly(given.get("group", ""))) or line.group
    return _settled(
        replace(
            line,
            points=plainly(given.get("points", "")).translate(_MINUS) or line.points,
            note="，".join(part for part in (_seen(given.get("note", "")), line.note) if part),
            number=plainly(given.get("number", "")) or line.number,
            group=group.lstrip("0"),
            member=plainly(given.get("member", "")).replace(" ", "").strip(_EDGES)[:40],
            asks_member="member" in roles.values(),
            tidied=tuple(tidied),
        ),
        record,
    )


def _settled(line: Line, record: _Record) -> Line:
    tidied = dict.fromkeys(line.tidied)
    if len(line.note) > LONGEST_NOTE:
        tidied[f"备注留前 {LONGEST_NOTE} 个字"] = None
    return replace(line, text=record.text, note=line.note[:LONGEST_NOTE], tidied=tuple(tidied))


def _free(at: int, text: str) -> Line:
    """A line as it is typed by hand: number, name, and whatever comes after it."""
    plain = plainly(text.translate(_CIRCLED)).translate(_MINUS)
    tidied = ["全角数字改为半角"] if _is_wide(text) else []
    bare = _ORDER.sub("", plain)
    if bare != plain:
        tidied.append("去掉接龙序号")
    bare = bare.lstrip(_EDGES)
    found = _NAME.match(bare)
    name, rest = (found["name"], bare[found.end() :]) if found else (bare, "")
    solid = name.replace(" ", "")
    if solid != name or (not rest and "\u3000" in text.strip()):
        tidied.append("去掉空格")
    line, left = _facts(Line(at, text, _callings(solid, tidied), group=(found and found["group"]) or ""), rest)
    note = left.strip(_EDGES)
    if rest.strip() and not note and rest.strip(" ") and any(sign in "、。,.;:!" for sign in rest.strip()):
        tidied.append("去掉标点")
    if note:
        tidied.append(f"“{note}”记入备注")
    return replace(line, note=note, tidied=tuple(tidied))


def _callings(name: str, tidied: list[str]) -> tuple[str, ...]:
    """张三家 may be a name or 张三's: the literal one comes first."""
    short = re.sub(r"(?<=..)[户家]$", "", name)
    if short != name:
        tidied.append(f"去掉“{name[-1]}”字")
    return tuple(dict.fromkeys(part for part in (name, short) if part))


def _facts(line: Line, rest: str) -> tuple[Line, str]:
    """Points, 户号, 尾号 and group that stand behind a name, and what is left of the text."""
    found: dict[str, str] = {}
    for key, pattern in (("number", _NUMBER), ("tail", _TAIL), ("group", _GROUP), ("points", _POINTS)):
        if match := pattern.search(rest):
            found[key] = next((group for group in match.groups() if group), match[0])
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    facts = replace(
        line,
        points=found.get("points", line.points),
        number=found.get("number", line.number),
        tail=found.get("tail", line.tail),
        group=found.get("group", line.group).lstrip("0"),
    )
    return facts, " ".join(rest.replace("户 ", " ").split())


def _is_wide(text: str) -> bool:
    return any(sign in "０１２３４５６７８９＋－" for sign in text)
