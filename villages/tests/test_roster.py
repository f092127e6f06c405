import datetime as dt

import pytest
from pytest_django import DjangoAssertNumQueries

from villages import roster
from villages.models import Grid, Household, Resident, Township, Village
from villages.roster import CannotEnrol, Newcomer, Person

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 1)


@pytest.fixture
def village() -> Village:
    roster.load_district()
    return Village.objects.get(code="500114112202")


def newcomers(village: Village) -> list[Newcomer]:
    second, third = (roster.add_grid(village=village, number=number) for number in (2, 3))
    family = (Person("冉光明", "户主", is_head=True), Person("覃芳", "配偶"))
    crowd = [Newcomer(third, f"向世{letter}", DAY) for letter in "安平" * 60]
    return [Newcomer(second, " 冉光明 ", DAY, 2, "老冉", family), *crowd, Newcomer(second, "欧阳𤩽", DAY)]


def register(village: Village) -> list[tuple[object, ...]]:
    rows = Household.objects.filter(village=village).in_number_order()
    people = Resident.objects.filter(household__village=village).order_by("pk")
    plain = ("number", "grid__number", "serial", "head_name", "initials", "pinyin", "aliases", "members", "joined_on")
    return [*rows.values_list(*plain), *people.values_list("household__number", "name", "relation", "is_head")]


def forget(village: Village) -> None:
    Resident.objects.filter(household__village=village).delete()
    Household.objects.filter(village=village).delete()


def test_load_district_brings_every_place_and_is_idempotent() -> None:
    first = roster.load_district()
    Village.objects.filter(code="500114112202").update(phone="023-0000 0001")

    assert first == roster.load_district() == (30, 220)
    assert Township.objects.get(code="500114112").kind == "town"
    kept = Village.objects.get(code="500114112202")
    assert (kept.short_name, kept.kind, kept.phone) == ("桐木村", "village", "023-0000 0001")


def test_load_district_follows_the_file_and_writes_what_differs_alone(
    village: Village, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = Township.objects.get(code="500114106")
    Village.objects.filter(pk=village.pk).update(name="改了", short_name="改了", kind="community", township=other)
    Township.objects.filter(pk=other.pk).update(name="改了")

    roster.load_district()
    village.refresh_from_db()
    other.refresh_from_db()

    assert (village.name, village.short_name, village.kind) == ("桐木村村民委员会", "桐木村", "village")
    assert (village.township.code, other.name) == ("500114112", "石会镇")
    with django_assert_num_queries(6):  # two to look, two to count, one transaction around them
        roster.load_district()


def test_enrol_many_counts_in_each_village_for_itself(village: Village) -> None:
    other = Village.objects.get(code="500114106200")
    grids = roster.add_grids(keepers={village: ["冉光明", "覃芳"], other: ["石远方"]})
    assert [(grid.number, grid.name, grid.keeper) for grid in grids[village]] == [
        (1, "1组", "冉光明"),
        (2, "2组", "覃芳"),
    ]
    roster.enrol(grid=grids[other][0], head_name="谭秀英", joined_on=DAY)

    made = roster.enrol_many(
        newcomers=[Newcomer(grid, "田秀英", DAY) for grid in (*grids[other], *grids[village], *grids[other])]
    )

    assert [one.number for one in made] == [
        "500114106200-01-0102",
        "500114112202-01-0101",
        "500114112202-02-0201",
        "500114106200-01-0103",
    ]
    assert roster.add_grids(keepers={village: ["向天明"]})[village][0].pk == grids[village][0].pk
    assert list(village.grids.order_by("number").values_list("keeper", flat=True)) == ["向天明", "覃芳"]


def test_enrol_many_registers_as_enrol_does(village: Village) -> None:
    wanted = newcomers(village)
    for one in wanted:
        roster.enrol(**vars(one))
    singly = register(village)
    forget(village)

    roster.enrol_many(newcomers=wanted)

    assert register(village) == singly
    assert {row[2] for row in singly if len(row) == 9} >= {201, 202, 301, 399, 5001, 5021}


def test_enrol_many_goes_on_from_numbers_already_given(village: Village) -> None:
    grid = roster.add_grid(village=village, number=2)
    roster.enrol(grid=grid, head_name="田秀英", joined_on=DAY)

    [later] = roster.enrol_many(newcomers=[Newcomer(grid, "田秀英", DAY)])

    assert later.number == "500114112202-02-0202"


def test_enrol_many_takes_all_or_nothing(village: Village) -> None:
    grid: Grid = roster.add_grid(village=village, number=1)

    with pytest.raises(CannotEnrol):
        roster.enrol_many(newcomers=[Newcomer(grid, "冉光明", DAY), Newcomer(grid, " ", DAY)])

    assert not Household.objects.exists()
