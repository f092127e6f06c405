"""Who may do what with a village's registers. Predicates only; the write modules refuse, the views hide."""

from typing import Any

from villages import scope
from villages.models import Village


def can_report(user: Any, village: Village) -> bool:
    """The clerks of a village or its township enter its figures."""
    return scope.covers(user, {"clerk"}, village)
