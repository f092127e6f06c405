"""督查通报 to read: the list, and one circular with its problems and receipts as far as a person may see them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from reports import permissions
from reports.models import Circular, CircularReceiver, Finding
from villages.models import Township, Unit, Village

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Line:
    """One circular of the list. `is_read` says whether the reader's own units signed for it, None for the district."""

    circular: Circular
    findings: int
    sent: int
    read: int
    is_read: bool | None


@dataclass(frozen=True, slots=True)
class Page:
    circular: Circular
    findings: list[Finding]
    receivers: list[CircularReceiver]
    sees_all: bool
    can_edit: bool
    can_sign_for: bool

    @property
    def read(self) -> int:
        return sum(one.read_at is not None for one in self.receivers)

    @property
    def unread(self) -> list[CircularReceiver]:
        return [one for one in self.receivers if one.read_at is None]


def lines(user: Any) -> list[Line]:
    """Newest first, drafts on top. Two queries."""
    found = Circular.objects.visible_to(user).annotate(
        named=Count("findings", distinct=True),
        sent=Count("receivers", distinct=True),
        read=Count("receivers", filter=Q(receivers__read_at__isnull=False), distinct=True),
    )
    sees_all = permissions.can_read_all_circulars(user)
    unread = set() if sees_all else _unread(user)
    return [
        Line(one, one.named, one.sent, one.read, None if sees_all else one.pk not in unread)  # type: ignore[attr-defined]
        for one in found.order_by("-state", "-issued_at", "-pk")
    ]


def page(user: Any, circular: Circular) -> Page:
    """The whole text for everybody it is sent to; receipts of others for the district alone. Two queries."""
    findings = circular.findings.select_related("township", "village__township", "unit").order_by("position")
    receivers = CircularReceiver.objects.visible_to(user).filter(circular=circular)
    found = list(
        receivers.select_related("township", "unit", "read_by").order_by(
            "unit__position", "township__code", "unit__code"
        )
    )
    own = [one for one in found if permissions.can_receive_circular(user, one.sender)]
    return Page(
        circular=circular,
        findings=list(findings),
        receivers=found,
        sees_all=permissions.can_read_all_circulars(user),
        can_edit=circular.is_draft and permissions.can_circulate(user),
        can_sign_for=any(one.read_at is None for one in own),
    )


def places() -> Choices:
    """Everything that can be named, in groups: townships, units, then the villages of each township. Three queries."""
    townships = list(Township.objects.in_code_order())
    units = Unit.objects.order_by("position", "code")
    of: dict[int, list[tuple[str, str]]] = {one.pk: [] for one in townships}
    for village in Village.objects.open().in_code_order():
        of[village.township_id].append((village.code, village.short_name))
    return [
        ("乡镇街道", [(one.code, one.name) for one in townships]),
        ("成员单位", [(one.code, one.name) for one in units]),
        *((f"{one.name}的村（社区）", of[one.pk]) for one in townships if of[one.pk]),
    ]


def place(code: str) -> Township | Village | Unit | None:
    """What a code of `places` stands for."""
    if len(code) == 12 and code.isdecimal():
        return Village.objects.select_related("township").filter(code=code).first()
    if len(code) == 9 and code.isdecimal():
        return Township.objects.filter(code=code).first()
    return Unit.objects.filter(code=code).first()


def default_due(today: dt.date) -> dt.date:
    """Two weeks are usual."""
    return today + dt.timedelta(days=14)


def _unread(user: Any) -> set[int]:
    waiting = CircularReceiver.objects.visible_to(user).filter(read_at__isnull=True)
    return set(waiting.values_list("circular", flat=True))
