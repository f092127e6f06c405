"""Evidence through the API: sifted as on the pages, once for each key, refused at its field."""

import base64

import pytest
from rest_framework.parsers import JSONParser

from conftest import TODAY
from points import batches
from points.api.batches import Batches
from points.models import Evidence
from points.tests.api.test_entering import BATCHES, batch_of, codes, send
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.foundation.api.bodies import MEGABYTE
from qianjiang_portal.foundation.models import AuditEvent, File
from qianjiang_portal.foundation.tests import paper_files as papers


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}


PROOFS = "/api/v1/evidence/"


def written(content):
    return base64.b64encode(content).decode()


@pytest.fixture
def draft(rule_set, district, clerk, api):
    """Begun by a program under D07 获乡镇(街道)级表彰, which asks for the certificate."""
    return send(api(clerk), BATCHES, batch_of(district, rule="D07")).json()


def photo(draft, **changed):
    return {"batch": draft["number"], "name": "C:\\证书.png", "content": written(papers.photo())} | changed


def submit(client, number):
    version = client.get(f"{BATCHES}{number}/").json()["version"]
    return send(client, f"{BATCHES}{number}/submit/", {"version": version})


def test_a_program_alone_submits_what_has_to_be_proved(draft, clerk, api):
    client, number = api(clerk), draft["number"]
    refused = submit(client, number)
    assert (refused.status_code, codes(refused)) == (422, {"lines.1": ["G-17"], "lines.2": ["G-17"]})

    made = send(client, PROOFS, photo(draft, line=1, caption="证书"))
    assert made.status_code == 201, made.json()
    told = made.json()
    shown = {name: told[name] for name in ("batch", "line", "name", "content_type", "caption", "withdrawn_at")}
    assert shown == {
        "batch": number, "line": 1, "name": "证书.jpg", "content_type": "image/jpeg", "caption": "证书",
        "withdrawn_at": None,
    }  # fmt: skip
    assert codes(submit(client, number)) == {"lines.2": ["G-17"]}
    whole = send(client, PROOFS, photo(draft)).json()
    assert whole["line"] is None
    assert submit(client, number).json()["state"] == "submitted"

    assert [one["id"] for one in client.get(PROOFS, {"batch": number}).json()["results"]] == [whole["id"], told["id"]]
    assert [one["id"] for one in client.get(PROOFS, {"line": 1}).json()["results"]] == [told["id"]]
    late = send(client, f"{PROOFS}{told['id']}/", method="delete")
    assert (late.status_code, Evidence.objects.standing().count()) == (422, 2)


def test_it_is_taken_back_before_and_stays_known(draft, clerk, api):
    client = api(clerk)
    made = send(client, PROOFS, photo(draft)).json()
    gone = send(client, f"{PROOFS}{made['id']}/", method="delete").json()

    assert gone["withdrawn_at"] is not None
    assert submit(client, draft["number"]).status_code == 422
    done = AuditEvent.objects.filter(action__contains="evidence").order_by("pk").values_list("action", flat=True)
    assert list(done) == ["evidence.add", "api.evidence.create", "evidence.withdraw", "api.evidence.destroy"]


def test_the_same_photograph_sent_again_with_its_key_is_kept_once(draft, clerk, api):
    client = api(clerk)
    first, again = (send(client, PROOFS, photo(draft), key="certificate") for _ in range(2))

    assert (first.json(), Evidence.objects.count(), File.objects.count()) == (again.json(), 1, 1)


@pytest.mark.parametrize(
    ("changed", "status", "wrong"),
    [
        ({"content": "不是"}, 400, {"content": ["base64"]}),
        ({"content": written(b"MZ\x90")}, 422, {"content": ["content"]}),
        ({"content": written(b"")}, 400, {"content": ["blank"]}),
        ({"batch": "2611-999"}, 422, {"batch": ["does_not_exist"]}),
        ({"line": 9}, 422, {"line": ["does_not_exist"]}),
        ({"line": 0}, 400, {"line": ["min_value"]}),
        ({"caption": "字" * 41}, 400, {"caption": ["max_length"]}),
    ],
)
def test_what_cannot_be_kept_is_told_at_its_field(draft, clerk, api, changed, status, wrong):
    answer = send(api(clerk), PROOFS, photo(draft, **changed))

    assert (answer.status_code, codes(answer)) == (status, wrong)
    assert (Evidence.objects.count(), File.objects.count()) == (0, 0)


def test_a_caption_with_a_number_of_somebody_is_refused(draft, clerk, api):
    answer = send(api(clerk), PROOFS, photo(draft, caption="问 13812345678"))
    assert (answer.status_code, answer.json()["code"]) == (422, "N-01")


def test_others_draft_is_not_there_and_what_was_sent_is_not_touched(draft, clerk, stranger, reviewer, api, make_batch):
    assert codes(send(api(stranger), PROOFS, photo(draft))) == {"batch": ["does_not_exist"]}
    assert send(api(reviewer), PROOFS, photo(draft)).status_code == 403
    sent = batches.submit(batch=make_batch(on=TODAY), maker=clerk, now=calendar.now())
    answer = send(api(clerk), PROOFS, photo(draft, batch=sent.number))
    assert (answer.status_code, answer.json()["message"]) == (422, "这一批已提交，或没有修改它的任职")


def test_a_body_that_is_too_long_is_not_read(draft, clerk, api):
    client = api(clerk)
    long = send(client, BATCHES, {"village": "x" * (MEGABYTE + 1)})
    assert (long.status_code, long.json()["code"], long.json()["message"]) == (
        413, "too-large", "内容超过 1 MB，分几次发送",
    )  # fmt: skip
    most = options.get("upload_megabytes") * MEGABYTE
    answer = send(client, PROOFS, photo(draft, content=written(b"0" * (most + 1))))
    assert codes(answer) == {"content": ["content"]}
    assert send(client, PROOFS, photo(draft, content=written(b"0" * 2 * most))).status_code == 413


def test_with_the_framework_s_own_parser_a_program_gets_a_page(draft, clerk, api, monkeypatch):
    monkeypatch.setattr(Batches, "parser_classes", [JSONParser])
    answer = send(api(clerk), BATCHES, {"village": "x" * 3 * MEGABYTE})
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (400, "text/html")
