"""What happened to a batch, in sentences, the latest first."""

import datetime as dt
from dataclasses import dataclass

from points.models import Batch
from qianjiang_portal.foundation.models import AuditEvent

SENTENCES = {
    "batch.submit": "{name}提交 {rows}\u00a0行",
    "batch.recall": "{name}撤回",
    "evidence.add": "{name}传证明 {file}",
    "evidence.withdraw": "{name}撤下证明 {file}",
    "review.open": "{name}开始审核",
    "review.decide": "{name}通过 {approved}\u00a0行，退回 {returned}\u00a0行",
}


@dataclass(frozen=True)
class Step:
    at: dt.datetime
    text: str


def story(batch: Batch) -> list[Step]:
    """The recorded commands about a batch, and its beginning."""
    events = AuditEvent.objects.filter(target=batch.number, action__in=SENTENCES).order_by("-at", "-pk")
    told = [Step(event.at, _tell(event)) for event in events]
    return [*told, Step(batch.made_at, f"{batch.maker.name}新建草稿")]


def _tell(event: AuditEvent) -> str:
    facts = {"rows": 0, "approved": 0, "returned": 0, "file": ""} | event.facts
    return SENTENCES[event.action].format(name=event.actor_name, **facts)
