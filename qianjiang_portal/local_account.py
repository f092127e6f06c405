"""PostgreSQL refuses to run as root or as a user without a name: find a way that it accepts."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qianjiang_portal.env import CannotStart

ACCOUNTS = ("nobody", "daemon")
# Lets the account reach a folder below a closed home without opening that home to everybody.
REACH = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True)
class Way:
    """How to run a program so that it does not see root: a command in front, another account, or neither."""

    prefix: tuple[str, ...] = ()
    account: str | None = None
    owner: int = -1

    def run(self, command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        # Output goes to a pipe that a daemon would hold open: whoever starts one must send it to a log.
        return subprocess.run(
            [*self.prefix, *command],
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            check=False,
            user=self.account,
            group=pwd.getpwnam(self.account).pw_gid if self.account else None,
            extra_groups=[] if self.account else None,
        )


def find_way(program: Path, folder: Path) -> Way:
    """The first way in which the program runs and may use the folder."""
    for way in ways():
        if works(way, program, folder):
            return way
    raise CannotStart(
        "PostgreSQL does not run as root, and this machine offers no other account that reaches "
        f"{folder}: start as an ordinary user, or set DATABASE_URL."
    )


def ways() -> list[Way]:
    if os.geteuid() and has_name():
        return [Way()]
    account = unprivileged()
    mapped = f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}"
    found = [Way(("unshare", "--user", *mapped), owner=os.geteuid())]
    if os.geteuid() == 0:
        become = f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"
        found.append(Way(("setpriv", *become, *REACH), owner=account.pw_uid))
        found.append(Way(account=account.pw_name, owner=account.pw_uid))
    return found


def works(way: Way, program: Path, folder: Path) -> bool:
    if way.prefix and shutil.which(way.prefix[0]) is None:
        return False
    give(folder, way.owner)
    test = 'test -w "$0" && "$1" --version'
    try:
        done = way.run(["sh", "-c", test, str(folder), str(program)], {"PATH": os.defpath})
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def give(folder: Path, owner: int) -> None:
    """Hand the folder and all in it to the account that will own it; -1 leaves it as it is."""
    if owner in {-1, folder.stat().st_uid}:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner, -1, follow_symlinks=False)


def has_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def unprivileged() -> pwd.struct_passwd:
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("This machine has no unprivileged account for PostgreSQL: set DATABASE_URL.")
