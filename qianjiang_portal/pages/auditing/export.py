"""The log taken away as a file: what the filters show, as Excel or CSV, and the taking written down."""

import csv
import datetime as dt
import io
import json
from typing import TYPE_CHECKING, Any

from django.db import transaction

from qianjiang_portal.foundation import audit, calendar, formulas
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.auditing import events, words
from qianjiang_portal.pages.auditing.events import Filters
from reports.documents import xlsx
from reports.documents.model import Column, Kind, Metadata, Sheet, Table, Workbook

if TYPE_CHECKING:
    from villages.models import User

MOST = 50_000
TITLE = "操作记录"
HEADS = (
    ("编号", 8),
    ("时间", 20),
    ("人", 12),
    ("任职", 30),
    ("动作", 16),
    ("动作代码", 20),
    ("对象", 28),
    ("地方", 20),
)
TAIL = (("结果", 8), ("网络地址", 16), ("请求编号", 34), ("数量与事实", 40))
COLUMNS = HEADS + TAIL
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
ASKED = ["pk", "at", "actor_name", "posts", "action", "target", "place", "outcome", "address", "request", "facts"]
# A byte order mark, by which spreadsheets know the text as UTF-8.
MARK = "\ufeff"


class CannotExport(Refused):
    """The log cannot be taken away like this; the message says what to narrow."""


@transaction.atomic
def export(*, filters: Filters, form: str, by: "User", now: dt.datetime) -> tuple[str, bytes]:
    """The events the filters show, the newest first, as (file name, content). Raises CannotExport past MOST rows."""
    found = list(events.found(filters).values_list(*ASKED)[: MOST + 1])
    if len(found) > MOST:
        raise CannotExport(f"一次最多导出 {MOST} 条，先把时间缩短一些")
    rows = _rows(found)
    made = _csv(rows) if form == "csv" else _xlsx(rows, now)
    facts = {"rows": len(rows), "format": form, "filters": filters.asked}
    audit.record(actor=by, action="audit.export", facts=facts, at=now)
    return f"{TITLE}{calendar.local_date(now):%Y%m%d}.{form}", made


def _rows(found: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """Events in words, from their plain values: fifty thousand instances take twice as long as all of their texts."""
    places = events.place_names({event[ASKED.index("place")] for event in found})
    outcomes = dict(AuditEvent.Outcome.choices)
    return [
        (
            str(pk),
            f"{at.astimezone(calendar.SHANGHAI):%Y-%m-%d %H:%M:%S}",
            actor,
            posts,
            words.action(action),
            action,
            target,
            places.get(place, place),
            str(outcomes.get(outcome, outcome)),
            address or "",
            request,
            json.dumps(facts, ensure_ascii=False, sort_keys=True) if facts else "",
        )
        for pk, at, actor, posts, action, target, place, outcome, address, request, facts in found
    ]


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(title for title, _ in COLUMNS)
    writer.writerows([formulas.harmless(cell) for cell in row] for row in rows)
    return (MARK + target.getvalue()).encode()


def _xlsx(rows: list[tuple[str, ...]], now: dt.datetime) -> bytes:
    columns = tuple(Column(title, Kind.TEXT, share) for title, share in COLUMNS)
    metadata = Metadata(TITLE, "黔江乡村治理平台", now.astimezone(calendar.SHANGHAI).replace(microsecond=0))
    return xlsx.render(Workbook(TITLE, (Sheet(TITLE, Table(TITLE, columns, tuple(rows))),), metadata))
