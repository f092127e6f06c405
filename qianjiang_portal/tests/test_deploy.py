"""What `make` stands on: pip's settings told to uv, requirement files in step, one portal to a data folder."""

import os
import pwd
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from qianjiang_portal import env

DEPLOY = env.ROOT / "deploy"
sys.path.insert(0, str(DEPLOY))

import packages  # noqa: E402
import requirements  # noqa: E402

PIP = """\
:env:.find-links='/wheels /more'
global.extra-index-url='file:///one file:///two'
global.index-url='https://global.example/simple'
install.index-url='https://install.example/simple'
list.format='columns'
"""


def run(*arguments: str, data: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, DEPLOY / "run.py", *arguments],
        env={"PATH": "/usr/bin:/bin", "PORTAL_DATA": str(data), **variables},
        text=True,
        capture_output=True,
        check=False,
    )


def test_pip_settings_that_are_nearer_win():
    settings = packages.pip_settings(PIP)

    assert settings == {
        "find-links": "/wheels /more",
        "extra-index-url": "file:///one file:///two",
        "index-url": "https://install.example/simple",
    }


def test_uv_learns_what_pip_is_told(monkeypatch: pytest.MonkeyPatch):
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "UV_INDEX_STRATEGY"):
        monkeypatch.delenv(name, raising=False)

    told = packages.uv_environment(packages.pip_settings(PIP))

    assert told["UV_DEFAULT_INDEX"] == "https://install.example/simple"
    assert told["UV_INDEX"] == "file:///one file:///two"
    assert told["UV_FIND_LINKS"] == "/wheels,/more"
    assert told["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_what_uv_is_told_directly_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")

    told = packages.uv_environment(packages.pip_settings(PIP))

    assert told["UV_DEFAULT_INDEX"] == "https://own.example/simple"


def test_requirement_files_are_in_step(capsys: pytest.CaptureFixture[str]):
    assert requirements.check() == 0
    assert capsys.readouterr().out == "The requirement files are in step.\n"


def test_a_port_in_use_is_one_line(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("check", data=tmp_path, PORT=str(port))

    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert done.stderr.count("\n") == 1


def test_a_data_folder_that_is_a_file_is_one_line(tmp_path: Path):
    (tmp_path / "file").write_text("")

    done = run("check", data=tmp_path / "file")

    assert done.returncode == 1
    assert done.stderr == (
        f"The data folder {tmp_path / 'file'} cannot be used: File exists. PORTAL_DATA names another one.\n"
    )
    assert done.stdout == ""


def test_down_ends_marked_processes_of_its_own_folder_only(tmp_path: Path):
    folders = tmp_path / "mine", tmp_path / "other"
    mine, other = (subprocess.Popen(["sleep", "60"], env={"PORTAL_RUN": str(folder)}) for folder in folders)

    # Wait for the child after the signal, or it stays a zombie that still looks alive.
    ender = subprocess.Popen(
        [sys.executable, DEPLOY / "run.py", "down"], env={"PATH": "/usr/bin:/bin", "PORTAL_DATA": str(folders[0])}
    )

    assert mine.wait(10) == -15
    assert ender.wait(20) == 0
    assert other.poll() is None
    other.kill()
    other.wait()


@pytest.fixture
def settings_of_a_server(tmp_path: Path) -> dict[str, str]:
    """The two files of a server, and whoever runs the test as the portal's user."""
    web, owner = tmp_path / "portal.env", tmp_path / "portal-owner.env"
    web.write_text("# of the web\nDATABASE_URL=postgres://portal_web@a/b\n\nODD=$(touch x) `id` ' \" & ; 'é'\n")
    owner.write_text("DATABASE_URL=postgres://portal@a/b")
    me = pwd.getpwuid(os.getuid()).pw_name
    path = os.environ["PATH"]
    return {"PATH": path, "PORTAL_ENV": str(web), "PORTAL_OWNER_ENV": str(owner), "PORTAL_USER": me}


def as_(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([DEPLOY / "as.sh", *words], env=environment, text=True, capture_output=True, check=False)


SHOW = "import os; print(os.environ['DATABASE_URL'], os.environ['ODD'], os.getcwd(), sep='\\n')"


def test_a_command_of_a_server_gets_its_settings_and_the_owner_s_on_top(settings_of_a_server: dict[str, str]):
    web = as_("web", "python", "-c", SHOW, **settings_of_a_server)
    owner = as_("owner", "python", "-c", SHOW, **settings_of_a_server)

    odd = "$(touch x) `id` ' \" & ; 'é'"
    assert web.stdout.splitlines() == ["postgres://portal_web@a/b", odd, str(env.ROOT)], web.stderr
    assert owner.stdout.splitlines() == ["postgres://portal@a/b", odd, str(env.ROOT)], owner.stderr
    assert not (env.ROOT / "x").exists()


def test_a_command_of_a_server_that_cannot_be_is_one_line(settings_of_a_server: dict[str, str], tmp_path: Path):
    for words in ((), ("web",), ("somebody", "id")):
        assert as_(*words, **settings_of_a_server).stderr == "usage: as.sh web|owner COMMAND …\n"
    gone = as_("owner", "id", **settings_of_a_server | {"PORTAL_OWNER_ENV": str(tmp_path / "none")})
    assert (gone.returncode, gone.stderr) == (1, f"{tmp_path / 'none'} cannot be read.\n")
    (tmp_path / "portal.env").write_text("SECRET_KEY: secret\n")
    wrong = as_("web", "id", **settings_of_a_server)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "secret" not in wrong.stderr


@pytest.mark.parametrize("told", ["README.md", "README.zh-CN.md", "docs/operations.md", "docs/scale.md"])
def test_what_a_page_tells_to_run_is_there(told: str):
    """Scripts, tests, targets and commands; a page that names one that is gone would lead a stranger nowhere."""
    text = (env.ROOT / told).read_text()
    code = " ".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    files = set(re.findall(r"(?<![\w./-])(?:[\w-]+/)+[\w-]+\.(?:py|sh|sql|conf|md)\b", code))
    files |= {f"{name.replace('.', '/')}.py" for name in re.findall(r"-m (benchmarks\.\w+)", code)}
    targets = set(re.findall(r"^([a-z]+):", (env.ROOT / "Makefile").read_text(), re.MULTILINE))
    wanted = set(re.findall(r"(?<!venv )\bmake ([a-z]+)\b", code))
    commands = set(re.findall(r"manage\.py ([a-z_]+)", code))

    assert [name for name in sorted(files) if not _somewhere(name)] == []
    assert wanted - targets == set()
    assert commands - set(get_commands()) == set()
    assert wanted | commands | files, "nothing was found to look at"


def _somewhere(name: str) -> bool:
    return (env.ROOT / name).exists() or any((env.ROOT / room / name).exists() for room in ("docs", "qianjiang_portal"))


def test_the_image_may_ask_itself_whether_it_is_alive():
    """A host that is not allowed is answered by 400, and the container would be told unhealthy for ever."""
    (asked,) = re.findall(r"HEALTHCHECK .*http://([^:/]+):", (env.ROOT / "Dockerfile").read_text())
    (allowed,) = re.findall(r"^ *ALLOWED_HOSTS: (.*)$", (env.ROOT / "compose.yaml").read_text(), re.MULTILINE)

    assert asked in allowed.split(",")
