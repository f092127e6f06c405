"""Machines in one: each host in a network namespace of its own, with its own loopback and one cable to a switch.

Services listen on the machine's loopback, which no host sees; `reach` makes one answer at the switch, `show` makes a
host's port answer outside as a balancer would. Where nobody may make namespaces all of it leaves things as they are.
"""

import os
import socket
import socketserver
import subprocess
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
NET = "10.77.0."
PIECE = 1 << 16


class Network:
    """As a context: set up on entering where that is allowed, and taken down again."""

    def __init__(self) -> None:
        self.name = f"qj{os.getpid() % 10**7}"
        self.hosts: list[str] = []
        self.relays: list[Relay] = []
        self.is_apart = False

    def __enter__(self) -> "Network":
        self.is_apart = os.getuid() == 0 and _ip("link", "add", self.name, "type", "bridge")
        if self.is_apart:
            _ip("addr", "add", f"{NET}1/24", "dev", self.name)
            _ip("link", "set", self.name, "up")
            self.is_apart = self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        for relay in self.relays:
            relay.shutdown()
            relay.server_close()
        for host in self.hosts:
            _ip("netns", "del", host)
        _ip("link", "del", self.name)

    def plug(self) -> bool:
        """One host more; whether it came to be."""
        host, cable = f"{self.name}h{len(self.hosts) + 1}", f"{self.name}c{len(self.hosts) + 1}"
        if not _ip("netns", "add", host):
            return False
        self.hosts.append(host)
        inside = ("-n", host)
        return all(
            (
                _ip("link", "add", cable, "master", self.name, "type", "veth", "peer", "name", "eth0", "netns", host),
                _ip("link", "set", cable, "up"),
                _ip(*inside, "addr", "add", f"{self.address(len(self.hosts))}/24", "dev", "eth0"),
                _ip(*inside, "link", "set", "eth0", "up"),
                _ip(*inside, "link", "set", "lo", "up"),
            )
        )

    def address(self, number: int) -> str:
        return f"{NET}{number + 1}" if self.is_apart else LOOPBACK

    def within(self, number: int) -> list[str]:
        """What a command of a host begins with."""
        if not self.is_apart:
            return []
        while len(self.hosts) < number:
            assert self.plug()
        return ["ip", "netns", "exec", self.hosts[number - 1]]

    def reach(self, url: str) -> str:
        """The address at which hosts find a service that listens on this machine's loopback."""
        if not self.is_apart:
            return url
        port = urlsplit(url).port
        assert port
        found = self._relay((f"{NET}1", 0), (LOOPBACK, port))
        return url.replace(f"{LOOPBACK}:{port}", f"{NET}1:{found}")

    def show(self, number: int, port: int) -> None:
        """Let a port of a host answer on this machine's loopback."""
        if self.is_apart:
            self._relay((LOOPBACK, port), (self.address(number), port))

    def _relay(self, at: tuple[str, int], to: tuple[str, int]) -> int:
        relay = Relay(at, to)
        self.relays.append(relay)
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        return int(relay.server_address[1])


class Relay(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, at: tuple[str, int], to: tuple[str, int]) -> None:
        self.to = to
        super().__init__(at, Passing)


class Passing(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.to, 10) as there:
            there.settimeout(None)
            back = threading.Thread(target=_pass, args=(there, self.request), daemon=True)
            back.start()
            _pass(self.request, there)
            back.join()


def _pass(one: Any, other: Any) -> None:
    with suppress(OSError):
        while piece := one.recv(PIECE):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def _ip(*words: str) -> bool:
    try:
        return subprocess.run(["ip", *words], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
