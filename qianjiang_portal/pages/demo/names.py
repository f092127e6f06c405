"""Invented people with the names of the region."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from villages.roster import Person

# How often a surname is met in the Wuling mountains, roughly; the last ones are there because they are hard to type.
SURNAMES = {
    "冉": 14, "龚": 8, "庹": 4, "覃": 7, "向": 9, "田": 9, "张": 8, "李": 10, "罗": 6, "谢": 5, "杨": 9, "王": 7,
    "陈": 6, "刘": 5, "吴": 4, "黄": 4, "何": 4, "曾": 3, "任": 3, "石": 3, "彭": 3, "周": 3, "郑": 2, "蒋": 2,
    "孙": 2, "简": 2, "甘": 2, "牟": 2, "谭": 2, "单": 1, "仇": 1, "解": 1, "瞿": 1, "蹇": 1, "谯": 1, "欧阳": 2,
    "尉迟": 1, "夏侯": 1,
}  # fmt: skip

# First and second characters of given names, men's and women's, those born before about 1975 and after.
GIVEN = {
    ("m", "old"): ("世光正大国建天永德朝文兴克仕绍昌洪泽", "明华军平强福贵全林发云清安才富成德友荣昌"),
    ("m", "young"): ("志晓俊浩子宇海小文泽佳明建", "伟杰峰鹏涛波勇斌轩豪宇航辉龙阳凯翔"),
    ("f", "old"): ("秀桂玉淑春素凤金翠朝大德正玉国", "英兰芳珍香梅莲琼群碧菊容秀清华淑"),
    ("f", "young"): ("晓小丽雨思佳欣雪海春红婷", "丽娟艳霞敏静玲燕莉红梅琴颖萍雯"),
}
SINGLE = {"m": "勇伟军强波涛平鹏斌刚林", "f": "敏霞燕丽琼芳梅琴静艳红"}
# A character outside the basic plane: every table, file and page must carry it.
RARE = "𤩽"


@dataclass(frozen=True)
class Family:
    """A household's people; the first is its head."""

    people: tuple[Person, ...]

    @property
    def head_name(self) -> str:
        return self.people[0].name

    @property
    def surname(self) -> str:
        return surname_of(self.head_name)


def surname_of(name: str) -> str:
    return name[:2] if name[:2] in SURNAMES else name[:1]


def clans(rng: random.Random) -> tuple[list[str], list[int]]:
    """The surnames of one village with their weights: three of them make up half of it."""
    surnames, weights = list(SURNAMES), list(SURNAMES.values())
    total = sum(weights)
    for leading in rng.choices(surnames, weights, k=3):
        weights[surnames.index(leading)] += total // 3
    return surnames, weights


def families(rng: random.Random, count: int) -> Iterator[Family]:
    """`count` families of one village, some of them headed by people of the same name."""
    surnames, weights = clans(rng)
    namesake = ""
    for position in range(count):
        surname = rng.choices(surnames, weights)[0]
        head = namesake if namesake and position % 29 == 28 else ""
        family = _family(rng, head or surname + given(rng, _sex(rng), "old"))
        namesake = family.head_name if position % 29 == 3 else namesake
        yield family


def given(rng: random.Random, sex: str, age: str) -> str:
    if age == "young" and rng.random() < 0.25:
        return rng.choice(SINGLE[sex])
    first, second = GIVEN[sex, age]
    return rng.choice(first) + rng.choice(second)


def person(rng: random.Random, sex: str = "", age: str = "young") -> str:
    """Somebody's name with a surname from anywhere in the region."""
    surname = rng.choices(list(SURNAMES), list(SURNAMES.values()))[0]
    return surname + given(rng, sex or rng.choice("mf"), age)


def family_of(rng: random.Random, head_name: str) -> Family:
    """A family for a head whose name is given."""
    return _family(rng, head_name)


def _sex(rng: random.Random) -> str:
    return "m" if rng.random() < 0.72 else "f"


def _family(rng: random.Random, head_name: str) -> Family:
    people = [Person(head_name, "户主", is_head=True)]
    if rng.random() < 0.8:
        people.append(Person(person(rng, "f", "old"), "配偶"))
    for _ in range(rng.choices((0, 1, 2, 3), (15, 40, 35, 10))[0]):
        people.append(_child(rng, surname_of(head_name)))
    if rng.random() < 0.3:
        people.append(Person(person(rng, "f", "old"), "母亲"))
    return Family(tuple(people))


def _child(rng: random.Random, surname: str) -> Person:
    sex = rng.choice("mf")
    return Person(surname + given(rng, sex, "young"), "儿子" if sex == "m" else "女儿")
