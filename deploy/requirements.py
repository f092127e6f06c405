"""Compile the requirement files with hashes, or check that they fit what the .in files ask for.

    .venv/bin/python deploy/requirements.py compile|check [--upgrade]

The check needs no network: every wish is met by a pinned version, every pin has hashes, and no address got in.
"""

import re
import subprocess
import sys

from packages import PYTHON, ROOT, VENV, pip, pip_settings, uv_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILES = ("requirements", "requirements-dev")
OPTIONS = ("--universal", "--python-version=3.11", "--generate-hashes", "--no-header", "--no-annotate")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)(.*)$", re.MULTILINE)


def compile_files(*arguments: str) -> None:
    settings = pip_settings(pip("config", "list").stdout)
    # Local folders of wheels know the hashes of this machine's wheels only.
    environment = uv_environment({k: v for k, v in settings.items() if k not in {"extra-index-url", "find-links"}})
    for name in FILES:
        command = [VENV / "bin" / "uv", "pip", "compile", "--quiet", *OPTIONS, *arguments]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--python", PYTHON]
        target = ["--output-file", f"{name}.txt", f"{name}.in"]
        subprocess.run([*command, *target], cwd=ROOT, env=environment, check=True)


def wishes(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / f"{name}.in").read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pins(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for package, version, _ in PIN.findall(text):
        found.setdefault(canonicalize_name(package), []).append(version)
    return found


def complaints(name: str) -> list[str]:
    text = (ROOT / f"{name}.txt").read_text()
    pinned = pins(text)
    found = [
        f"{name}.txt does not meet {wish} of {name}.in"
        for wish in wishes(name)
        if not any(wish.specifier.contains(version) for version in pinned.get(canonicalize_name(wish.name), []))
    ]
    if "://" in text:
        found.append(f"{name}.txt holds an address")
    found += [f"{name}.txt: {start} has no hash" for start, *_, rest in PIN.findall(text) if not rest.endswith("\\")]
    return found


def check() -> int:
    found = [complaint for name in FILES for complaint in complaints(name)]
    shared = pins((ROOT / "requirements.txt").read_text())
    for package, versions in pins((ROOT / "requirements-dev.txt").read_text()).items():
        if package in shared and shared[package] != versions:
            found.append(f"{package} is pinned differently in the two files")
    print(*(found or ["The requirement files are in step."]), sep="\n")
    return bool(found)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compile", *more]:
            compile_files(*more)
        case ["check"]:
            sys.exit(check())
        case _:
            sys.exit("usage: requirements.py compile|check")
