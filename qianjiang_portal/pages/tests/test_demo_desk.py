"""What is done at a desk of the demonstration where its history takes a rare turn."""

import pytest

from conftest import NOW, SINCE, TODAY
from points import review
from points.review import ReturnNote
from qianjiang_portal.pages.demo.desk import Desk
from qianjiang_portal.pages.demo.people import Cast
from villages import roster


@pytest.fixture
def desk(district, clerk, reviewer, leader, panel, rule):
    return Desk("1", district.tongmu, Cast(clerk, reviewer, leader, tuple(panel)), SINCE)


@pytest.mark.parametrize(("sent_back", "left"), [(1, ["withdrawn"]), (2, ["withdrawn", "submitted"])])
def test_a_row_of_a_household_that_left_meanwhile_is_taken_out(desk, submitted, reviewer, panel, sent_back, left):
    """Some plans move a household out between the review that sent its row back and the day it is mended."""
    claims = list(submitted.claims.order_by("line"))
    back, passed = claims[:sent_back], claims[sent_back:]
    review.decide(
        batch=submitted,
        checker=reviewer,
        version=submitted.version,
        approve=[claim.pk for claim in passed],
        returned={claim.pk: ReturnNote(["points"], "与签到表不一致") for claim in back},
        present=panel,
        held_at=NOW,
        now=NOW,
    )
    roster.move_out(household=back[0].household, on=TODAY)

    mended = desk.mend(submitted, NOW)

    assert bool(mended) == ("submitted" in left)
    states = list(submitted.claims.order_by("line").values_list("state", flat=True))
    assert states == [*left, *["approved" for _ in passed]]
