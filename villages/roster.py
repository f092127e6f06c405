"""The register of places and households: who is there, under which number."""

import csv
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from qianjiang_portal.foundation.refusals import Refused
from villages import pinyin
from villages.models import Grid, Household, Resident, Township, Village

DATA = Path(__file__).parent / "data"
OVERFLOW = 5000


class CannotEnrol(Refused):
    """The household cannot be put on the register."""


@dataclass(frozen=True)
class Person:
    """A member to enrol with a household."""

    name: str
    relation: str = ""
    is_head: bool = False


@transaction.atomic
def load_district() -> tuple[int, int]:
    """Load the townships and villages shipped with the project; answers (townships, villages) there are now.

    Idempotent: names and kinds follow the file, everything else that has been set since is kept.
    """
    townships = {row["code"]: _put_township(row) for row in _rows("townships.csv")}
    for row in _rows("villages.csv"):
        _put_village(row, townships[row["township_code"]])
    return Township.objects.count(), Village.objects.count()


@transaction.atomic
def add_grid(
    *, village: Village, number: int, name: str = "", keeper: str = ""
) -> Grid:
    grid, _ = Grid.objects.update_or_create(
        village=village,
        number=number,
        defaults={"name": name or f"{number}组", "keeper": keeper},
    )
    return grid


@transaction.atomic
def enrol(
    *,
    grid: Grid,
    head_name: str,
    joined_on: dt.date,
    members: int = 1,
    aliases: str = "",
    serial: int | None = None,
    people: tuple[Person, ...] = (),
) -> Household:
    """Register a household in a grid under the next free number. Raises CannotEnrol."""
    name = head_name.strip()
    if not name:
        raise CannotEnrol("户主姓名没有填写")
    Village.objects.select_for_update(no_key=True).get(pk=grid.village_id)
    serial = serial or next_serial(grid)
    household = Household.objects.create(
        village=grid.village,
        grid=grid,
        serial=serial,
        number=f"{grid.village.code}-{grid.number:02}-{serial:04}",
        head_name=name,
        initials=" ".join(pinyin.initials(name)),
        pinyin=pinyin.sort_key(name),
        aliases=aliases,
        members=members,
        joined_on=joined_on,
    )
    Resident.objects.bulk_create(
        Resident(
            household=household,
            name=person.name,
            relation=person.relation,
            is_head=person.is_head,
        )
        for person in people
    )
    return household


def next_serial(grid: Grid) -> int:
    """The next free number: group 2 counts 0201, 0202, …; a group of more than 99 goes on from 5001."""
    first, last = grid.number * 100 + 1, grid.number * 100 + 99
    taken = Household.objects.filter(village=grid.village_id)
    in_group = (
        taken.filter(serial__range=(first, last)).aggregate(top=Max("serial"))["top"]
        or first - 1
    )
    if in_group < last:
        return in_group + 1
    return (
        taken.filter(serial__gt=OVERFLOW).aggregate(top=Max("serial"))["top"]
        or OVERFLOW
    ) + 1


@transaction.atomic
def move_out(*, household: Household, on: dt.date) -> Household:
    """Take a household off the register; its passbook stays."""
    household = Household.objects.select_for_update().get(pk=household.pk)
    household.state, household.left_on = Household.State.MOVED, on
    household.version += 1
    household.save()
    return household


def short_name(name: str) -> str:
    """文汇社区居民委员会 → 文汇社区, 桐木村村民委员会 → 桐木村."""
    return name.removesuffix("居民委员会").removesuffix("村民委员会")


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _put_township(row: dict[str, str]) -> Township:
    return Township.objects.update_or_create(
        code=row["code"],
        defaults={"name": row["name"], "kind": Township.kind_of(row["code"])},
    )[0]


def _put_village(row: dict[str, str], township: Township) -> Village:
    return Village.objects.update_or_create(
        code=row["code"],
        defaults={
            "name": row["name"],
            "short_name": short_name(row["name"]),
            "kind": Village.kind_of(row["code"]),
            "township": township,
        },
    )[0]
