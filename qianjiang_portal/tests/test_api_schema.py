"""Every address of the API against its own schema: whatever is sent, no 5xx, and no answer the schema does not know."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from rest_framework.throttling import SimpleRateThrottle
from schemathesis import GenerationMode, checks, openapi
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation

from conftest import TODAY, api_token, make_person
from points import batches, evidence
from points.tests.shop import give
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.tests import paper_files as papers
from qianjiang_portal.tests.test_access import world  # noqa: F401
from qianjiang_portal.tests.world import World
from qianjiang_portal.wsgi import application
from villages.models import User

V1 = "/api/v1"
# Examples for each operation as the schema wants them, and as it does not.
RIGHT, WRONG = 6, 4
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
Place = dict[str, str]


@pytest.fixture
def everyone(district: Any, world: World) -> User:  # noqa: F811
    """Somebody who may do everything in 桐木村, so that no refusal hides what lies behind it."""
    return make_person(
        "everyone",
        "万事通",
        {"role": "clerk", "township": district.zhuoshui},
        {"role": "reviewer", "village": district.tongmu},
        {"role": "counter", "covers": [district.tongmu]},
        {"role": "leader", "township": district.zhuoshui},
        {"role": "district"},
    )


@pytest.fixture
def words(world: World) -> dict[str, Any]:  # noqa: F811
    return world.words()


@pytest.fixture
def known(words: dict[str, Any]) -> dict[str, Place]:
    """Path parameters that lead somewhere, by the resource they belong to."""
    ids = {
        "activities": "activity",
        "candidates": "candidate",
        "entries": "entry",
        "outlets": "outlet",
        "programmes": "programme",
        "redemptions": "slip",
        "reviews": "sitting",
        "rule-sets": "rule_set",
        "rules": "rule",
        "summaries": "summary",
        "claims": "claim",
        "evidence": "evidence",
    }
    return {resource: {"id": str(words[word])} for resource, word in ids.items()} | {
        "batches": {"number": words["submitted"]},
        "households": {"number": words["household_number"]},
        "balances": {"number": words["household_number"]},
        "notices": {"code": words["notice"]},
        "townships": {"code": words["township"]},
        "villages": {"code": words["village"]},
    }


@pytest.fixture
def possible(
    world: World,  # noqa: F811
    words: Any,
    everyone: User,
    panel: Any,
    make_batch: Any,
    district: Any,
) -> dict[str, tuple[Place, Any]]:
    """What can be done: for each operation that writes, and where chance alone does not find what to ask for."""
    own, home = make_batch(district.homes[5:8], maker=everyone), district.homes[0]
    sent = make_batch(maker=everyone, on=TODAY.replace(day=9))
    sent = batches.submit(batch=sent, maker=everyone, now=calendar.now())
    give(home, 50)
    row, batch = own.claims.order_by("line")[0], {"number": own.number}
    gone = own.claims.order_by("line")[1]
    batches.remove_claim(batch=own, editor=everyone, claim=gone, now=calendar.now())
    proof = evidence.add(batch=own, file=ContentFile(papers.photo(), "劳动.jpg"), by=everyone, now=calendar.now())
    own.refresh_from_db()
    photo = {"batch": own.number, "name": "劳动.jpg", "content": base64.b64encode(papers.photo()).decode()}
    rows = [{"household": home.number, "rule": "Z01"}]
    other, claim = {"number": world.submitted.number}, {"id": str(row.pk)}
    decision = {
        "version": world.submitted.version,
        "approve": [world.submitted.claims.order_by("pk")[0].pk],
        "present": [member.pk for member in panel],
    }
    bought = {"outlet": words["outlet"], "household": home.number, "lines": [{"item": "XYY", "quantity": 1}]}
    return {
        "GET /figures/": ({}, {"place": words["village"], "period": "2026-11"}),
        "POST /batches/": ({}, {"village": words["village"], "occurred_on": TODAY.isoformat(), "rows": rows}),
        "POST /batches/{number}/rows/": (batch, {"rows": rows}),
        "POST /batches/{number}/submit/": (batch, {"version": own.version}),
        "POST /batches/{number}/recall/": ({"number": sent.number}, None),
        "POST /batches/{number}/open/": (other, None),
        "POST /batches/{number}/decide/": (other, decision),
        "PATCH /claims/{id}/": (claim, {"version": row.version, "note": "修渠"}),
        "DELETE /claims/{id}/": (claim, None),
        "POST /claims/{id}/restore/": ({"id": str(gone.pk)}, None),
        "POST /evidence/": ({}, photo),
        "DELETE /evidence/{id}/": ({"id": str(proof.pk)}, None),
        "POST /redemptions/": ({}, bought),
        "POST /redemptions/{id}/undo/": ({"id": str(words["slip"])}, {"reason": "录错了户"}),
    }


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: Any) -> Iterator[None]:
    """Requests through the WSGI application stay in the test's transaction, as those of Django's own client."""
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda *_: True)
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def operations() -> dict[str, APIOperation]:
    schema = openapi.from_wsgi("/api/schema/?format=json", application)
    found = [one.ok() for one in schema.get_all_operations()]
    return {operation.label.replace(V1, ""): operation for operation in found}


def test_no_answer_is_unforeseen(everyone: User, known: Any, possible: Any, operations: Any) -> None:
    # Its way to the application does not unpack answers, as every program that asks for packed ones does.
    headers = {"Authorization": f"Bearer {api_token(everyone)}", "Accept-Encoding": "identity"}
    wrong, seen = [], {}
    assert {label for label in operations if not label.startswith("GET")} <= set(possible)
    for label, operation in operations.items():
        place = known.get(label.split("/")[1]) if "{" in label else None
        seen[label] = statuses = set()
        tries = [(RIGHT, strategy(operation, GenerationMode.POSITIVE, place))]
        tries += [(WRONG, strategy(operation, GenerationMode.NEGATIVE, place))]
        if label in possible:
            there, body = possible[label]
            tries.append((1, as_told(operation, there, body)))
        for examples, cases in tries:
            try:
                send(cases, examples, headers, statuses)
            except Unsatisfiable:
                """Nothing can be wrong where any text will do."""
            except (Exception, FailureGroup) as failure:
                wrong.append(f"{label}: {failure}")

    assert wrong == [], "\n\n".join(wrong)
    assert len(seen) > 50
    assert {label: statuses for label, statuses in seen.items() if not statuses & {200, 201}} == {}


def strategy(operation: APIOperation, mode: GenerationMode, place: Place | None) -> Any:
    """Anything, half of the time at an address that is there."""
    anywhere = operation.as_strategy(generation_mode=mode)
    return operation.as_strategy(generation_mode=mode, path_parameters=place) | anywhere if place else anywhere


def as_told(operation: APIOperation, place: Place, body: Any) -> Any:
    """The one case that can be done."""
    if operation.method.lower() == "get":
        return st.just(operation.Case(path_parameters=place, query=body))
    given = {} if body is None else {"body": body, "media_type": "application/json"}
    return st.just(operation.Case(path_parameters=place, headers={"Idempotency-Key": "k" * 12}, **given))


def send(cases: Any, examples: int, headers: dict[str, str], statuses: set[int]) -> None:
    """So many examples, each against its schema; whatever they changed is undone."""

    @settings(STEADY, max_examples=examples)
    @given(case=cases)
    def ask(case: Any) -> None:
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
