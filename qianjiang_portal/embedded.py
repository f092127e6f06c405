"""PostgreSQL and Valkey out of wheels, for a machine that has neither.

`database_url()` and `redis_url()` start the service when it is not running and are quick when it is; settings call them
only when DATABASE_URL / REDIS_URL are not set. Nothing starts on import. By hand:

    python -m qianjiang_portal.embedded start|stop|status
"""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from qianjiang_portal import env
from qianjiang_portal.local_postgres import Postgres
from qianjiang_portal.local_valkey import Valkey


class Service(Protocol):
    name: str
    variable: str

    @property
    def home(self) -> Path: ...

    def url(self, port: int) -> str: ...

    def port(self) -> int | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def database_url() -> str:
    return running(postgres())


def redis_url() -> str:
    return running(valkey())


def postgres() -> Postgres:
    return Postgres(env.data_dir() / "pg", durable=not for_tests())


def valkey() -> Valkey:
    return Valkey(env.data_dir() / "valkey", durable=not for_tests())


def for_tests() -> bool:
    """Tests give up durability for speed, in a data folder of their own."""
    return env.flag("PORTAL_TEST_SERVICES")


def running(service: Service) -> str:
    """The address of the service, which is started if it does not answer."""
    try:
        port = service.port()
        if port is None:
            with alone():
                port = service.port()
                if port is None:
                    service.start()
                    port = service.port()
    except (OSError, ValueError) as error:
        raise env.CannotStart(f"{service.name} cannot use {service.home}: {error}") from None
    if port is None:
        raise env.CannotStart(f"{service.name} started and stopped again: see its log in {service.home}.")
    return service.url(port)


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time starts or stops services of this data folder."""
    with (env.data_dir() / "services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start() -> None:
    """Start what does not run; a service whose address is given is somebody else's."""
    for service in services():
        if not env.text(service.variable):
            running(service)


def stop() -> None:
    with alone():
        for service in services():
            service.stop()


def services() -> list[Service]:
    return [postgres(), valkey()]


def status() -> bool:
    """Print a line for each service; True when both run."""
    ports = {service.name: service.port() for service in services()}
    for name, port in ports.items():
        print(f"{name}: {f'running on port {port}' if port else 'stopped'}")
    return all(ports.values())


def main(arguments: list[str]) -> int:
    match arguments:
        case ["start"]:
            start()
        case ["stop"]:
            stop()
        case ["status"]:
            return 0 if status() else 3
        case _:
            print("usage: python -m qianjiang_portal.embedded start|stop|status", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
