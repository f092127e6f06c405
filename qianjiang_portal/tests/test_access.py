"""Every address × every person → what they get. An address without a line here fails the run.

Each row of `TABLE` is: URL name, method, arguments, and a letter for each person in the order of `PEOPLE`:

    ✓ 200       → redirect        s sign in first      3 403      · 404       4 answered, but not accepted (4xx form)
    1 401             0 204             x 405

The API is asked with a token of the person that may do everything they may.
"""

import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from conftest import NOW, SINCE, api_token
from points import imports, notices, objections, registers
from points.models import Batch, Entry, Import, Notice, Objection, RegisterFile, RuleSet
from qianjiang_portal import testing_sessions
from qianjiang_portal.foundation import calendar, jobs, periods
from qianjiang_portal.foundation.tests import paper_files as papers
from qianjiang_portal.tests.world import World, make_help, make_honours, make_store
from reports import (
    assessment,
    cases,
    circulars,
    composing,
    publicity,
    rectifications,
    reports,
    sheet_figures,
    summaries,
    village_sheets,
)
from reports.models import Report, ReportVersion, Sender, Summary, SummarySection
from villages.models import User

PEOPLE = [
    "nobody",
    "clerk",
    "reviewer",
    "leader",
    "counter",
    "liaison",
    "district",
    "auditor",
    "admin",
    "stranger",
    "double",
]

# In two parts, so that two processes share the walk; not in more, since each builds the world.
GROUPS = [PEOPLE[0::2], PEOPLE[1::2]]

LETTERS = {
    "✓": {200},
    "→": {302},
    "s": {302},
    "1": {401},
    "3": {403},
    "·": {404},
    "4": {400, 409, 422},
    "0": {204},
    "x": {405},
}

# Walked by the administration's own tests; it lets in whoever is an administrator today and nobody else.
APART = {"admin"}

MENDED = {"pk": "circular", "finding": "circular_finding", "made": "rectification"}

TABLE: list[tuple[str, str, dict[str, str], str]] = [
    ("index", "GET", {}, "→→→→→→→→→→→"),
    ("home", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("jobs:progress", "GET", {"job_uuid": "job"}, "s✓·✓··✓✓···"),
    ("jobs:list", "GET", {}, "s33333✓3✓33"),
    ("jobs:cancel", "POST", {"job_uuid": "job"}, "s3·→··→3→··"),
    ("jobs:retry", "POST", {"job_uuid": "job"}, "s3·3··→3→··"),
    ("status", "GET", {}, "s33333✓3✓33"),
    ("healthz", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("readyz", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("metrics", "GET", {}, "···········"),
    ("public-villages", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("search", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("audit", "GET", {}, "s333333✓333"),
    ("audit-event", "GET", {"pk": "audit_event"}, "s333333✓333"),
    ("audit-seals", "GET", {}, "s333333✓333"),
    ("audit-changes", "GET", {}, "s333333✓333"),
    ("audit-export", "POST", {}, "s333333✓333"),
    ("audit-export", "GET", {}, "sxxxxxxxxxx"),
    ("rights", "GET", {}, "s33333✓✓✓33"),
    ("rights-people", "GET", {}, "s33333✓✓✓33"),
    ("rights-person", "GET", {"pk": "clerk_user"}, "s33333✓✓✓33"),
    ("help", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("help-keys", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("help-guide", "GET", {"slug": "review"}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("help-api", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("help-clock", "GET", {}, "s33333✓3✓33"),
    ("help-clock", "POST", {}, "s3333343433"),
    ("components", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("villages:sign-in", "GET", {}, "✓→→→→→→→→→→"),
    ("villages:sign-out", "POST", {}, "s→→→→→→→→→→"),
    ("villages:sign-out", "GET", {}, "sxxxxxxxxxx"),
    ("administration-door", "GET", {}, "s3333333→33"),
    ("villages:password", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("villages:second", "GET", {}, "s→→→→→→→→→→"),
    ("villages:second", "POST", {}, "s→→→→→→→→→→"),
    ("villages:factor", "GET", {}, "s33333✓✓✓33"),
    ("villages:factor-begin", "POST", {}, "s3333344433"),
    ("villages:factor-scan", "GET", {}, "s→→→→→→→→→→"),
    ("villages:factor-scan", "POST", {}, "s→→→→→→→→→→"),
    ("villages:factor-codes", "POST", {}, "s3333344433"),
    ("villages:factor-off", "POST", {}, "s3333344433"),
    ("villages:session-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("villages:session-end", "POST", {"digest": "0" * 32}, "s··········"),
    ("villages:session-end-others", "POST", {}, "s→→→→→→→→→→"),
    ("villages:token-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("villages:token-new", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("villages:token-new", "POST", {}, "s4444444444"),
    ("villages:token-revoke", "POST", {"pk": "token"}, "s→·········"),
    ("villages:staff-list", "GET", {}, "s3333333✓33"),
    ("villages:staff-import", "GET", {}, "s3333333✓33"),
    ("villages:staff-import", "POST", {}, "s3333333433"),
    ("villages:staff-open", "POST", {}, "s3333333433"),
    ("villages:staff-template", "GET", {}, "s3333333✓33"),
    ("villages:staff", "GET", {"pk": "clerk_user"}, "s3333333✓33"),
    ("villages:staff-appoint", "GET", {"pk": "clerk_user"}, "s3333333✓33"),
    ("villages:staff-appoint", "POST", {"pk": "clerk_user"}, "s3333333433"),
    ("villages:staff-move", "GET", {"pk": "clerk_user", "post": "clerk_post"}, "s3333333✓33"),
    ("villages:staff-move", "POST", {"pk": "clerk_user", "post": "clerk_post"}, "s3333333433"),
    ("villages:staff-end", "POST", {"pk": "clerk_user", "post": "clerk_post"}, "s3333333433"),
    ("villages:staff-password", "POST", {"pk": "clerk_user"}, "s3333333✓33"),
    ("villages:staff-unlock", "POST", {"pk": "clerk_user"}, "s3333333→33"),
    ("villages:staff-factor", "POST", {"pk": "clerk_user"}, "s3333333→33"),
    ("villages:staff-off", "POST", {"pk": "clerk_user"}, "s3333333433"),
    ("villages:staff-on", "POST", {"pk": "clerk_user"}, "s3333333→33"),
    ("villages:staff-sign-out", "POST", {"pk": "clerk_user"}, "s3333333→33"),
    ("api-schema", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("api-elsewhere", "GET", {}, "···········"),
    ("api:township-list", "GET", {}, "1✓✓✓✓✓✓✓✓✓✓"),
    ("api:township-detail", "GET", {"code": "township"}, "1✓✓✓✓✓✓✓✓·✓"),
    ("api:village-list", "GET", {}, "1✓✓✓✓✓✓✓✓✓✓"),
    ("api:village-list", "POST", {}, "1xxxxxxxxxx"),
    ("api:village-detail", "GET", {"code": "village"}, "1✓✓✓✓✓✓✓✓·✓"),
    ("api:grid-list", "GET", {}, "1✓✓✓✓✓✓✓✓✓✓"),
    ("api:household-list", "GET", {}, "1✓✓✓✓3✓✓3✓✓"),
    ("api:household-detail", "GET", {"number": "household_number"}, "1✓✓✓✓3✓✓3·✓"),
    ("api:household-members", "GET", {"number": "household_number"}, "1✓✓✓✓3✓✓3·✓"),
    ("api:rule-set-list", "GET", {}, "1✓✓✓✓✓✓✓✓✓✓"),
    ("api:rule-set-detail", "GET", {"pk": "rule_set"}, "1✓✓✓✓✓✓✓✓·✓"),
    ("api:rule-list", "GET", {}, "1✓✓✓✓✓✓✓✓✓✓"),
    ("api:rule-detail", "GET", {"pk": "rule"}, "1✓✓✓✓✓✓✓✓·✓"),
    ("api:batch-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:batch-detail", "GET", {"number": "submitted"}, "1✓✓✓33✓✓3·✓"),
    ("api:batch-detail", "GET", {"number": "draft"}, "1✓··33··3··"),
    ("api:batch-list", "POST", {}, "14333333344"),
    ("api:batch-rows", "POST", {"number": "draft"}, "143333333··"),
    ("api:batch-rows", "POST", {"number": "submitted"}, "143333333·3"),
    ("api:batch-submit", "POST", {"number": "draft"}, "143333333··"),
    ("api:batch-submit", "POST", {"number": "submitted"}, "143333333·3"),
    ("api:batch-open", "POST", {"number": "draft"}, "13·3333333·"),
    ("api:batch-open", "POST", {"number": "submitted"}, "13✓3333333✓"),
    ("api:batch-decide", "POST", {"number": "submitted"}, "13433333334"),
    ("api:review-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:review-detail", "GET", {"pk": "sitting"}, "1✓✓✓33✓✓3·✓"),
    ("api:panel-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:outlet-list", "GET", {}, "1✓3✓✓3✓✓3✓✓"),
    ("api:outlet-detail", "GET", {"pk": "outlet"}, "1✓3✓✓3✓✓3··"),
    ("api:item-list", "GET", {}, "1✓3✓✓3✓✓3✓✓"),
    ("api:redemption-list", "GET", {}, "1✓3✓✓3✓✓3✓✓"),
    ("api:redemption-list", "POST", {}, "14334333344"),
    ("api:redemption-detail", "GET", {"pk": "slip"}, "1✓3✓✓3✓✓3··"),
    ("api:redemption-undo", "POST", {"pk": "slip"}, "133343333··"),
    ("api:activity-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:activity-detail", "GET", {"pk": "activity"}, "1✓✓✓33✓✓3·✓"),
    ("api:activity-attendances", "GET", {"pk": "activity"}, "1✓✓✓33✓✓3·✓"),
    ("api:indicator-list", "GET", {}, "1✓✓✓3✓✓✓3✓✓"),
    ("api:indicator-value-list", "GET", {}, "1✓✓✓3✓✓✓3✓✓"),
    ("api:programme-list", "GET", {}, "1✓3✓3✓✓✓3✓✓"),
    ("api:programme-detail", "GET", {"pk": "programme"}, "1✓3✓3✓✓✓3✓✓"),
    ("api:candidate-list", "GET", {}, "1✓3✓3✓✓✓3✓✓"),
    ("api:candidate-detail", "GET", {"pk": "candidate"}, "1✓3✓3✓✓✓3··"),
    ("api:summary-list", "GET", {}, "1✓3✓3✓✓✓3✓✓"),
    ("api:summary-detail", "GET", {"pk": "summary"}, "1✓3✓3·✓✓3··"),
    ("api:claim-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:claim-detail", "GET", {"pk": "claim"}, "1✓✓✓33✓✓3·✓"),
    ("api:claim-detail", "PATCH", {"pk": "claim"}, "143333333·3"),
    ("api:claim-detail", "DELETE", {"pk": "claim"}, "143333333·3"),
    ("api:claim-detail", "PUT", {"pk": "claim"}, "1xxx33xx3xx"),
    ("api:evidence-list", "GET", {}, "1✓✓✓33✓✓3✓✓"),
    ("api:evidence-list", "POST", {}, "14333333344"),
    ("api:evidence-detail", "GET", {"pk": "evidence"}, "1✓✓✓33✓✓3·✓"),
    ("api:evidence-detail", "DELETE", {"pk": "evidence"}, "143333333·3"),
    ("api:claim-restore", "POST", {"pk": "claim"}, "143333333·3"),
    ("api:entry-list", "GET", {}, "1✓✓✓✓3✓✓3✓✓"),
    ("api:entry-detail", "GET", {"pk": "entry"}, "1✓✓✓✓3✓✓3·✓"),
    ("api:balance-list", "GET", {}, "1✓✓✓✓3✓✓3✓✓"),
    ("api:balance-detail", "GET", {"number": "household_number"}, "1✓✓✓✓3✓✓3·✓"),
    ("api:notice-list", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("api:notice-detail", "GET", {"code": "notice"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("api:figure-list", "GET", {}, "14444444444"),
    ("villages:errand-list", "GET", {}, "s✓3✓33✓✓3✓✓"),
    ("villages:errand-new", "GET", {}, "s✓3333333✓✓"),
    ("villages:errand-new", "POST", {}, "s4333333344"),
    ("villages:errand-move", "POST", {"pk": "errand"}, "s→·3··33···"),
    ("villages:guide-new", "GET", {}, "s✓3333333✓✓"),
    ("villages:guide-new", "POST", {}, "s4333333344"),
    ("villages:guide-list", "GET", {}, "s✓3✓33✓✓3✓✓"),
    ("villages:guide-change", "GET", {"pk": "guide"}, "s✓·3··33···"),
    ("villages:guide-change", "POST", {"pk": "guide"}, "s4·3··33···"),
    ("villages:guide-withdraw", "POST", {"pk": "guide"}, "s→·3··33···"),
    ("villages:public-services", "GET", {"code": "village"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("villages:disclosure-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:disclosure-village", "GET", {"code": "village"}, "s✓✓✓3✓✓✓3·✓"),
    ("villages:disclosure-many", "GET", {"code": "township"}, "s✓3333333·✓"),
    ("villages:disclosure-many", "POST", {"code": "township"}, "s→3333333·→"),
    ("villages:disclosure-new", "GET", {"code": "village"}, "s✓3333333·3"),
    ("villages:disclosure-new", "POST", {"code": "village"}, "s43333333·3"),
    ("villages:disclosure", "GET", {"code": "village", "pk": "disclosure"}, "s✓✓✓3✓✓✓3·✓"),
    ("villages:disclosure-correct", "GET", {"code": "village", "pk": "disclosure"}, "s✓3333333·3"),
    ("villages:disclosure-correct", "POST", {"code": "village", "pk": "disclosure"}, "s43333333·3"),
    ("villages:disclosure-withdraw", "POST", {"code": "village", "pk": "disclosure"}, "s43333333·3"),
    ("villages:disclosure-paper", "GET", {"code": "village", "pk": "disclosure", "position": "1"}, "s···3···3··"),
    ("villages:public-disclosures", "GET", {"code": "village"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("villages:public-disclosure", "GET", {"code": "village", "pk": "disclosure"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    (
        "villages:public-disclosure-paper",
        "GET",
        {"code": "village", "pk": "disclosure", "position": "1"},
        "···········",
    ),
    ("villages:people-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:people-new", "GET", {}, "s✓3✓33✓33✓✓"),
    ("villages:people-new", "POST", {}, "s4343343344"),
    ("villages:people-import", "GET", {}, "s✓3✓33✓33✓✓"),
    ("villages:people-import", "POST", {}, "s4343343344"),
    ("villages:people-write", "POST", {}, "s4343343344"),
    ("villages:people-template", "GET", {}, "s✓3✓33✓33✓✓"),
    ("villages:people-end", "POST", {"pk": "post"}, "s→3→·3→3··3"),
    ("villages:person", "GET", {"pk": "post"}, "s✓✓✓3✓✓✓3·✓"),
    ("villages:person-appraise", "POST", {"pk": "post"}, "s33433433·3"),
    ("villages:appraisal-withdraw", "POST", {"pk": "post", "appraisal": "appraisal"}, "s33433433·3"),
    ("villages:record-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:record-export", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:training-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:training-new", "GET", {}, "s✓3✓33✓33✓✓"),
    ("villages:training-new", "POST", {}, "s4343343344"),
    ("villages:training", "GET", {"pk": "training"}, "s✓✓✓3✓✓✓3·✓"),
    ("villages:training-withdraw", "POST", {"pk": "training"}, "s43433433·3"),
    ("villages:charter-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:charter", "GET", {"code": "village"}, "s✓✓✓3✓✓✓3·✓"),
    ("villages:charter-new", "GET", {"code": "village"}, "s✓3✓33✓33·3"),
    ("villages:charter-new", "POST", {"code": "village"}, "s43433433·3"),
    ("villages:charter-file", "POST", {"code": "village", "version": "1"}, "s33433433·3"),
    ("villages:charter-paper", "GET", {"code": "village", "version": "1"}, "s··········"),
    ("villages:indicator-list", "GET", {}, "s✓✓✓3✓✓✓3✓✓"),
    ("villages:indicator-kind-list", "GET", {}, "s33333✓3333"),
    ("villages:indicator-kind-new", "GET", {}, "s33333✓3333"),
    ("villages:indicator-kind-new", "POST", {}, "s3333343333"),
    ("villages:indicator-kind", "GET", {"pk": "problem"}, "s33333·3333"),
    ("villages:indicator-kind", "POST", {"pk": "problem"}, "s33333·3333"),
    ("villages:indicator-grid", "GET", {"period": "quarter", "code": "township"}, "s✓✓✓·✓✓✓··✓"),
    ("villages:indicator-grid", "POST", {"period": "quarter", "code": "township"}, "s→33·333··→"),
    ("demos:board", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:candidate-new", "GET", {}, "s✓3✓33✓33✓✓"),
    ("demos:candidate-new", "POST", {}, "s4343343344"),
    ("demos:programme-list", "GET", {}, "s33333✓3333"),
    ("demos:programme-list", "POST", {}, "s3333343333"),
    ("demos:programme-by-plan", "POST", {}, "s33333→3333"),
    ("demos:programme-stages", "GET", {"pk": "programme"}, "s3·3·3✓3·33"),
    ("demos:programme-stages", "POST", {"pk": "programme"}, "s3·3·343·33"),
    ("demos:standard", "GET", {"pk": "programme"}, "s✓·✓·✓✓✓·✓✓"),
    ("demos:standard-edit", "GET", {"pk": "programme"}, "s3·3·3✓3·33"),
    ("demos:standard-edit", "POST", {"pk": "programme"}, "s3·3·343·33"),
    ("demos:recheck-all", "GET", {}, "s33333✓3333"),
    ("demos:recheck-all", "POST", {}, "s3333343333"),
    ("demos:candidate", "GET", {"pk": "candidate"}, "s✓·✓·✓✓✓···"),
    ("demos:candidate-move", "GET", {"pk": "candidate"}, "s✓·✓·333···"),
    ("demos:candidate-move", "POST", {"pk": "candidate"}, "s4·4·333···"),
    ("demos:candidate-owner", "POST", {"pk": "candidate"}, "s4·4·343···"),
    ("demos:candidate-milestone", "POST", {"pk": "candidate"}, "s4·4·343···"),
    ("demos:milestone-reach", "POST", {"pk": "candidate", "milestone": "milestone"}, "s4·4·343···"),
    ("demos:candidate-recheck", "POST", {"pk": "candidate"}, "s3·3·343···"),
    ("demos:candidate-close", "POST", {"pk": "candidate"}, "s3·3·343···"),
    ("demos:criteria", "GET", {"pk": "candidate"}, "s✓·✓·✓✓✓···"),
    ("demos:criteria", "POST", {"pk": "candidate"}, "s3·3·333···"),
    ("demos:evidence-add", "POST", {"pk": "candidate"}, "s4·4·343···"),
    ("demos:evidence-withdraw", "POST", {"pk": "candidate", "proof": "proof"}, "s→·→·3→3···"),
    ("demos:evidence-file", "GET", {"pk": "candidate", "proof": "proof"}, "s··········"),
    ("demos:inspection-photo", "GET", {"pk": "candidate", "inspection": "proof"}, "s··········"),
    ("reports:notice-paper", "GET", {"code": "notice", "kind": "docx"}, "s✓✓✓3·✓3··✓"),
    ("reports:acceptance", "GET", {"pk": "candidate", "kind": "docx"}, "s✓·✓·✓✓✓···"),
    ("demos:finding-add", "POST", {"pk": "candidate"}, "s3·4·343···"),
    ("demos:finding-clear", "POST", {"pk": "candidate", "finding": "finding"}, "s3·3·343···"),
    ("demos:inspection-add", "POST", {"pk": "candidate"}, "s3·4·343···"),
    ("demos:meeting-list", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:meeting-new", "GET", {}, "s3333✓✓3333"),
    ("demos:meeting-new", "POST", {}, "s3333443333"),
    ("demos:decision-list", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:meeting", "GET", {"pk": "meeting"}, "s····✓✓✓···"),
    ("demos:meeting-paper-add", "POST", {"pk": "meeting"}, "s····443···"),
    ("demos:meeting-paper", "GET", {"pk": "meeting", "paper": "1"}, "s··········"),
    ("demos:meeting-paper-withdraw", "POST", {"pk": "meeting", "paper": "1"}, "s······3···"),
    ("reports:pairing-sheet", "GET", {"pk": "pairing", "kind": "docx"}, "s✓·✓·✓✓✓···"),
    ("reports:meeting-minutes", "GET", {"pk": "meeting"}, "s····✓✓✓···"),
    ("demos:decision-settle", "POST", {"pk": "decision"}, "s····443···"),
    ("demos:pairing-list", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:pairing-new", "GET", {}, "s33333✓3333"),
    ("demos:pairing-new", "POST", {}, "s3333343333"),
    ("demos:pairing", "GET", {"pk": "pairing"}, "s✓·✓·✓✓✓···"),
    ("demos:pairing", "POST", {"pk": "pairing"}, "s4·3·443···"),
    ("demos:pairing-end", "POST", {"pk": "pairing"}, "s3·3·343···"),
    ("demos:pairing-print", "GET", {"pk": "pairing"}, "s✓·✓·✓✓✓···"),
    ("demos:visit-photo", "GET", {"pk": "pairing", "photo": "problem"}, "s··········"),
    ("demos:visit-photo-withdraw", "POST", {"pk": "pairing", "photo": "problem"}, "s··········"),
    ("demos:problem-answer", "POST", {"pk": "pairing", "problem": "problem"}, "s4·3·443···"),
    ("demos:measure-list", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:measure-add", "GET", {}, "s33333✓3333"),
    ("demos:measure-add", "POST", {}, "s3333343333"),
    ("demos:measure-write", "POST", {}, "s3333343333"),
    ("demos:measure-template", "GET", {}, "s33333✓3333"),
    ("demos:measure-export", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:dispatch-now", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:dispatch", "GET", {"month": "2026-11"}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:dispatch-say", "POST", {"month": "2026-11", "pk": "measure"}, "s3·3·443·33"),
    ("demos:measure-report", "POST", {"pk": "measure"}, "s3·3·443·33"),
    ("demos:fund-list", "GET", {}, "s✓3✓3✓✓✓3✓✓"),
    ("demos:fund-import", "GET", {}, "s✓3333✓33✓✓"),
    ("demos:fund-import", "POST", {}, "s4333343344"),
    ("demos:fund-write", "POST", {}, "s4333343344"),
    ("demos:fund-template", "GET", {}, "s✓3333✓33✓✓"),
    ("demos:fund-book", "GET", {"code": "village"}, "s✓·✓·✓✓✓···"),
    ("demos:fund-book", "POST", {"code": "village"}, "s4·3·343···"),
    ("points:entry", "GET", {}, "s✓3333333✓✓"),
    ("points:entry-household", "GET", {}, "s✓3333333✓✓"),
    ("points:entry-roster", "GET", {}, "s✓3333333✓✓"),
    ("points:entry-roster", "POST", {}, "s✓3333333✓✓"),
    ("points:entry-paste", "GET", {}, "s✓3333333✓✓"),
    ("points:entry-paste", "POST", {}, "s✓3333333✓✓"),
    ("points:entry-index", "GET", {"code": "village"}, "s✓·········"),
    ("points:entry-find", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("points:row", "GET", {}, "sxxxxxxxxxx"),
    ("points:row", "POST", {}, "s4444444444"),
    ("points:row-remove", "POST", {}, "s0000000000"),
    ("points:row-restore", "POST", {}, "s··········"),
    ("points:batch-list", "GET", {}, "s✓3333333✓✓"),
    ("points:batch", "GET", {"number": "draft"}, "s✓·········"),
    ("points:batch", "GET", {"number": "submitted"}, "s✓✓✓··✓✓··✓"),
    ("points:batch-submit", "GET", {"number": "draft"}, "s✓·········"),
    ("points:batch-submitted", "GET", {"number": "submitted"}, "s✓→→··→→··→"),
    ("points:batch-resubmit", "POST", {"number": "submitted"}, "s→33··33··3"),
    ("points:claim-remove", "POST", {"number": "submitted", "line": "1"}, "s433··33··3"),
    ("points:row-evidence", "POST", {}, "s4444444444"),
    ("points:evidence-add", "GET", {"number": "submitted"}, "s→→→→→→→→→→"),
    ("points:evidence-add", "POST", {"number": "submitted"}, "s433··33··3"),
    ("points:evidence-withdraw", "POST", {"number": "submitted", "pk": "evidence"}, "s433··33··3"),
    ("points:evidence-file", "GET", {"number": "submitted", "pk": "evidence"}, "s✓✓✓··✓✓··✓"),
    ("points:activity-list", "GET", {}, "s✓✓✓33✓✓3✓✓"),
    ("points:activity-new", "GET", {}, "s✓3333333✓✓"),
    ("points:activity-new", "POST", {}, "s4333333344"),
    ("points:activity", "GET", {"pk": "activity"}, "s✓✓✓··✓✓··✓"),
    ("points:activity-edit", "GET", {"pk": "activity"}, "s✓33··33··3"),
    ("points:activity-edit", "POST", {"pk": "activity"}, "s433··33··3"),
    ("points:activity-add", "POST", {"pk": "activity"}, "s433··33··3"),
    ("points:activity-leave", "POST", {"pk": "activity"}, "s→33··33··3"),
    ("points:activity-roster", "GET", {"pk": "activity"}, "s✓33··33··3"),
    ("points:activity-roster", "POST", {"pk": "activity"}, "s→33··33··3"),
    ("points:activity-paste", "GET", {"pk": "activity"}, "s✓33··33··3"),
    ("points:activity-paste", "POST", {"pk": "activity"}, "s✓33··33··3"),
    ("points:activity-points", "POST", {"pk": "activity"}, "s433··33··3"),
    ("points:import-list", "GET", {}, "s✓3333333✓✓"),
    ("points:import-new", "GET", {}, "s✓3333333✓✓"),
    ("points:import-new", "POST", {}, "s4333333344"),
    ("points:import-template", "GET", {}, "s✓3333333✓✓"),
    ("points:import", "GET", {"pk": "import"}, "s✓·········"),
    ("points:import-errors", "GET", {"pk": "import"}, "s✓·········"),
    ("points:import-confirm", "GET", {"pk": "import"}, "s✓·········"),
    ("points:import-fix", "POST", {"pk": "import"}, "s4·········"),
    ("points:import-fix", "GET", {"pk": "import"}, "sxxxxxxxxxx"),
    ("points:import-word", "POST", {"pk": "import"}, "s4·········"),
    ("points:import-word", "GET", {"pk": "import"}, "sxxxxxxxxxx"),
    ("points:import-confirm", "POST", {"pk": "import"}, "s4·········"),
    ("points:import-undo", "POST", {"pk": "import"}, "s4·········"),
    ("points:import-recheck", "POST", {"pk": "import"}, "s→·········"),
    ("points:import-drop", "POST", {"pk": "import"}, "s4·········"),
    ("points:roster-new", "GET", {}, "s✓3333333✓✓"),
    ("points:roster-new", "POST", {}, "s4333333344"),
    ("points:roster-template", "GET", {}, "s✓3333333✓✓"),
    ("points:opening-new", "GET", {}, "s✓✓✓33333✓✓"),
    ("points:opening-new", "POST", {}, "s4333333344"),
    ("points:opening-template", "GET", {}, "s✓3333333✓✓"),
    ("points:opening-reversal", "POST", {"pk": "problem"}, "s··········"),
    ("points:opening-reversal", "GET", {"pk": "problem"}, "sxxxxxxxxxx"),
    ("points:register", "GET", {"pk": "register"}, "s✓·········"),
    ("points:register", "GET", {"pk": "handed_in"}, "s✓✓✓······✓"),
    ("points:register-check", "POST", {"pk": "register"}, "s4·········"),
    ("points:register-check", "GET", {"pk": "register"}, "sxxxxxxxxxx"),
    ("points:register-check", "POST", {"pk": "handed_in"}, "s444······4"),
    ("points:register-errors", "GET", {"pk": "register"}, "s✓·········"),
    ("points:register-fix", "POST", {"pk": "register"}, "s4·········"),
    ("points:register-fix", "GET", {"pk": "register"}, "sxxxxxxxxxx"),
    ("points:register-confirm", "POST", {"pk": "register"}, "s4·········"),
    ("points:register-confirm", "GET", {"pk": "register"}, "sxxxxxxxxxx"),
    ("points:register-recheck", "POST", {"pk": "register"}, "s→·········"),
    ("points:register-drop", "POST", {"pk": "register"}, "s4·········"),
    ("points:register-drop", "GET", {"pk": "register"}, "sxxxxxxxxxx"),
    ("points:register-drop", "POST", {"pk": "handed_in"}, "s444······4"),
    ("points:passbook-list", "GET", {}, "s✓✓✓✓3✓✓3✓✓"),
    ("points:passbook", "GET", {"pk": "household"}, "s✓✓✓✓·✓✓··✓"),
    ("points:passbook-print", "GET", {"pk": "household"}, "s✓✓✓✓·✓✓··✓"),
    ("points:passbook-members", "POST", {"pk": "household"}, "s✓✓✓✓·✓✓··✓"),
    ("points:passbook-members", "GET", {"pk": "household"}, "sxxxxxxxxxx"),
    ("points:honour-list", "GET", {}, "s✓✓✓33✓✓3✓✓"),
    ("points:honour-start", "GET", {}, "s···33··3··"),
    ("points:star-list", "GET", {}, "s✓✓✓33✓✓3✓✓"),
    ("points:honour-kinds", "GET", {}, "s33333✓3333"),
    ("points:honour-kinds", "POST", {}, "s3333343333"),
    ("points:honour-desk", "GET", {"code": "village"}, "s✓✓✓33✓✓3·✓"),
    ("points:honour-new", "GET", {"code": "village"}, "s✓3333333·3"),
    ("points:honour-paste", "GET", {"code": "village"}, "s✓3333333·3"),
    ("points:honour-paste", "POST", {"code": "village"}, "s43333333·3"),
    ("points:honour-new", "POST", {"code": "village"}, "s43333333·3"),
    ("points:honour-decide", "POST", {"code": "village"}, "s34333333·4"),
    ("points:honour-publish", "POST", {"code": "village"}, "s43333333·3"),
    ("points:honour-points", "POST", {"code": "village"}, "s43333333·3"),
    ("points:honour-award", "POST", {"code": "village", "notice": "honour_notice"}, "s434··33··3"),
    ("points:honour-withdraw", "POST", {"code": "village", "pk": "honour"}, "s43333333·3"),
    ("points:honour-end", "POST", {"code": "village", "pk": "honour"}, "s34433333·4"),
    ("points:red-index", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:honour-doubt", "GET", {"code": "village", "pk": "honour"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:honour-doubt", "POST", {"code": "village", "pk": "honour"}, "44444444444"),
    ("points:year-end-doubt", "GET", {"code": "year_end"}, "···········"),
    ("points:doubt", "GET", {"number": "doubt"}, "s✓✓✓··✓···✓"),
    ("points:doubt", "POST", {"number": "doubt"}, "s344··3···4"),
    ("points:bulletin-print", "GET", {"code": "honour_notice"}, "s✓✓✓··✓✓··✓"),
    ("reports:bulletin-paper", "GET", {"code": "honour_notice", "kind": "pdf"}, "s✓✓✓··✓✓··✓"),
    ("points:red-village", "GET", {"code": "village"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:year-end-list", "GET", {}, "s✓✓✓33✓✓3✓✓"),
    ("points:public-year-end", "GET", {"code": "year_end"}, "···········"),
    ("points:year-end-publish-all", "POST", {}, "s33→3333333"),
    ("points:year-end", "GET", {"code": "year_end"}, "s✓✓✓··✓✓··✓"),
    ("points:year-end-publish", "POST", {"code": "year_end"}, "s334··33··3"),
    ("points:year-end-waive", "POST", {"code": "year_end"}, "s334··33··3"),
    ("points:year-end-post", "POST", {"code": "year_end"}, "s334··33··3"),
    ("points:public-year-ends", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:suspension-list", "GET", {}, "s3✓✓33✓✓33✓"),
    ("points:suspension-new", "GET", {"pk": "household"}, "s3✓✓3·33··✓"),
    ("points:suspension-new", "POST", {"pk": "household"}, "s3443·33··4"),
    ("points:suspension-lift", "POST", {"pk": "suspension"}, "s·44··33··4"),
    ("points:redeem", "GET", {}, "s✓3✓✓3✓✓3✓✓"),
    ("points:redeem", "POST", {}, "s33343333··"),
    ("points:redeem-index", "GET", {"pk": "outlet"}, "s3·3✓·33···"),
    ("points:redeem-day", "GET", {}, "s✓3✓✓3✓✓3✓✓"),
    ("points:redeem-sheet", "GET", {}, "s✓3✓✓3✓✓3··"),
    ("points:redeem-receipt", "GET", {"pk": "slip"}, "s✓·✓✓·✓✓···"),
    ("points:redeem-undo", "POST", {"pk": "slip"}, "s3·34·33···"),
    ("points:stock", "GET", {}, "s✓3✓✓3✓✓3✓✓"),
    ("points:store-budget", "GET", {}, "s✓3✓33✓✓3✓✓"),
    ("points:item", "GET", {"pk": "item"}, "s✓·✓✓·✓✓···"),
    ("points:item", "POST", {"pk": "item"}, "s4·34·33···"),
    ("points:item-new", "GET", {"outlet": "outlet"}, "s✓·3✓·33···"),
    ("points:item-new", "POST", {"outlet": "outlet"}, "s4·34·33···"),
    ("points:item-edit", "GET", {"pk": "item"}, "s✓·3✓·33···"),
    ("points:item-edit", "POST", {"pk": "item"}, "s4·34·33···"),
    ("points:stock-sheet", "GET", {"outlet": "outlet", "kind": "count"}, "s✓·3✓·33···"),
    ("points:stock-sheet", "POST", {"outlet": "outlet", "kind": "receipt"}, "s4·34·33···"),
    ("points:stock-prices", "GET", {"outlet": "outlet"}, "s✓·✓✓·✓✓···"),
    ("points:purchase", "GET", {"key": "11111111-1111-4111-8111-111111111111"}, "s··········"),
    ("points:outlet-new", "GET", {}, "s✓3✓33333✓✓"),
    ("points:outlet-new", "POST", {}, "s4343333344"),
    ("points:outlet-edit", "GET", {"pk": "outlet"}, "s✓·✓3·33···"),
    ("points:outlet-edit", "POST", {"pk": "outlet"}, "s4·43·33···"),
    ("points:village-merge", "GET", {}, "s33333✓3333"),
    ("points:village-merge", "POST", {}, "s3333343333"),
    ("points:slip-list", "GET", {}, "s✓3333333✓✓"),
    ("points:slip-issue", "POST", {}, "s·3333333··"),
    ("points:slip-stop", "POST", {"pk": "household"}, "s→333·33··3"),
    ("points:lookup-start", "GET", {}, "···········"),
    ("points:lookup", "GET", {"token": "aaaaaaaaaa"}, "···········"),
    ("points:household-change", "GET", {"pk": "household"}, "s✓3✓3·✓3··3"),
    ("points:household-change", "POST", {"pk": "household"}, "s4343·43··3"),
    ("points:correct", "GET", {"pk": "household", "entry": "entry"}, "s✓333·33··3"),
    ("points:rule-set-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("points:rule-set", "GET", {"pk": "rule_set"}, "s✓✓✓✓✓✓✓✓·✓"),
    ("points:rule-begin", "GET", {}, "s✓3333✓3✓✓✓"),
    ("points:rule-begin", "POST", {}, "s4333343444"),
    ("points:rule-edit", "GET", {"pk": "rule_draft"}, "s✓3333333·3"),
    ("points:rule-edit", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-paste", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-steps", "GET", {"pk": "rule_draft"}, "s✓3✓33333·3"),
    ("points:rule-scale", "POST", {"pk": "rule_draft"}, "s→3333333·3"),
    ("points:rule-consult", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-reopen", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-adopt", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-publish", "POST", {"pk": "rule_draft"}, "s33433333·3"),
    ("points:rule-export", "GET", {"pk": "rule_draft"}, "s✓✓✓✓✓✓✓✓·✓"),
    ("points:rule-import", "POST", {"pk": "rule_draft"}, "s43333333·3"),
    ("points:rule-import", "GET", {"pk": "rule_draft"}, "sxxxxxxxxxx"),
    ("points:rule-minutes", "GET", {"pk": "rule_draft"}, "s··········"),
    ("points:rule-diff", "GET", {"pk": "rule_draft"}, "s✓✓✓✓✓✓✓✓·✓"),
    ("points:oddity-list", "GET", {}, "s33✓33✓✓333"),
    ("points:approval", "GET", {"code": "village"}, "s3✓3333333✓"),
    ("points:approval", "POST", {"code": "village"}, "s3433333334"),
    ("points:panel-list", "GET", {}, "s✓→✓33✓✓3→✓"),
    ("points:panel", "GET", {"code": "village"}, "s✓✓✓33✓✓3·✓"),
    ("points:panel", "POST", {"code": "village"}, "s43433333·3"),
    ("points:panel-end", "POST", {"code": "village", "pk": "seat"}, "s43433333·3"),
    ("points:panel-kin", "POST", {"code": "village", "pk": "seat"}, "s→3→33333·3"),
    ("points:review-queue", "GET", {}, "s3✓✓33✓333✓"),
    ("points:review", "GET", {"number": "submitted"}, "s3✓✓··✓3··✓"),
    ("points:review", "GET", {"number": "draft"}, "s··········"),
    ("points:review-row", "GET", {"number": "submitted", "claim": "claim"}, "s3✓✓··✓3··✓"),
    ("points:review-open", "POST", {"number": "submitted"}, "s303··33··0"),
    ("points:review-decide", "POST", {"number": "submitted"}, "s343··33··4"),
    ("points:review-decide", "GET", {"number": "submitted"}, "s→→→→→→→→→→"),
    ("points:notice-list", "GET", {}, "s✓✓✓33✓33✓✓"),
    ("points:notice-many", "GET", {}, "s✓3333333✓✓"),
    ("points:notice-many", "POST", {}, "s4333333344"),
    ("points:notice-new", "GET", {}, "s✓3333333✓✓"),
    ("points:notice-clear", "POST", {"code": "village"}, "s→3333333·3"),
    ("points:notice", "GET", {"code": "notice"}, "s✓✓✓3·✓3··✓"),
    ("points:notice-print", "GET", {"code": "notice"}, "s✓✓✓3·✓3··✓"),
    ("points:notice-check", "GET", {"code": "notice"}, "s3✓✓··3···✓"),
    ("points:notice-check", "POST", {"code": "notice"}, "s344··3···4"),
    ("points:notice-post", "POST", {"code": "notice"}, "s4343·33··3"),
    ("points:objection-note", "GET", {"code": "notice"}, "s✓✓✓3·33··✓"),
    ("points:objection-note", "POST", {"code": "notice"}, "s4443·33··4"),
    ("points:objection-list", "GET", {}, "s✓✓✓33✓33✓✓"),
    ("points:objection", "GET", {"number": "objection"}, "s✓✓✓··✓···✓"),
    ("points:objection-propose", "POST", {"number": "objection"}, "s344··3···4"),
    ("points:objection-close", "POST", {"number": "objection"}, "s344··3···4"),
    ("points:objection-return", "POST", {"number": "objection"}, "s344··3···4"),
    ("points:objection-find", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:objection-receipt", "GET", {"number": "objection"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:public-objection", "GET", {"code": "notice"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:public-objection", "POST", {"code": "notice"}, "44444444444"),
    ("points:seal-check", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:ledger-check", "GET", {}, "s33333✓✓333"),
    ("points:ledger-pack", "POST", {"code": "village"}, "s33333✓✓333"),
    ("points:public-notices", "GET", {}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("points:public-notice", "GET", {"code": "notice"}, "✓✓✓✓✓✓✓✓✓✓✓"),
    ("reports:dashboard", "GET", {}, "s→→→··✓✓·→→"),
    ("reports:dashboard-wall", "GET", {}, "s33333✓✓333"),
    ("reports:dashboard-export", "GET", {}, "s33333✓✓333"),
    ("reports:dashboard-township-export", "GET", {"code": "township"}, "s✓·✓··✓✓···"),
    ("reports:dashboard-township", "GET", {"code": "township"}, "s✓·✓··✓✓···"),
    ("reports:village-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:village", "GET", {"code": "village"}, "s✓✓✓✓✓✓✓✓·✓"),
    ("reports:entry-list", "GET", {"code": "village"}, "s✓✓✓33✓✓3·✓"),
    ("reports:village-batches", "GET", {"code": "village"}, "s✓✓✓33✓✓3·✓"),
    ("reports:entry-export", "GET", {"code": "village"}, "s✓✓✓33✓✓3·✓"),
    ("reports:report-list", "GET", {}, "s✓✓✓✓→✓✓✓✓✓"),
    ("reports:circular-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:circular-new", "GET", {}, "s33333✓3333"),
    ("reports:circular-new", "POST", {}, "s3333343333"),
    ("reports:circular", "GET", {"pk": "circular"}, "s✓·✓··✓✓···"),
    ("reports:circular", "GET", {"pk": "circular_draft"}, "s·····✓✓···"),
    ("reports:circular-edit", "GET", {"pk": "circular_draft"}, "s·····✓3···"),
    ("reports:circular-edit", "POST", {"pk": "circular_draft"}, "s·····43···"),
    ("reports:circular-name", "POST", {"pk": "circular_draft"}, "s·····43···"),
    ("reports:circular-unname", "POST", {"pk": "circular", "finding": "circular_finding"}, "s3·3··→3···"),
    ("reports:circular-issue", "POST", {"pk": "circular"}, "s3·3··→3···"),
    ("reports:circular-discard", "POST", {"pk": "circular"}, "s3·3··→3···"),
    ("reports:circular-sign-for", "POST", {"pk": "circular"}, "s→·→··33···"),
    ("reports:circular-paper", "GET", {"pk": "circular", "suffix": "docx"}, "s✓·✓··✓✓···"),
    ("reports:finding", "GET", {"pk": "circular", "finding": "circular_finding"}, "s✓·✓··✓✓···"),
    ("reports:rectification-report", "POST", {"pk": "circular", "finding": "circular_finding"}, "s4·4··33···"),
    ("reports:rectification-accept", "POST", MENDED, "s3·3··→3···"),
    ("reports:rectification-return", "POST", MENDED, "s3·3··43···"),
    (
        "reports:rectification-file",
        "GET",
        {"pk": "circular", "finding": "circular_finding", "file": "0"},
        "s··········",
    ),
    ("reports:case-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:case-new", "GET", {}, "s✓3✓3✓333✓3"),
    ("reports:case-new", "POST", {}, "s4343433343"),
    ("reports:case", "GET", {"pk": "case"}, "s✓·✓··✓✓···"),
    ("reports:case", "GET", {"pk": "case_draft"}, "s✓·✓·······"),
    ("reports:case-edit", "GET", {"pk": "case"}, "s✓·✓··33···"),
    ("reports:case-edit", "POST", {"pk": "case"}, "s4·4··33···"),
    ("reports:case-submit", "POST", {"pk": "case"}, "s4·4··33···"),
    ("reports:case-discard", "POST", {"pk": "case"}, "s4·4··33···"),
    ("reports:case-return", "POST", {"pk": "case"}, "s3·3··43···"),
    ("reports:case-print", "GET", {"pk": "case"}, "s✓·✓··✓✓···"),
    ("reports:case-paper", "GET", {"pk": "case", "suffix": "docx"}, "s✓·✓··✓✓···"),
    ("reports:case-adopt", "POST", {"pk": "case"}, "s3·3··→3···"),
    ("reports:publicity-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:publicity-new", "GET", {}, "s✓3✓3✓✓33✓3"),
    ("reports:publicity-new", "POST", {}, "s4343443343"),
    ("reports:publicity-withdraw", "POST", {"pk": "publicity"}, "s→·→··→3···"),
    ("reports:assessment-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:assessment-open", "POST", {}, "s3333343333"),
    ("reports:assessment", "GET", {"pk": "assessment"}, "s✓·✓··✓✓···"),
    ("reports:assessment-count", "POST", {"pk": "assessment"}, "s3·3··→3···"),
    ("reports:assessment-show", "POST", {"pk": "assessment"}, "s3·3··→3···"),
    ("reports:assessment-finish", "POST", {"pk": "assessment"}, "s3·3··→3···"),
    ("reports:assessment-publish", "POST", {"pk": "assessment"}, "s3·3··→3···"),
    ("reports:assessment-export", "GET", {"pk": "assessment"}, "s3·3··✓✓···"),
    ("reports:assessment-place", "GET", {"pk": "assessment", "place": "assessed"}, "s✓·✓··✓✓···"),
    ("reports:assessment-score", "POST", {"pk": "assessment", "place": "assessed"}, "s3·3··43···"),
    ("reports:assessment-answer", "POST", {"pk": "assessment", "place": "assessed"}, "s3·4··33···"),
    ("reports:sheet-list", "GET", {"period": "period"}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:sheet-request-all", "POST", {"period": "period"}, "s33333→3333"),
    ("reports:sheet-request-township", "POST", {"period": "period", "code": "township"}, "s33→33→33·3"),
    ("reports:sheet", "GET", {"period": "period", "village": "village"}, "s✓✓✓✓✓✓✓✓·✓"),
    ("reports:sheet-request", "POST", {"period": "period", "village": "village"}, "s→3→33→33·3"),
    (
        "reports:sheet-download",
        "GET",
        {"period": "period", "village": "village", "number": "1", "suffix": "pdf"},
        "s✓✓✓✓✓✓✓✓·✓",
    ),
    ("reports:package-request", "POST", {"period": "period"}, "s33333→3333"),
    ("reports:flat-table", "GET", {"period": "period"}, "s✓·✓··✓✓···"),
    ("reports:package-download", "GET", {"period": "period"}, "s33333·3333"),
    ("reports:report-request-missing", "POST", {"period": "period"}, "s33333→3333"),
    ("reports:report", "GET", {"period": "period", "code": "township"}, "s✓·✓··✓✓···"),
    ("reports:report", "GET", {"period": "period", "code": "500114"}, "s·····✓✓···"),
    ("reports:report-row", "GET", {"period": "period", "code": "township"}, "s✓·✓··✓✓···"),
    ("reports:report-request", "POST", {"period": "period", "code": "township"}, "s3·→··→3···"),
    ("reports:report-request", "POST", {"period": "period", "code": "500114"}, "s·····→3···"),
    (
        "reports:report-download",
        "GET",
        {"period": "period", "code": "township", "number": "version", "suffix": "docx"},
        "s✓·✓··✓✓···",
    ),
    ("reports:summary-list", "GET", {}, "s✓✓✓✓✓✓✓✓✓✓"),
    ("reports:summary", "GET", {"period": "summed", "sender": "township"}, "s✓·✓··✓✓···"),
    ("reports:summary", "GET", {"period": "summed", "sender": "500114"}, "s·····✓✓···"),
    ("reports:summary-check", "GET", {"period": "summed", "sender": "township"}, "s✓·✓··33···"),
    (
        "reports:summary-version",
        "GET",
        {"period": "summed", "sender": "township", "number": "1", "suffix": "xlsx"},
        "s··········",
    ),
    (
        "reports:summary-download",
        "GET",
        {"period": "summed", "sender": "township", "suffix": "pdf"},
        "s✓·✓··✓✓···",
    ),
    (
        "reports:summary-save",
        "POST",
        {"period": "summed", "sender": "township", "key": "work"},
        "s4·4··33···",
    ),
    ("reports:summary-note", "POST", {"period": "summed", "sender": "township"}, "s→·→··33···"),
    ("reports:summary-submit", "POST", {"period": "summed", "sender": "township"}, "s4·4··33···"),
    ("reports:summary-accept", "POST", {"period": "summed", "sender": "township"}, "s3·3··→3···"),
    ("reports:summary-sign", "POST", {"period": "summed", "sender": "township"}, "s3·→··33···"),
    ("reports:summary-return", "POST", {"period": "summed", "sender": "township"}, "s3·→··→3···"),
    ("reports:summary-paper", "POST", {"period": "summed", "sender": "township"}, "s3·3··→3···"),
    ("reports:summary-scan", "POST", {"period": "summed", "sender": "township"}, "s3·3··→3···"),
    ("reports:summary-scan-file", "GET", {"period": "summed", "sender": "township"}, "s··········"),
    ("reports:summary-remind", "POST", {"period": "summed"}, "s33333→3333"),
    ("reports:summary-collect", "POST", {"period": "summed"}, "s33333→3333"),
    ("api:batch-recall", "POST", {"number": "submitted"}, "1✓3333333·3"),
    ("points:batch-recall", "POST", {"number": "submitted"}, "s433··33··3"),
    ("points:batch-submit", "POST", {"number": "draft"}, "s→·········"),
]


def addresses(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    """The full name of every URL the resolver knows."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = pattern.namespace or ""
            if namespace not in APART:
                yield from addresses(pattern.url_patterns, f"{prefix}{namespace}:" if namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


@pytest.fixture
def world(
    cast: dict[str, User],
    posted: Notice,
    make_batch: Any,
    panel: Any,
    rule_set: RuleSet,
    settings: Any,
    tmp_path: Any,
) -> World:
    settings.PORTAL_DEMO, settings.PORTAL_CLOCK = True, f"file:{tmp_path / 'clock'}"
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }
    clerk = cast["clerk"]
    village = posted.village
    submitted = _submitted(make_batch, clerk)
    version = _version(village.township, cast["district"])
    _village_sheet(village, cast["district"])
    entry = Entry.objects.order_by("pk")[0]
    return World(
        draft=make_batch(),
        submitted=submitted,
        notice=(notice := _open_notice(make_batch, cast, panel)),
        objection=_objected(notice),
        entry=entry,
        rule_set=rule_set,
        village=village,
        version=version,
        job=version.job,
        summary=_summary(village.township, clerk),
        imported=_imported(village, clerk),
        register=_register(village, clerk),
        handed_in=_handed_in(village, clerk),
        help=make_help(village, cast["liaison"], cast["district"], clerk)
        | _assessment(village.township, cast["district"])
        | make_store(village, cast["counter"], entry.household)
        | _circulars(village, cast["district"], clerk)
        | _cases(village, clerk)
        | make_honours(village, cast),
        clerk=clerk,
    )


def _summary(township: Any, clerk: User) -> Summary:
    """A half-year summary that waits for the leader."""
    sender, period = Sender(township=township), periods.parse("2026H1")
    for key in SummarySection.Key.values:
        section = summaries.save_section(
            sender=sender, period=period, key=key, text="按月公示", version=0, by=clerk, now=NOW
        )
    return summaries.submit(summary=section.summary, by=clerk, now=NOW)


def _imported(village: Any, clerk: User) -> Import:
    """A sheet with one line that stands and one to change."""
    content = "户主,事项,日期,分值\n冉光明,Z01,2026-11-20,5\n生人,Z01,2026-11-20,5\n".encode()
    source = imports.begin(village=village, maker=clerk, name="表.csv", content=content, default_day=SINCE, now=NOW)
    jobs.run(source.job.uuid)
    return source


def _register(village: Any, clerk: User) -> RegisterFile:
    """A roster with a new household and one line to change."""
    content = "户主,户号,组\n张三,,1组\n生人,9999,1组\n".encode()
    source = registers.begin(kind="roster", village=village, maker=clerk, name="名册.csv", content=content, now=NOW)
    jobs.run(source.job.uuid)
    return source


def _handed_in(village: Any, clerk: User) -> RegisterFile:
    """Brought-over points that wait for a second person."""
    content = "户主,户号,积分\n欧阳娜,0103,86\n".encode()
    source = registers.begin(
        kind="opening", village=village, maker=clerk, name="期初.csv", content=content, day=SINCE, now=NOW
    )
    jobs.run(source.job.uuid)
    source.refresh_from_db()
    return registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason="", now=NOW)


def _submitted(make_batch: Any, clerk: User) -> Batch:
    from points import batches, evidence

    draft = make_batch(on=SINCE.replace(month=11, day=2))
    evidence.add(batch=draft, file=ContentFile(papers.photo(), "劳动.jpg"), by=clerk, now=NOW)
    batch = batches.submit(batch=draft, maker=clerk, now=NOW)
    batch.refresh_from_db()
    return batch


def _open_notice(make_batch: Any, cast: dict[str, User], panel: Any) -> Notice:
    from conftest import approve
    from points import batches

    batch = batches.submit(batch=make_batch(on=SINCE.replace(month=11, day=3)), maker=cast["clerk"], now=NOW)
    approve(batch, cast["reviewer"], panel)
    return notices.publish(
        village=batch.village, period=periods.of(NOW.date()), publisher=cast["clerk"], now=calendar.now()
    )


def _objected(notice: Notice) -> Objection:
    line = notice.lines.order_by("position").first()
    said = objections.Said(position=line.position, tail=line.tail, text="没有参加")
    return objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="here", now=calendar.now())


def _version(township: Any, officer: User) -> ReportVersion:
    after = calendar.moment(NOW.date().replace(month=12, day=31), 9)
    with calendar.at(after):
        period = periods.parse("2026Q4")
        job = reports.request(kind=Report.Kind.QUARTER, township=township, period=period, by=officer, now=after)
        held = jobs.claim(job.uuid, after)
        assert held
        contents = composing.compose(township, period, after)
        version = reports.version_of(held.job, contents, after)
        return reports.keep(held, version, reports.papers(version))


def _assessment(township: Any, officer: User) -> dict[str, int]:
    """濯水镇 in an assessment that is shown to it; 石会镇 sees its own row only after it was assessed."""
    said = {"by": officer, "now": NOW}
    items = [assessment.Item("调度", Decimal(100))]
    made = assessment.open_scheme(period=periods.parse("2026H1"), kind="township", items=items, **said)
    made.places.exclude(township=township).delete()
    place = made.places.get(township=township)
    assessment.score(place=place, item=made.items.get(), points=Decimal(80), note="每月调度", **said)
    assessment.show(assessment=made, **said)
    return {"assessment": made.pk, "assessed": place.pk}


def _cases(village: Any, clerk: User) -> dict[str, int]:
    """One that was handed in, a draft, and a piece of publicity."""
    sender, said = Sender(township=village.township), {"by": clerk, "now": NOW}
    text = dict.fromkeys(("situation", "practice", "effect", "lesson"), "按月公示")
    case = cases.write(sender=sender, facts=cases.Facts("院坝分", "points", **text), **said)
    unsent = cases.write(sender=sender, facts=cases.Facts("院坝会", "yard"), **said)
    appeared = publicity.Facts("院坝分", "重庆日报", "print", "city", "6版", SINCE)
    noted = publicity.note(sender=sender, facts=appeared, **said)
    return {"case": cases.submit(case=case, **said).pk, "case_draft": unsent.pk, "publicity": noted.pk}


def _circulars(village: Any, officer: User, clerk: User) -> dict[str, int]:
    """One that names 桐木村 and was issued, and a draft."""
    facts, said = circulars.Facts("督查", SINCE, SINCE, "领导小组办公室", "按月公示"), {"by": officer, "now": NOW}
    made = circulars.draft(facts=facts, **said)
    where = circulars.Where.of(village)
    one = circulars.name(circular=made, where=where, text="公示晚了", due_on=NOW.date(), **said)
    circulars.issue(circular=made, **said)
    mended = rectifications.report(finding=one, text="已补", by=clerk, now=NOW)
    unsent = circulars.draft(facts=facts, **said)
    return {"rectification": mended.pk, "circular": made.pk, "circular_finding": one.pk, "circular_draft": unsent.pk}


def _village_sheet(village: Any, officer: User) -> None:
    after = calendar.moment(NOW.date().replace(month=12, day=31), 9)
    with calendar.at(after):
        period = periods.parse("2026Q4")
        held = jobs.claim(village_sheets.request(village=village, period=period, by=officer, now=after).uuid, after)
        assert held
        counted = sheet_figures.count([village], period, after)
        village_sheets.keep(held, list(village_sheets.lay_out(held, [village], counted, after)))


class Walker(Client):
    """A client that only looks at the status: Django's keeps what every template of an answer was given."""

    def request(self, **request: Any) -> Any:
        response = self.handler(self._base_environ(**request))
        self.cookies.update(response.cookies)
        return response


def client_of(person: User | None) -> Client:
    client = Walker()
    if person:
        testing_sessions.sign_in(client, person)
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {api_token(person)}"
    return client


def ask(client: Client, name: str, method: str, arguments: dict[str, str], words: dict[str, Any]) -> int:
    filled = {key: words.get(value, value) for key, value in arguments.items()}
    response = client.generic(method, reverse(name, kwargs=filled), HTTP_IDEMPOTENCY_KEY=uuid.uuid4().hex)
    if response.streaming:
        response.getvalue()
    return response.status_code


def walk(at: int, person: User | None, words: dict[str, Any]) -> list[str]:
    """What one person gets otherwise than the table says; whatever they changed is undone."""
    wrong = []
    with transaction.atomic():
        client = client_of(person)
        for name, method, arguments, row in TABLE:
            status = ask(client, name, method, arguments, words)
            if status not in LETTERS[row[at]]:
                wrong.append(f"{name} {method} {arguments} {PEOPLE[at]}: {status}, expected {row[at]}")
            if name == "villages:sign-out":
                client = client_of(person)
        transaction.set_rollback(True)
    return wrong


def test_every_address_has_a_line():
    named = {name for name, _method, _arguments, _row in TABLE}

    assert set(addresses(get_resolver().url_patterns)) - named == set()


@pytest.mark.parametrize("people", GROUPS, ids="-".join)
def test_every_person_gets_what_the_table_says(world: World, cast: dict[str, User], people: list[str]):
    words = world.words()
    wrong = [line for name in people for line in walk(PEOPLE.index(name), cast.get(name), words)]

    assert wrong == [], "\n".join(wrong)


def test_every_person_is_in_a_group():
    assert sorted(name for people in GROUPS for name in people) == sorted(PEOPLE)


def test_the_administration_opens_for_administrators_alone(cast: dict[str, User]):
    opened = {
        name
        for name, person in cast.items()
        if ask(client_of(person), "admin:villages_user_changelist", "GET", {}, {}) == 200
    }

    assert opened == {"admin"}


def test_the_administration_holds_no_business_data(cast: dict[str, User]):
    """Nothing in it can touch points: no entry, seal, batch, claim, notice or household is registered."""
    from django.contrib import admin

    registered = {model.__name__ for model in admin.site._registry}

    assert registered & {"Entry", "Seal", "Batch", "Claim", "Notice", "Balance", "Household", "AuditEvent"} == set()
