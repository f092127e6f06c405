"""Entering through the API: the functions of the pages, whole requests or nothing, refusals field by field."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.decorators import action
from rest_framework.request import Request

from points import batches, checks, entering, permissions, rules, sheets
from points.api.rows import FIELDS, NOT_FOUND, household_of, rows_of, said, told
from points.api.shapes import (
    BatchIn,
    BatchOut,
    BatchWithRowsOut,
    ClaimIn,
    ClaimOut,
    ClaimSavedOut,
    RowsIn,
    VersionIn,
    batches_seen,
    claims_seen,
    valid,
)
from points.models import Batch, Claim
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.api.errors import FieldsRefused
from qianjiang_portal.foundation.refusals import Refused
from villages.api.access import Resource
from villages.api.writing import writes
from villages.models import Token, User

CLERKS = frozenset({"clerk"})


class BatchWrites(Resource):
    """Batches begun, filled, submitted and taken back by their clerk."""

    action_scopes = dict.fromkeys(("create", "add", "submit", "recall"), Token.Scope.ENTER)
    action_roles = dict.fromkeys(("create", "add", "submit", "recall"), CLERKS)

    @writes(takes=BatchIn, gives=BatchWithRowsOut, code=201, summary="新建一批，连同它的行")
    def create(self, request: Request) -> tuple[str, Any]:
        given = valid(BatchIn, request)
        batch = _begin(request.user, given)
        return batch.number, _with_rows(request.user, batch, _put(request.user, batch, given["rows"]))

    @writes(takes=RowsIn, gives=BatchWithRowsOut, code=201, summary="在草稿里加行")
    @action(detail=True, methods=["post"], url_path="rows", url_name="rows")
    def add(self, request: Request, number: str) -> tuple[str, Any]:
        batch, given = self._to_change(), valid(RowsIn, request)
        return number, _with_rows(request.user, batch, _put(request.user, batch, given["rows"]))

    @writes(takes=VersionIn, gives=BatchOut, summary="提交一批，等待审核")
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, number: str) -> tuple[str, Any]:
        batch, version = self._to_change(), valid(VersionIn, request)["version"]
        try:
            batches.submit(batch=batch, maker=request.user, version=version, now=calendar.now())
        except batches.CannotSubmit as refusal:
            raise _blamed(batch, refusal) from refusal
        return number, self._told(number)

    @writes(takes=None, gives=BatchOut, summary="撤回还没有人审核的一批")
    @action(detail=True, methods=["post"])
    def recall(self, request: Request, number: str) -> tuple[str, Any]:
        batches.recall(batch=self._to_change(), maker=request.user, now=calendar.now())
        return number, self._told(number)

    def _to_change(self) -> Batch:
        """The batch for somebody who enters for its village; others who may see it may not touch it."""
        batch: Batch = self.get_object()
        if not permissions.can_enter(self.request.user, batch.village):
            raise PermissionDenied
        return batch

    def _told(self, number: str) -> Any:
        return BatchOut(batches_seen(self.request.user).get(number=number)).data


class ClaimWrites(Resource):
    """Single rows changed, taken out and put back."""

    action_scopes = dict.fromkeys(("partial_update", "destroy", "restore"), Token.Scope.ENTER)
    action_roles = dict.fromkeys(("partial_update", "destroy", "restore"), CLERKS)

    @writes(takes=ClaimIn, gives=ClaimSavedOut, summary="改一行")
    def partial_update(self, request: Request, pk: str) -> tuple[str, Any]:
        claim, given = self._to_change(), valid(ClaimIn, request)
        if number := given.pop("household", None):
            given["household"] = household_of(request.user, number)
        kept = {name: getattr(claim, name) for name in ("household", "points", "quantity", "occurred_on", "note")}
        try:
            saved = batches.put_claim(
                batch=claim.batch,
                editor=request.user,
                client_key=claim.client_key,
                rule=claim.rule,
                resident=claim.resident,
                now=calendar.now(),
                **(kept | given),
            )
        except checks.CannotSave as refusal:
            raise told(refusal) from refusal
        return str(claim), self._told(claim, saved.warnings)

    @writes(takes=None, gives=ClaimOut, summary="移除一行")
    def destroy(self, request: Request, pk: str) -> tuple[str, Any]:
        claim = self._to_change()
        batches.remove_claim(batch=claim.batch, editor=request.user, claim=claim, now=calendar.now())
        return str(claim), ClaimOut(claims_seen(request.user).get(pk=claim.pk)).data

    @writes(takes=None, gives=ClaimSavedOut, summary="恢复移除的一行")
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> tuple[str, Any]:
        claim = self._to_change()
        saved = batches.restore_claim(batch=claim.batch, editor=request.user, claim=claim, now=calendar.now())
        return str(claim), self._told(claim, saved.warnings)

    def _to_change(self) -> Claim:
        claim: Claim = self.get_object()
        if not permissions.can_enter(self.request.user, claim.batch.village):
            raise PermissionDenied
        return claim

    def _told(self, claim: Claim, warnings: list[str]) -> Any:
        kept = claims_seen(self.request.user).get(pk=claim.pk)
        kept.warnings = warnings  # type: ignore[attr-defined]
        return ClaimSavedOut(kept).data


def _begin(user: User, given: Mapping[str, Any]) -> Batch:
    village = entering.enterable(user).filter(code=given["village"]).first()
    if village is None:
        raise FieldsRefused({"village": [NOT_FOUND]})
    day, code = given["occurred_on"], given.get("rule")
    rule = rules.usable(village, day).select_related("rule_set").filter(code=code).first() if code else None
    if code and rule is None:
        raise FieldsRefused({"rule": [("G-18", f"{day:%Y-%m-%d} 的细则里没有 {code}")]})
    try:
        return batches.open_draft(
            maker=user,
            village=village,
            rule=rule,
            occurred_on=day,
            key=uuid.uuid4().hex,
            source=Batch.Source.API,
            now=calendar.now(),
        )
    except checks.CannotSave as refusal:
        raise FieldsRefused({FIELDS.get(refusal.code, "occurred_on"): [said(refusal)]}) from refusal


def _put(user: User, batch: Batch, given: list[dict[str, Any]]) -> list[sheets.Outcome]:
    """All rows or none: what is wrong with each of them is told at once."""
    rows = rows_of(user, batch, given)
    outcomes = sheets.put(batch=batch, editor=user, rows=rows, now=calendar.now())
    refusals = {at: outcome.refusal for at, outcome in enumerate(outcomes) if outcome.refusal}
    if refusals:
        raise FieldsRefused(
            {f"rows.{at}.{FIELDS.get(why.code, 'household')}": [said(why)] for at, why in refusals.items()}
        )
    return outcomes


def _with_rows(user: User, batch: Batch, outcomes: list[sheets.Outcome]) -> Any:
    kept = batches_seen(user).get(pk=batch.pk)
    written = {outcome.claim.pk: outcome for outcome in outcomes if outcome.claim}
    kept.claims_told = claims_seen(user).filter(pk__in=written).in_line_order()  # type: ignore[attr-defined]
    kept.warnings = [  # type: ignore[attr-defined]
        {"line": outcome.claim.line, "message": text}
        for outcome in outcomes
        if outcome.claim
        for text in outcome.warnings
    ]
    return BatchWithRowsOut(kept).data


def _blamed(batch: Batch, refusal: batches.CannotSubmit) -> Refused:
    """The rows that cannot go, by their line."""
    if not refusal.problems:
        return refusal
    lines = dict(batch.claims.filter(pk__in=refusal.problems).values_list("pk", "line"))
    return FieldsRefused({f"lines.{lines[pk]}": [("G-17", text)] for pk, text in refusal.problems.items()})
