"""Calls within a test do not ask the system for memory again and again."""

import resource
import threading
from collections.abc import Callable

from qianjiang_portal.testing import with_room

DEPTH, CALLS = 150, 200


def test_a_loop_at_any_depth_has_room() -> None:
    assert asked(lambda: with_room(deepest_need)) < CALLS / 2


def test_without_it_there_is_a_depth_where_each_call_asks() -> None:
    assert asked(deepest_need) >= CALLS


def asked(need: Callable[[], int]) -> int:
    """In a thread, whose stack begins anew."""
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(need()))
    thread.start()
    thread.join()
    return found[0]


def deepest_need(depth: int = 0) -> int:
    """The most pages that the same calls needed at one depth of the stack."""
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    for _ in range(CALLS):
        called()
    needed = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before
    return max(needed, deepest_need(depth + 1)) if depth < DEPTH else needed


def called() -> None:
    """Its frame is as large as any other."""
