"""Make .venv and keep its packages at exactly what the requirement files say.

Runs under the machine's own Python with nothing but the standard library:

    python3 deploy/packages.py [run|dev]
"""

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FILES = {
    "run": ("requirements.txt",),
    "dev": ("requirements.txt", "requirements-dev.txt"),
}
# pip's options and the variables by which uv learns the same thing: uv does not read pip's files.
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "no-index": "UV_NO_INDEX",
}


def fingerprint(kind: str) -> str:
    """What the packages of this kind depend on, as one short text."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {VENV}".encode())
    for name in FILES[kind]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamp(kind: str) -> Path:
    return VENV / f".packages-{kind}"


def is_current(kind: str) -> bool:
    """Whether the environment holds this kind of packages, as far as the last installation knows."""
    return PYTHON.exists() and stamp(kind).is_file() and stamp(kind).read_text() == fingerprint(kind)


def pip_settings(listing: str) -> dict[str, str]:
    """The answer of `pip config list` by option name; what the environment says wins over files."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        section, _, option = name.partition(".")
        if section in found:
            found[section][option] = str(ast.literal_eval(value))
    return {**found["global"], **found["install"], **found[":env:"]}


def uv_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: this process's own, and what pip is told on this machine."""
    told = {UV_NAMES[option]: value for option, value in settings.items() if option in UV_NAMES}
    if "UV_FIND_LINKS" in told:
        told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
    if "UV_INDEX" in told:
        told["UV_INDEX"] = " ".join(told["UV_INDEX"].split())
        # pip weighs all its indexes alike; every file is checked against its hash anyway.
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {"UV_PYTHON_DOWNLOADS": "never", **told, **os.environ}


def pip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, text=True, capture_output=True, check=False)


def make_environment() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - the one place that may meet an older one
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if PYTHON.exists() and pip("--version").returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], text=True, capture_output=True, check=False)
    if made.returncode:
        sys.exit(f"Could not make {VENV}: {last_line(made.stdout + made.stderr)}")


def show_project() -> None:
    """Let the environment's programs, pytest above all, import the project from wherever they start."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "qianjiang_portal.pth").write_text(f"{ROOT}\n")


def last_line(output: str) -> str:
    return (output.strip().splitlines() or ["no reason was given"])[-1]


def install_by_uv(files: tuple[str, ...]) -> bool:
    """The quick way; False when this machine cannot get or use uv."""
    if not (VENV / "bin" / "uv").exists() and pip("install", "--quiet", "uv").returncode:
        return False
    command = [str(VENV / "bin" / "uv"), "pip", "sync", "--quiet", "--require-hashes"]
    environment = uv_environment(pip_settings(pip("config", "list").stdout))
    done = subprocess.run([*command, "--python", str(PYTHON), *files], cwd=ROOT, env=environment, check=False)
    return done.returncode == 0


def install_by_pip(files: tuple[str, ...]) -> None:
    wanted = [part for name in files for part in ("-r", str(ROOT / name))]
    done = pip("install", "--quiet", "--require-hashes", *wanted)
    if done.returncode:
        sys.exit(f"Could not install the packages: {last_line(done.stderr)}")


def main(kind: str) -> None:
    # An environment with the development packages serves `make run` as well.
    if is_current("dev") or is_current(kind):
        return
    if stamp("dev").exists():
        kind = "dev"
    print("Installing packages into .venv …", flush=True)
    make_environment()
    for name in FILES:
        stamp(name).unlink(missing_ok=True)
    if not install_by_uv(FILES[kind]):
        install_by_pip(FILES[kind])
    show_project()
    stamp(kind).write_text(fingerprint(kind))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
