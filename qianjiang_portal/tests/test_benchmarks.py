"""The parts of the measurements that need no large ledger: a script that no longer fits the portal shows here first."""

import importlib

import pytest

from benchmarks import __main__ as bench
from benchmarks import curves, half_year_package, municipality, partition, plans
from points.models import Entry
from villages.models import Village


@pytest.mark.parametrize("name", bench.scripts())
def test_every_script_is_there_to_be_run(name):
    assert importlib.import_module(f"benchmarks.{name}").__doc__


def test_the_package_has_every_figure_that_its_papers_tell():
    assert half_year_package.version(0).texts["blocks"]


def test_a_municipality_has_its_38_districts_once():
    assert len(set(municipality.DISTRICTS)) == 38
    assert {code[:4] for code in municipality.DISTRICTS} == {"5001", "5002"}


def test_partitions_begin_with_the_month_that_is_asked_for_and_wait_in_one_step_only():
    steps = dict(partition.steps())
    assert f"first_month = '{partition.FIRST}'" in steps["settings"]
    assert [name for name, sql in steps.items() if "ACCESS EXCLUSIVE" in sql] == [partition.ALONE]


def test_the_figure_is_the_same_for_the_same_numbers(tmp_path):
    names = (*curves.LEVEL, *curves.GROWS)
    sizes = [
        {
            "entries": 10**at,
            "seconds": {name: {"processor": at / 10} for name in names},
            "megabytes": dict.fromkeys(("entry", "claim", "rollup", "participation"), at),
        }
        for at in (5, 6)
    ]
    for name in ("a.svg", "b.svg"):
        curves.draw(sizes, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.django_db
def test_the_plan_is_that_of_a_statement_over_a_table_that_grows():
    def work() -> None:
        Village.objects.order_by("name").count()
        Entry.objects.filter(points__gt=3).count()

    found = plans.dearest(work)
    assert "points_entry" in found["statement"]
    assert any("points_entry" in line for line in found["plan"])
    assert found["statements"] == 2


@pytest.mark.parametrize(
    ("sql", "is_measured"),
    [
        ("SELECT 1", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("WITH a AS (INSERT INTO b VALUES (1) RETURNING id) SELECT * FROM a", False),
        ("UPDATE a SET b = 1", False),
    ],
)
def test_only_what_reads_is_run_for_its_plan(sql: str, is_measured: bool):
    assert bool(plans.READS.match(sql)) == is_measured


def test_a_line_of_a_plan_keeps_what_matters():
    assert plans.short("Cond: (id = ANY ('{1,2,3,4,5,6}'::bigint[]))") == "Cond: (id = ANY ('{…}'::bigint[]))"
    assert len(plans.short("x" * 500)) == plans.LONGEST + 2
