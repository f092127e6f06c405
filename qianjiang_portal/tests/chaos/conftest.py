from collections.abc import Iterator

import pytest

from qianjiang_portal.tests.chaos.portal import Portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A running portal with a hundred and twenty households in 桐木村 and two months of history."""
    running = Portal(tmp_path_factory.mktemp("portal"))
    try:
        running.spare_migrating()
        running.make_district("--households-per-village", "24", "--villages-with-history", "1", "--months", "2")
        running.start()
        yield running
    finally:
        running.stop()
