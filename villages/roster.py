"""The register of places and households: who is there, under which number."""

import csv
import datetime as dt
import operator
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.db import transaction

from qianjiang_portal.foundation.refusals import Refused
from villages import pinyin
from villages.models import Grid, Household, Resident, Township, Village

DATA = Path(__file__).parent / "data"
# A group counts to 99; its hundredth household is the first of the village above this number.
OVERFLOW = 5000
MOST_GRIDS = 99
BATCH = 5000
HEAD = "户主"
NO_HEAD = "户主姓名没有填写"
Place = TypeVar("Place", Township, Village)


class CannotEnrol(Refused):
    """The household cannot be put on the register."""


@dataclass(frozen=True)
class Person:
    """A member to enrol with a household."""

    name: str
    relation: str = ""
    is_head: bool = False


@dataclass(frozen=True)
class Newcomer:
    """A household to enrol."""

    grid: Grid
    head_name: str
    joined_on: dt.date
    members: int = 1
    aliases: str = ""
    people: tuple[Person, ...] = ()


@transaction.atomic
def load_district() -> tuple[int, int]:
    """Load the townships and villages shipped with the project; answers (townships, villages) there are now.

    Idempotent: names and kinds follow the file, everything else that has been set since is kept.
    """
    townships = _put(Township, [_township(row) for row in _rows("townships.csv")], ["name", "kind"])
    villages = [_village(row, townships[row["township_code"]]) for row in _rows("villages.csv")]
    _put(Village, villages, ["name", "short_name", "kind", "township_id"])
    return Township.objects.count(), Village.objects.count()


@transaction.atomic
def add_grid(*, village: Village, number: int, name: str = "", keeper: str = "") -> Grid:
    grid, _ = Grid.objects.update_or_create(
        village=village,
        number=number,
        defaults={"name": name or f"{number}组", "keeper": keeper},
    )
    return grid


@transaction.atomic
def add_grids(*, keepers: Mapping[Village, Sequence[str]]) -> dict[Village, list[Grid]]:
    """Set up groups 1, 2, 3, … of villages, one for each keeper, as `add_grid` would one by one."""
    grids = {
        village: [
            Grid(village=village, number=number, name=f"{number}组", keeper=keeper)
            for number, keeper in enumerate(names, 1)
        ]
        for village, names in keepers.items()
    }
    Grid.objects.bulk_create(
        [grid for of_village in grids.values() for grid in of_village],
        update_conflicts=True,
        unique_fields=["village", "number"],
        update_fields=["name", "keeper"],
    )
    return grids


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
    newcomer = Newcomer(grid, head_name, joined_on, members, aliases, people)
    _check(newcomer)
    _refuse_closed([Village.objects.select_for_update(no_key=True).get(pk=grid.village_id)])
    household = _household(newcomer, serial or next_serial(grid))
    household.save(force_insert=True)
    Resident.objects.bulk_create(_residents(household, newcomer))
    return household


@transaction.atomic
def enrol_many(*, newcomers: Sequence[Newcomer]) -> list[Household]:
    """Register many households, in the order given, as `enrol` would one by one. Raises CannotEnrol."""
    for newcomer in newcomers:
        _check(newcomer)
    villages = sorted({newcomer.grid.village_id for newcomer in newcomers})
    _refuse_closed(Village.objects.select_for_update(no_key=True).filter(pk__in=villages).order_by("pk"))
    serials = _serials(villages)
    households = [_household(one, serials[one.grid.village_id].take(one.grid.number)) for one in newcomers]
    Household.objects.bulk_create(households, batch_size=BATCH)
    pairs = zip(households, newcomers, strict=True)
    people = [resident for household, one in pairs for resident in _residents(household, one)]
    Resident.objects.bulk_create(people, batch_size=BATCH)
    return households


def next_serial(grid: Grid) -> int:
    """The next free number: group 2 counts 0201, 0202, …; a group of more than 99 goes on from 5001."""
    return _serials([grid.village_id])[grid.village_id].take(grid.number)


def _serials(villages: Iterable[int]) -> dict[int, "Serials"]:
    """How far each of the villages has counted. Needs them locked."""
    taken = defaultdict(list)
    for village, serial in Household.objects.filter(village__in=villages).values_list("village_id", "serial"):
        taken[village].append(serial)
    return {village: Serials(taken[village]) for village in villages}


class Serials:
    """The household numbers of a village as they are given out. Use it with the village locked."""

    def __init__(self, taken: Iterable[int]) -> None:
        self.tops: dict[int, int] = {}
        self.overflow = OVERFLOW
        for serial in taken:
            self._note(serial)

    def take(self, group: int) -> int:
        top = self.tops.get(group, group * 100)
        serial = top + 1 if top < group * 100 + 99 else self.overflow + 1
        self._note(serial)
        return serial

    def _note(self, serial: int) -> None:
        self.tops[serial // 100] = max(serial, self.tops.get(serial // 100, 0))
        self.overflow = max(serial, self.overflow)


def lock(ids: Iterable[int]) -> None:
    """Lock households in the order of their ids, as everything that locks several does. Needs a transaction."""
    locked = Household.objects.select_for_update(no_key=True).filter(pk__in=set(ids)).order_by("pk")
    list(locked.values_list("pk", flat=True))


@dataclass(frozen=True)
class Amendment:
    """What is to be written otherwise of a household; None stays as it is. `people` are members to add."""

    household: Household
    head_name: str | None = None
    members: int | None = None
    aliases: str | None = None
    people: tuple[Person, ...] = ()


@transaction.atomic
def amend_many(*, amendments: Sequence[Amendment]) -> list[Household]:
    """Correct many households at once. A member who becomes the head is marked as such, the old head stays a member.

    Somebody new by that name is the head under a corrected one. Raises CannotEnrol.
    """
    lock(one.household.pk for one in amendments)
    homes = Household.objects.in_bulk([one.household.pk for one in amendments])
    for one in amendments:
        _amend(homes[one.household.pk], one)
    fields = ["head_name", "initials", "pinyin", "aliases", "members", "version"]
    Household.objects.bulk_update(homes.values(), fields, batch_size=BATCH)
    _crown({one.household.pk: one.head_name.strip() for one in amendments if one.head_name is not None})
    coming = [
        Resident(household_id=one.household.pk, name=person.name, relation=person.relation)
        for one in amendments
        for person in one.people
    ]
    Resident.objects.bulk_create(coming, batch_size=BATCH)
    return list(homes.values())


def _amend(household: Household, amendment: Amendment) -> None:
    if household.state != Household.State.ACTIVE:
        raise CannotEnrol(f"{household.head_name}户{household.get_state_display()}")
    if amendment.head_name is not None:
        name = amendment.head_name.strip()
        if not name:
            raise CannotEnrol(NO_HEAD)
        household.head_name, household.initials = name, " ".join(pinyin.initials(name))
        household.pinyin = pinyin.sort_key(name)
    if amendment.members is not None:
        household.members = amendment.members
    if amendment.aliases is not None:
        household.aliases = amendment.aliases
    household.version += 1


def _crown(heads: dict[int, str]) -> None:
    """Write down who heads each household now: first nobody, then the one of that name, else the head renamed."""
    residents: dict[int, list[Resident]] = {}
    for one in Resident.objects.filter(household__in=heads).order_by("pk"):
        residents.setdefault(one.household_id, []).append(one)
    before, after = [], []
    for home, name in heads.items():
        old = next((one for one in residents.get(home, []) if one.is_head), None)
        new = next((one for one in residents.get(home, []) if one.name == name and not one.is_head), None)
        if new and old:
            old.is_head, old.relation = False, "" if old.relation == HEAD else old.relation
            before.append(old)
        if new:
            new.is_head, new.relation = True, HEAD
        elif old:
            old.name = name
        after += [one for one in (new or old,) if one]
    fields = ["name", "relation", "is_head"]
    Resident.objects.bulk_update(before, fields, batch_size=BATCH)
    Resident.objects.bulk_update(after, fields, batch_size=BATCH)


@transaction.atomic
def move_out(*, household: Household, on: dt.date) -> Household:
    """Take a household off the register; its passbook stays."""
    household = Household.objects.select_for_update().get(pk=household.pk)
    household.state, household.left_on = Household.State.MOVED, on
    household.version += 1
    household.save()
    return household


@transaction.atomic
def regroup(*, household: Household, grid: Grid) -> Household:
    """Put a household into another group of its village; its number stays."""
    household.grid = grid
    household.version += 1
    household.save(update_fields=["grid", "version"])
    return household


@transaction.atomic
def absorb(*, household: Household, into: Household) -> Household:
    """Write the members of a household down with another one, whose head stays."""
    Resident.objects.bulk_create(
        Resident(household=into, name=one.name, relation=one.relation) for one in household.residents.order_by("pk")
    )
    into.members += household.members
    into.version += 1
    into.save(update_fields=["members", "version"])
    return into


@transaction.atomic
def hand_over(*, household: Household, to: Household, state: str, on: dt.date) -> Household:
    """Take a household off the register that goes on as another one; its passbook stays."""
    household.state, household.left_on, household.successor = state, on, to
    household.version += 1
    household.save(update_fields=["state", "left_on", "successor", "version"])
    return household


@transaction.atomic
def take_over_grids(*, source: Village, into: Village) -> dict[int, Grid]:
    """Set up the groups of a village behind those of another one; old group → new group. Raises CannotEnrol."""
    last = max(into.grids.values_list("number", flat=True), default=0)
    old = list(source.grids.in_order())
    if last + len(old) > MOST_GRIDS:
        raise CannotEnrol(f"{into.short_name}的组会超过 {MOST_GRIDS} 个")
    new = Grid.objects.bulk_create(
        Grid(village=into, number=last + at, name=f"{source.short_name}{one.name}"[:30], keeper=one.keeper)
        for at, one in enumerate(old, 1)
    )
    return {one.pk: fresh for one, fresh in zip(old, new, strict=True)}


@transaction.atomic
def hand_over_many(*, pairs: Sequence[tuple[Household, Household]], on: dt.date) -> None:
    """Take households off the register that go on in another village, each as the one beside it."""
    for household, to in pairs:
        household.state, household.left_on, household.successor = Household.State.MOVED, on, to
        household.version += 1
    old = [household for household, _ in pairs]
    Household.objects.bulk_update(old, ["state", "left_on", "successor", "version"], batch_size=500)


@transaction.atomic
def close_village(*, village: Village, into: Village, on: dt.date) -> Village:
    """Say that a village has become part of another one; it is read as before. Nobody may be left on its register."""
    village.closed_on, village.successor = on, into
    village.save(update_fields=["closed_on", "successor"])
    return village


def short_name(name: str) -> str:
    """文汇社区居民委员会 → 文汇社区, 桐木村村民委员会 → 桐木村."""
    return name.removesuffix("居民委员会").removesuffix("村民委员会")


def _refuse_closed(villages: Iterable[Village]) -> None:
    if closed := next((one for one in list(villages) if one.closed_on), None):
        raise CannotEnrol(f"{closed.short_name}已经撤并，到并入的村登记")


def _check(newcomer: Newcomer) -> None:
    if not newcomer.head_name.strip():
        raise CannotEnrol(NO_HEAD)


def _household(newcomer: Newcomer, serial: int) -> Household:
    grid, name = newcomer.grid, newcomer.head_name.strip()
    return Household(
        village=grid.village,
        grid=grid,
        serial=serial,
        number=f"{grid.village.code}-{grid.number:02}-{serial:04}",
        head_name=name,
        initials=" ".join(pinyin.initials(name)),
        pinyin=pinyin.sort_key(name),
        aliases=newcomer.aliases,
        members=newcomer.members,
        joined_on=newcomer.joined_on,
    )


def _residents(household: Household, newcomer: Newcomer) -> list[Resident]:
    return [
        Resident(household=household, name=person.name, relation=person.relation, is_head=person.is_head)
        for person in newcomer.people
    ]


def _rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _township(row: dict[str, str]) -> Township:
    return Township(code=row["code"], name=row["name"], kind=Township.kind_of(row["code"]))


def _village(row: dict[str, str], township: Township) -> Village:
    name, kind = row["name"], Village.kind_of(row["code"])
    return Village(code=row["code"], name=name, short_name=short_name(name), kind=kind, township=township)


def _put(model: type[Place], wanted: list[Place], follow: list[str]) -> dict[str, Place]:
    """The places by their codes; only those that are new or differ in what follows the file are written."""
    there = {one.code: one for one in model._default_manager.all()}
    told = operator.attrgetter(*follow)
    differing = [one for one in wanted if one.code not in there or told(there[one.code]) != told(one)]
    model._default_manager.bulk_create(differing, update_conflicts=True, unique_fields=["code"], update_fields=follow)
    return there | {one.code: one for one in differing}
