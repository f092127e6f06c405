"""Who may read a report and have one written; who writes, signs and handles a summary."""

from typing import Any

from reports.models import Sender
from reports.models.circulars import RECEIVERS as CIRCULAR_RECEIVERS
from reports.models.reports import READERS
from reports.models.summaries import READERS as SUMMARY_READERS
from villages import scope
from villages.models import Township, Village

TOWNSHIP = 9  # digits of a township's code; a village's begins with them


def can_see(user: Any, township: Township | None) -> bool:
    """The district's report for the district, a township's for whoever holds the whole township."""
    places = scope.places(user, READERS)
    return places.everywhere or (township is not None and places.covers_township(township))


def can_make(user: Any, township: Township | None) -> bool:
    """The district may have every report written, a leader their own township's."""
    if scope.places(user, {"district"}).everywhere:
        return True
    return township is not None and township.pk in scope.places(user, {"leader"}).townships


def can_make_all(user: Any) -> bool:
    return can_make(user, None)


def can_make_sheet(user: Any, village: Village) -> bool:
    """A village's one page: whoever enters or leads there, and the district."""
    return scope.covers(user, {"clerk", "leader", "district"}, village)


def can_see_code(user: Any, code: str) -> bool:
    """`can_see` for a place known by its code alone, as in a job's row."""
    return can_see(user, Township.objects.filter(code=code[:TOWNSHIP]).first())


def can_make_code(user: Any, code: str) -> bool:
    """`can_make` for a place known by its code alone."""
    if len(code) > TOWNSHIP and (village := Village.objects.filter(code=code).first()):
        return can_make_sheet(user, village)
    return can_make(user, Township.objects.filter(code=code).first())


def can_stop(user: Any, code: str) -> bool:
    """Stops a job: whoever may ask for it, and the administrator, who looks after the machinery."""
    return scope.holds(user, "admin") or can_make_code(user, code)


def can_read_summary(user: Any, sender: Sender) -> bool:
    places = scope.places(user, SUMMARY_READERS)
    return places.everywhere or _within(places, sender)


def can_write_summary(user: Any, sender: Sender) -> bool:
    """A township's clerk or leader, a unit's liaison; the district writes only its own."""
    if sender.is_district:
        return scope.holds(user, "district")
    return _within(scope.places(user, {"clerk", "leader", "liaison"}), sender)


def can_sign_summary(user: Any, sender: Sender) -> bool:
    """A township's leader; for its own the district. A unit's leader has no account and signs on paper."""
    if sender.is_district:
        return scope.holds(user, "district")
    return _within(scope.places(user, {"leader"}), sender)


def can_handle_summaries(user: Any) -> bool:
    """Whoever sends back, accepts, reminds and takes paper in."""
    return scope.holds(user, "district")


def can_assess(user: Any) -> bool:
    """Whoever holds assessments."""
    return scope.holds(user, "district")


def can_read_assessments(user: Any) -> bool:
    """Whoever reads all of them, ranks included."""
    return scope.holds(user, "district", "auditor")


def can_answer_assessment(user: Any, sender: Sender) -> bool:
    """A township's leader, a unit's liaison."""
    return _within(scope.places(user, {"leader", "liaison"}), sender)


def can_circulate(user: Any) -> bool:
    """Whoever inspects, drafts and issues circulars, and closes what was mended."""
    return scope.holds(user, "district")


def can_read_all_circulars(user: Any) -> bool:
    """Whoever sees every receipt."""
    return scope.places(user, scope.EVERYWHERE).everywhere


def can_receive_circular(user: Any, sender: Sender) -> bool:
    """Signs for a circular and answers what it found: a township's clerk or leader, a unit's liaison."""
    return _within(scope.places(user, CIRCULAR_RECEIVERS), sender)


def can_note_publicity(user: Any, sender: Sender) -> bool:
    """The district for itself and everybody, a township or unit for itself."""
    return scope.holds(user, "district") or can_receive_circular(user, sender)


def _within(places: scope.Places, sender: Sender) -> bool:
    township, unit = sender.township, sender.unit
    return bool((township and township.pk in places.townships) or (unit and unit.pk in places.units))
