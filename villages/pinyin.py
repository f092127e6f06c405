"""A name, and every way a clerk may type it.

Dictionaries do not read surnames as surnames (单 is "dan" in them), and a library's surname mode also
changes the given name. So the surname is read from a table here *and* the ordinary way, every later
character with all the readings it has, and a name is found by any of the combinations.
"""

import os
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product

# Characters are read one by one here, so the readings of words, 45 MB in every process and two
# thirds of the time to import this, would never be asked.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin import Style, pinyin

MOST_VARIANTS = 16
# What a register keeps of them: all variants in one field, and the sort key in another.
MOST_LETTERS = 180
LONGEST_KEY = 120

SURNAMES: dict[str, tuple[str, ...]] = {
    "冉": ("ran",),
    "覃": ("qin", "tan"),
    "庹": ("tuo",),
    "龚": ("gong",),
    "向": ("xiang",),
    "单": ("shan",),
    "曾": ("zeng",),
    "解": ("xie",),
    "仇": ("qiu",),
    "翟": ("zhai", "di"),
    "查": ("zha",),
    "盖": ("ge",),
    "朴": ("piao",),
    "区": ("ou",),
    "乐": ("yue",),
    "缪": ("miao",),
    "牟": ("mou", "mu"),
    "柏": ("bai", "bo"),
    "任": ("ren",),
    "华": ("hua",),
    "员": ("yun",),
    "郇": ("xun", "huan"),
    "隗": ("wei", "kui"),
    "燕": ("yan",),
    "车": ("che",),
    "折": ("she",),
    "召": ("shao",),
    "谌": ("chen", "shen"),
    "种": ("chong",),
    "秘": ("bi",),
    "洗": ("xian",),
    "祭": ("zhai",),
    "黑": ("he",),
    "郗": ("xi", "chi"),
    "薄": ("bo",),
    "贾": ("jia",),
    "句": ("gou",),
    "瞿": ("qu",),
    "宿": ("su",),
    "尉": ("wei", "yu"),
    "乜": ("nie",),
    "石": ("shi",),
    "叶": ("ye",),
    "沈": ("shen",),
    "褚": ("chu",),
    "万": ("wan",),
    "宁": ("ning",),
    "谯": ("qiao",),
    "蹇": ("jian",),
    "粟": ("su",),
    "吕": ("lv",),
}

COMPOUND_SURNAMES: dict[str, tuple[str, str]] = {
    "欧阳": ("ou", "yang"),
    "尉迟": ("yu", "chi"),
    "司马": ("si", "ma"),
    "上官": ("shang", "guan"),
    "诸葛": ("zhu", "ge"),
    "夏侯": ("xia", "hou"),
    "东方": ("dong", "fang"),
    "皇甫": ("huang", "fu"),
    "公孙": ("gong", "sun"),
    "慕容": ("mu", "rong"),
    "令狐": ("ling", "hu"),
    "司徒": ("si", "tu"),
    "司空": ("si", "kong"),
    "长孙": ("zhang", "sun"),
    "宇文": ("yu", "wen"),
    "端木": ("duan", "mu"),
    "轩辕": ("xuan", "yuan"),
    "南宫": ("nan", "gong"),
    "万俟": ("mo", "qi"),
    "澹台": ("tan", "tai"),
    "单于": ("chan", "yu"),
    "申屠": ("shen", "tu"),
    "濮阳": ("pu", "yang"),
    "淳于": ("chun", "yu"),
    "钟离": ("zhong", "li"),
    "闻人": ("wen", "ren"),
    "赫连": ("he", "lian"),
    "鲜于": ("xian", "yu"),
    "呼延": ("hu", "yan"),
    "乐正": ("yue", "zheng"),
    "独孤": ("du", "gu"),
}


def initials(name: str) -> list[str]:
    """First letters in every reading, the likeliest first: 覃世明 → ["qsm", "tsm"].

    At most `MOST_VARIANTS`, and fewer for very long names; a character nobody can pronounce is left out, so the
    rest can still be typed.
    """
    letters = [_distinct(reading[0] for reading in readings) for readings in syllables(name)]
    variants = min(MOST_VARIANTS, MOST_LETTERS // (len(letters) + 1))
    return ["".join(parts) for parts in islice(product(*letters), variants) if parts]


def syllables(name: str) -> list[list[str]]:
    """Every character's readings without tones, the likeliest first: 单芳 → [["shan", "dan"], ["fang"]]."""
    surname, given = _split(_clean(name))
    read = [
        *_surname_readings(surname),
        *(_all_readings(character) for character in given),
    ]
    return [list(readings) for readings in read if readings]


def first_letters(text: str) -> str:
    """The likeliest first letters of any words: 参加公共劳动 → cjggld."""
    return "".join(readings[0][0] for readings in syllables(text))


def sort_key(name: str) -> str:
    """Likeliest reading, one space between syllables, so that 李 comes before 梁 and 张三 before 张三丰."""
    surname, given = _split(_clean(name))
    read = [
        *_surname_readings(surname),
        *(_common_reading(character) for character in given),
    ]
    words = (readings[0] if readings else character for readings, character in zip(read, surname + given, strict=True))
    return " ".join(words)[:LONGEST_KEY]


def character_readings(names: Iterable[str]) -> dict[str, str]:
    """Each character that occurs, with its readings separated by spaces: what full pinyin is matched against."""
    found: dict[str, list[str]] = {}
    for name in names:
        surname, given = _split(_clean(name))
        for character, readings in zip(surname, _surname_readings(surname), strict=True):
            found.setdefault(character, []).extend(readings)
        for character in given:
            found.setdefault(character, []).extend(_all_readings(character))
    return {character: " ".join(_distinct(readings)) for character, readings in sorted(found.items()) if readings}


def _clean(name: str) -> str:
    """Without spaces, dots and digits; full-width letters become plain ones."""
    folded = unicodedata.normalize("NFKC", name).lower()
    return "".join(character for character in folded if character.isalpha())


def _split(name: str) -> tuple[str, str]:
    length = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1
    return name[:length], name[length:]


def _surname_readings(surname: str) -> list[tuple[str, ...]]:
    compound = COMPOUND_SURNAMES.get(surname)
    table: list[tuple[str, ...]] = [(reading,) for reading in compound] if compound else [SURNAMES.get(surname, ())]
    return [
        tuple(_distinct([*known, *_common_reading(character)]))
        for known, character in zip(table, surname, strict=False)
    ]


@lru_cache(maxsize=8192)
def _all_readings(character: str) -> tuple[str, ...]:
    return _read(character, heteronym=True)


@lru_cache(maxsize=8192)
def _common_reading(character: str) -> tuple[str, ...]:
    return _read(character, heteronym=False)


def _read(character: str, *, heteronym: bool) -> tuple[str, ...]:
    found = pinyin(character, style=Style.NORMAL, heteronym=heteronym, errors="default")
    readings = (unicodedata.normalize("NFKD", reading) for reading in found[0]) if found else ()
    return tuple(_distinct(reading for reading in readings if reading.isascii() and reading.isalpha()))


def _distinct(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
