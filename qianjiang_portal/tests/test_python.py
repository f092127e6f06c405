"""Which Python of a machine the portal is set up with."""

import os
import subprocess
from pathlib import Path

import pytest

from qianjiang_portal import env

# What the script is answered: built with optimisations, built without, too old or without what is needed.
OPTIMISED, PLAIN, USELESS = 0, 3, 2


def chosen(path: str) -> str:
    done = subprocess.run(
        ["/bin/sh", str(env.ROOT / "deploy" / "python.sh")],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def on_path(tmp_path: Path):
    def put(*folders: dict[str, int]) -> str:
        for number, pythons in enumerate(folders):
            for name, answer in pythons.items():
                place = tmp_path / str(number) / name
                place.parent.mkdir(exist_ok=True)
                place.write_text(f"#!/bin/sh\nexit {answer}\n")
                place.chmod(0o755)
        return ":".join(str(tmp_path / str(number)) for number in range(len(folders)))

    return put


@pytest.mark.parametrize(
    ("folders", "taken"),
    [
        ([{"python3.11": OPTIMISED}, {"python3.11": OPTIMISED}], "0/python3.11"),
        ([{"python3.11": PLAIN}, {"python3.11": OPTIMISED}], "1/python3.11"),
        ([{"python3.11": PLAIN}, {"python3.11": PLAIN}], "0/python3.11"),
        ([{"python3.11": USELESS}, {"python3.11": PLAIN}], "1/python3.11"),
        ([{"python3.11": PLAIN, "python3.12": OPTIMISED}], "0/python3.11"),
        ([{"python3.11": USELESS, "python3": PLAIN}, {"python3.12": OPTIMISED}], "0/python3"),
        ([{}, {"python3.13": PLAIN}], "1/python3.13"),
    ],
)
def test_the_first_that_serves_and_of_one_name_the_optimised(on_path, tmp_path: Path, folders, taken: str):
    assert chosen(on_path(*folders)) == str(tmp_path / taken)


def test_none_is_named_where_none_serves(on_path):
    assert chosen(on_path({"python3.11": USELESS, "python3": USELESS})) == ""


def test_a_real_one_answers():
    python = chosen(os.environ["PATH"])

    subprocess.run([python, "-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 11)"], check=True)
