"""Every script of this folder in one run: `make bench`.

Each runs by itself as its own process; the JSON of all goes to <data folder>/bench/<day>.json, a table to the screen.
A script that fails fails the run. Services that did not run before do not run afterwards.
"""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from qianjiang_portal import embedded, env

HERE = Path(__file__).resolve().parent
APART = {"__init__", "__main__", "scratch", "large", "serving"}


def scripts() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)


def run(name: str) -> dict[str, Any] | None:
    """The JSON a script prints; None where it fails, with its words on the screen."""
    print(f"{name} …", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=HERE.parent, text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        print(done.stdout)
        return None
    return dict(json.loads(done.stdout))


def flat(found: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Every figure with its path, the machine left out: that is said once."""
    rows = []
    for key, value in found.items():
        name = f"{before}{key}"
        if key == "machine":
            continue
        if isinstance(value, dict):
            rows += flat(value, f"{name}.")
        elif isinstance(value, list):
            rows += [
                row for at, one in enumerate(value) if isinstance(one, dict) for row in flat(one, f"{name}[{at}].")
            ]
        else:
            rows.append((name, str(value)))
    return rows


def run_all() -> dict[str, dict[str, Any] | None]:
    ran = [service.port() for service in embedded.services()]
    try:
        return {name: run(name) for name in scripts()}
    finally:
        if not any(ran):
            embedded.stop()


def main() -> int:
    found = run_all()
    kept = env.folder(env.data_dir() / "bench") / f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M}.json"
    kept.write_text(json.dumps(found, indent=1, ensure_ascii=False))
    for name, figures in found.items():
        print(f"\n{name}")
        for path, value in flat(figures or {"": "failed"}):
            print(f"  {path:<60} {value}")
    print(f"\nAll of it: {kept}")
    return 1 if None in found.values() else 0


if __name__ == "__main__":
    sys.exit(main())
