"""The parts of the measurements that need no large ledger: a script that no longer fits the portal shows here first."""

import importlib

import pytest

from benchmarks import __main__ as bench
from benchmarks import curves, half_year_package, municipality, partition


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
