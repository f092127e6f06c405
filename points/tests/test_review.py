"""The panel's decisions: who may take them, over which rows, and what the database itself refuses."""

import pytest
from django.db import IntegrityError, transaction

from conftest import NOW, make_person
from points import batches, review
from points.models import Batch, Claim, Review
from qianjiang_portal.foundation.refusals import Conflict
from villages.models import User


@pytest.fixture
def decide(submitted, reviewer, panel):
    def take(**changes: object) -> Review:
        ids = list(submitted.claims.values_list("pk", flat=True))
        call: dict[str, object] = {
            "batch": submitted,
            "checker": reviewer,
            "version": submitted.version,
            "approve": ids,
            "present": panel,
            "held_at": NOW,
            "now": NOW,
        }
        return review.decide(**(call | changes))

    return take


def states(batch: Batch) -> list[str]:
    return list(batch.claims.order_by("line").values_list("state", flat=True))


def test_some_are_returned_and_the_rest_pass(decide, submitted, reviewer):
    first, second, third = submitted.claims.order_by("line")

    minute = decide(approve=[second.pk, third.pk], returned={first.pk: review.ReturnNote(["points"], "按半天算")})

    submitted.refresh_from_db()
    first.refresh_from_db()
    assert states(submitted) == ["returned", "approved", "approved"]
    assert (submitted.state, first.return_reasons, first.return_note) == ("returned", ["分值不对"], "按半天算")
    assert (minute.approved, minute.returned, minute.decided_by) == (2, 1, reviewer)


def test_returned_rows_go_back_alone(decide, submitted, clerk):
    first, *rest = submitted.claims.order_by("line")
    decide(approve=[claim.pk for claim in rest], returned={first.pk: review.ReturnNote(["absent"])})

    batches.submit(batch=submitted, maker=clerk, now=NOW)

    assert states(submitted) == ["submitted", "approved", "approved"]


def test_the_maker_does_not_review(decide, clerk):
    with pytest.raises(review.CannotReview, match="由本人录入"):
        decide(checker=clerk)


def test_a_maker_who_is_also_a_reviewer_there_does_not_review(decide, district, clerk):
    from villages import appointments

    appointments.appoint(user=clerk, role="reviewer", village=district.tongmu, begins_on=NOW.date())
    clerk = User.objects.get(pk=clerk.pk)

    with pytest.raises(review.CannotReview, match="由本人录入"):
        decide(checker=clerk)


def test_somebody_who_edited_a_row_does_not_review(make_batch, clerk, district, panel, rule):
    both = make_person(
        "both",
        "两头跑",
        {"role": "clerk", "village": district.tongmu},
        {"role": "reviewer", "village": district.tongmu},
    )
    batch = make_batch()
    claim = batch.claims.first()
    batches.put_claim(
        batch=batch,
        editor=both,
        client_key=claim.client_key,
        household=claim.household,
        rule=rule,
        points=4,
        occurred_on=claim.occurred_on,
        version=claim.version,
        now=NOW,
    )
    batches.submit(batch=batch, maker=clerk, now=NOW)
    batch.refresh_from_db()

    with pytest.raises(review.CannotReview, match="由本人录入"):
        review.decide(
            batch=batch, checker=both, version=batch.version, approve=[claim.pk], present=panel, held_at=NOW, now=NOW
        )


def test_a_reviewer_elsewhere_does_not_review_here(make_batch, double, district, panel):
    """The double is a reviewer in 桐木村 and only a clerk in 三门社区."""
    clerk = make_person("sanmen", "三门经办", {"role": "clerk", "village": district.sanmen})
    batch = make_batch(district.next_door, maker=clerk, village=district.sanmen)
    batches.submit(batch=batch, maker=clerk, now=NOW)
    batch.refresh_from_db()
    ids = list(batch.claims.values_list("pk", flat=True))

    with pytest.raises(review.CannotReview, match="没有审核这个村的任职"):
        review.decide(
            batch=batch, checker=double, version=batch.version, approve=ids, present=panel, held_at=NOW, now=NOW
        )


def test_fewer_than_the_quorum_do_not_decide(decide, panel):
    with pytest.raises(review.CannotReview, match="参评 2 人，至少 3 人"):
        decide(present=panel[:2])


def test_a_return_needs_a_reason(decide, submitted):
    claim = submitted.claims.first()

    with pytest.raises(review.CannotReview, match="选一个退回原因"):
        decide(approve=[], returned={claim.pk: review.ReturnNote()})


def test_a_batch_changed_since_it_was_opened_is_not_decided(decide, submitted):
    with pytest.raises(Conflict):
        decide(version=submitted.version - 1)
    assert states(submitted) == ["submitted"] * 3


def test_the_second_of_two_reviewers_is_told_who_was_first(decide, submitted):
    decide()
    submitted.refresh_from_db()

    with pytest.raises(Conflict, match="覃正芬 已在 11-23 10:00 处理过这一批"):
        decide(version=submitted.version)


def test_a_panel_member_leaves_the_rows_of_the_own_household(make_batch, clerk, reviewer, panel, district):
    batch = make_batch([district.homes[0], district.homes[-1]])
    batches.submit(batch=batch, maker=clerk, now=NOW)
    batch.refresh_from_db()
    other, own = batch.claims.order_by("line")

    assert review.recused(batch, reviewer) == {own.pk}
    with pytest.raises(review.CannotReview, match="自己家和亲属家的行"):
        review.decide(
            batch=batch, checker=reviewer, version=batch.version, approve=[own.pk], present=panel, held_at=NOW, now=NOW
        )
    review.decide(
        batch=batch, checker=reviewer, version=batch.version, approve=[other.pk], present=panel, held_at=NOW, now=NOW
    )
    batch.refresh_from_db()
    assert batch.state == "submitted"


def test_the_database_refuses_the_maker_as_checker(submitted, clerk):
    claim = submitted.claims.first()
    submitted.editors.all().delete()

    with pytest.raises(IntegrityError, match="points_claim_checker_is_not_maker"), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(checker=clerk)


def test_without_its_guard_the_database_would_take_the_maker_as_checker(submitted, clerk):
    """The harm that the constraint and the trigger keep away."""
    from django.db import connection

    claim = submitted.claims.first()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE points_claim DROP CONSTRAINT points_claim_checker_is_not_maker")
        cursor.execute("ALTER TABLE points_claim DISABLE TRIGGER points_claim_checker_is_not_an_editor")
        Claim.objects.filter(pk=claim.pk).update(checker=clerk)
        claim.refresh_from_db()
        assert claim.checker == claim.maker
        transaction.set_rollback(True)


def test_the_database_refuses_an_editor_as_checker(submitted, reviewer):
    submitted.editors.create(user=reviewer)

    with pytest.raises(IntegrityError, match="whoever edited a batch may not check"), transaction.atomic():
        Claim.objects.filter(batch=submitted).update(checker=reviewer)


def test_hints_name_what_stands_out(make_batch, clerk, district, rule, submitted):
    later = make_batch(district.homes[:1], points=8, on=NOW.date())

    assert review.hints(later) == {later.claims.get().pk: ["本月第 2 次", "高于常用值 +5", "当天已在另一批录过"]}


def test_hints_take_the_same_queries_however_many_rows(make_batch, district, django_assert_num_queries):
    for rows in (1, 3):
        batch = make_batch(district.homes[:rows])
        with django_assert_num_queries(5):
            review.hints(batch)
