"""待办: what waits for a person, by role and place. The badge counts the very lines that the home page shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import IntegerField, QuerySet, Subquery

from points.models.registers import CHECKERS
from qianjiang_portal.foundation import options
from qianjiang_portal.pages import (
    circular_duties,
    duties,
    help_duties,
    honour_duties,
    import_duties,
    opening_duties,
    paper_duties,
)
from qianjiang_portal.pages.duties import Task
from reports.figures import Limits
from villages import scope
from villages.models import User

Rows = Callable[[Any, Limits], QuerySet[Any, dict[str, Any]]]


@dataclass(frozen=True)
class Duty:
    """A kind of work: whose it is, one row a line, and how a row reads. `key` is its place in the navigation."""

    key: str
    roles: frozenset[str]
    rows: Rows
    task: Callable[[dict[str, Any], Limits], Task]


@dataclass(frozen=True)
class Group:
    """Lines that stand together, and those folded away under them."""

    label: str
    tasks: list[Task]
    more: list[Task]


FEW, SHOWN = 8, 3
KEPT_STATEMENTS = 500
SETTINGS = ("review_days", "summary_due_day", "summary_opens_days")  # by which the duties are late, read in one query
_statements: dict[Any, tuple[str, tuple[Any, ...]]] = {}

# In the order in which they stand: sent back, waited for by others, asked by the calendar, late further down.
DUTIES = (
    Duty("batches", frozenset({"clerk"}), duties.returned, duties.returned_task),
    Duty("import", frozenset({"clerk"}), import_duties.imports, import_duties.imports_task),
    Duty("households", frozenset({"clerk"}), import_duties.sheets, import_duties.sheets_task),
    Duty("review", frozenset({"reviewer"}), duties.to_review, duties.to_review_task),
    Duty("households", frozenset(CHECKERS), opening_duties.sheets, opening_duties.sheets_task),
    Duty("households", frozenset(CHECKERS), opening_duties.reversals, opening_duties.reversals_task),
    Duty("notices", frozenset({"reviewer", "leader"}), duties.contested, duties.contested_task),
    Duty("notices", frozenset({"reviewer", "leader"}), duties.objections, duties.objections_task),
    Duty("notices", frozenset({"clerk"}), duties.to_publish, duties.to_publish_task),
    Duty("notices", frozenset({"clerk", "leader"}), duties.to_post, duties.to_post_task),
    Duty("honours", frozenset({"clerk", "reviewer"}), honour_duties.honours, honour_duties.honours_task),
    Duty("honours", frozenset({"reviewer", "leader"}), honour_duties.doubts, honour_duties.doubts_task),
    Duty("year-end", frozenset({"leader"}), honour_duties.year_ends, honour_duties.year_ends_task),
    Duty("reports", frozenset({"clerk"}), paper_duties.townships_to_write, paper_duties.to_write_task),
    Duty("reports", frozenset({"liaison"}), paper_duties.units_to_write, paper_duties.to_write_task),
    Duty("reports", frozenset({"leader", "district"}), paper_duties.to_sign, paper_duties.to_sign_task),
    Duty("reports", frozenset({"district"}), paper_duties.to_accept, paper_duties.to_accept_task),
    Duty("reports", frozenset(circular_duties.RECEIVERS), circular_duties.to_answer, circular_duties.to_answer_task),
    Duty("reports", frozenset({"district"}), circular_duties.to_check, circular_duties.to_check_task),
    Duty("review", frozenset({"leader"}), duties.late_reviews, duties.late_reviews_task),
    Duty("notices", frozenset({"leader"}), duties.late_notices, duties.late_notices_task),
    Duty("reports", frozenset({"leader", "district"}), duties.missing_reports, duties.missing_reports_task),
    Duty("disclosures", frozenset({"clerk"}), paper_duties.to_disclose, paper_duties.to_disclose_task),
    Duty("meetings", frozenset({"liaison"}), help_duties.decisions, help_duties.decision_task),
    Duty("meetings", frozenset({"liaison"}), help_duties.measures, help_duties.measure_task),
    Duty("review", frozenset({"district"}), duties.late_reviews_by_township, duties.late_reviews_township_task),
    Duty("notices", frozenset({"district"}), duties.late_notices_by_township, duties.late_notices_township_task),
    Duty("notices", frozenset({"district"}), duties.late_objections, duties.late_objections_task),
    Duty("meetings", frozenset({"district"}), help_duties.late_decisions, help_duties.decision_task),
)


class NumberOfRows(Subquery):
    """How many rows a query has, as a column."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def tasks(user: Any) -> list[Task]:
    """Every line, in order, what is late first. One query for each kind of work of which there is some.

    What is there is looked up anew, unless `counts` has told it for this object already, as a page lets it.
    """
    held = _held(user)
    numbers = getattr(user, "_todo_numbers", None) or _counted(user, held)
    there = [duty for duty, number in zip(held, numbers, strict=True) if number]
    limits = _limits() if there else None
    found = [duty.task(row, limits) for duty in there for row in duty.rows(user, limits)] if limits else []
    return sorted(found, key=lambda task: not task.is_late)


def groups(lines: list[Task]) -> list[Group]:
    """The lines as they are shown: together while they are few, else by what is to be done, a few of each."""
    if len(lines) <= FEW:
        return [Group("", lines, [])]
    kinds: dict[str, list[Task]] = {}
    for task in lines:
        kinds.setdefault(task.action, []).append(task)
    return [Group(f"{action} {len(same)} 件", same[:SHOWN], same[SHOWN:]) for action, same in kinds.items()]


def has_duties(user: Any) -> bool:
    """Whether anything ever waits for this person; an auditor, say, only looks."""
    return bool(_held(user))


def count(user: Any) -> int:
    """The number of lines."""
    return counts(user).get("todo", 0)


def counts(user: Any) -> dict[str, int]:
    """Lines by place in the navigation, `todo` for all. Two queries, once for the life of the user object."""
    held = _held(user)
    if not held:
        return {}
    found = {"todo": sum(_numbers(user))}
    for duty, number in zip(held, _numbers(user), strict=True):
        found[duty.key] = found.get(duty.key, 0) + number
    return found


def _numbers(user: Any) -> list[int]:
    """How many lines each kind of work has that the person holds."""
    if not hasattr(user, "_todo_numbers"):
        user._todo_numbers = _counted(user, _held(user))
    return list(user._todo_numbers)


@options.held(*SETTINGS)
def _counted(user: Any, held: list[Duty]) -> list[int]:
    if not held:
        return []
    statement = _statement(user, held, _limits())
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        numbers = cursor.fetchone()
    # A query that can have no row is not asked at all, and its column is null.
    return [number or 0 for number in numbers]


def _statement(user: Any, held: list[Duty], limits: Limits) -> tuple[str, tuple[Any, ...]]:
    """All counts as one statement.

    Putting it together takes longer than asking it, so it is kept for as long as the person's appointments, the limits
    and the summary on the desks are the same: the rows of a duty are made from these alone.
    """
    reach = tuple(map(_reach, user.appointments_now))
    key = (user.pk, reach, limits, paper_duties.slug(limits))
    if key not in _statements:
        if len(_statements) >= KEPT_STATEMENTS:
            _statements.clear()
        columns = [NumberOfRows(duty.rows(user, limits).order_by()) for duty in held]
        _statements[key] = User.objects.filter(pk=user.pk).values_list(*columns).query.sql_with_params()
    return _statements[key]


def _reach(post: Any) -> tuple[Any, ...]:
    return post.role, post.township_id, post.village_id, post.unit_id, post.covered_village_ids


def _limits() -> Limits:
    """By the minute, so that pages which a person opens one after the other ask the same."""
    limits = Limits.current()
    return replace(limits, now=limits.now.replace(second=0, microsecond=0))


def _held(user: Any) -> list[Duty]:
    return [duty for duty in DUTIES if scope.holds(user, *duty.roles)]
