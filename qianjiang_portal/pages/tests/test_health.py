import datetime as dt
import json
import logging
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from conftest import NOW, District
from points import reconcile, tasks
from qianjiang_portal.foundation import calendar, jobs, replica, upkeep
from qianjiang_portal.foundation.models import Job, Upkeep
from qianjiang_portal.foundation.tasks import sweep_jobs
from qianjiang_portal.pages import health
from villages.models import User

pytestmark = pytest.mark.django_db


def reading(name: str, now: dt.datetime = NOW) -> health.Reading:
    return next(one for one in health.look(now).readings if one.name == name)


def ask(client: Client, path: str = "/readyz") -> tuple[int, dict]:
    response = client.get(path)
    return response.status_code, json.loads(response.content)


def test_a_probe_of_the_process_asks_nothing(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_a_new_portal_is_ready_and_says_what_was_never_done(client: Client) -> None:
    status, answer = ask(client)
    late = {name for name, one in answer["readings"].items() if one["state"] == "late"} - {"disk_free_bytes"}
    assert (status, answer["state"]) == (200, "unwell")
    assert late == {"beat_age_seconds", "backup_age_seconds", "reconcile_age_seconds", "audit_age_seconds"}
    assert {answer["readings"][name]["value"] for name in late} == {None}


def test_tables_of_another_version_make_it_unready(client: Client) -> None:
    newest = MigrationLoader(connection).graph.leaf_nodes("foundation")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    status, answer = ask(client)
    assert (status, answer["state"]) == (503, "unready")
    assert answer["readings"]["migrations_missing"] == {"state": "down", "value": 1}


def test_a_job_that_nobody_begins_shows(district: District) -> None:
    jobs.enqueue(kind="check-books", scope="2026-11-23", now=NOW)
    assert reading("oldest_job_seconds", NOW + dt.timedelta(minutes=9)).state == "ok"
    late = reading("oldest_job_seconds", NOW + dt.timedelta(minutes=11))
    assert (late.state, late.words, late.number) == ("late", "最早一件已等 11 分钟", 660.0)


def test_beat_is_alive_when_its_task_ran() -> None:
    with calendar.at(NOW):
        sweep_jobs()
    assert reading("beat_age_seconds", NOW + dt.timedelta(minutes=4)).state == "ok"
    assert reading("beat_age_seconds", NOW + dt.timedelta(minutes=6)).state == "late"


def test_a_backup_that_did_not_pass_is_no_backup() -> None:
    upkeep.note(name=upkeep.BACKUP, ok=False, text="试还原没有通过", now=NOW)
    found = reading("backup_age_seconds")
    assert (found.state, found.words) == ("late", "11-23 10:00 试还原没有通过")


def test_yesterday_s_backup_counts_the_day_before_s_does_not() -> None:
    upkeep.note(name=upkeep.BACKUP, ok=True, now=NOW)
    assert reading("backup_age_seconds", NOW + dt.timedelta(hours=25)).state == "ok"
    assert reading("backup_age_seconds", NOW + dt.timedelta(hours=27)).state == "late"


def test_the_books_are_checked_once_a_day_and_the_result_is_kept(district: District) -> None:
    with calendar.at(NOW):
        tasks.queue_reconciliation()
        tasks.queue_reconciliation()
        assert jobs.run(Job.objects.get().uuid)
    found = reading("reconcile_age_seconds")
    assert (found.state, found.words) == ("ok", "11-23 10:00 各项相符")


def test_books_that_do_not_add_up_show_on_the_health_page(district: District) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO points_balance (household_id, posted, earned, redeemed) SELECT id, 5, 5, 0 "
            "FROM villages_household ORDER BY id LIMIT 1"
        )
    assert reconcile.check_books(NOW) == 1
    assert reading("reconcile_age_seconds").words == "11-23 10:00 有 1 处不符，请联系审计"
    assert Upkeep.objects.get(name="reconcile").ok is False


def test_a_broker_that_is_away_leaves_the_portal_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "get", lambda *_: 1 / 0)
    found = health.look(NOW)
    assert next(one for one in found.readings if one.name == "broker_up").state == "late"
    assert found.is_ready


@pytest.mark.parametrize(
    ("seconds", "state", "words"), [(3.2, "ok", "落后 3 秒"), (61.0, "late", "落后 61 秒"), (None, "late", "连不上")]
)
def test_the_replica_that_pages_read_from_is_asked_itself(
    settings: object, monkeypatch: pytest.MonkeyPatch, seconds: float | None, state: str, words: str
) -> None:
    settings.DATABASES = settings.DATABASES | {replica.NAME: {}}
    monkeypatch.setattr(replica, "behind", lambda: seconds)
    found = reading("replica_lag_seconds")
    assert (found.state, found.words, found.number) == (state, words, seconds)


@pytest.mark.parametrize(
    ("seen", "state", "number"),
    [
        ("1, 0, 2.5, 1024", "ok", 2.5),
        ("1, 0, 61, 1024", "late", 61.0),
        # A replica that stands still: the seconds of before, and all that it has not done yet.
        ("1, 0, 0.04, 100 * 2^20", "late", 0.04),
        ("1, 1, 0, 0", "late", None),
    ],
)
def test_of_other_replicas_the_primary_says_what_it_may_see(
    monkeypatch: pytest.MonkeyPatch, seen: str, state: str, number: float | None
) -> None:
    monkeypatch.setattr(health, "REPLICAS", f"SELECT {seen}")
    found = reading("replica_lag_seconds")
    assert (found.state, found.number) == (state, number)


def test_the_fullest_disk_counts(settings: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: usage(100, 99, 1) if path == tmp_path else usage(100, 10, 90)
    )
    found = reading("disk_free_bytes")
    assert (found.state, found.number) == ("late", 1)


def test_the_page_says_in_words_what_to_look_at(admin_person: User, signed_in: object) -> None:
    page = signed_in(admin_person).get("/status/").content.decode()
    assert "能正常使用，有需要处理的项目" in page
    assert "还没有做过" in page


def test_figures_are_for_whoever_carries_the_token(client: Client, settings: object) -> None:
    settings.METRICS_TOKEN = "m" * 32
    assert client.get("/metrics").status_code == 403
    client.get("/accounts/login/")
    text = client.get("/metrics", headers={"authorization": "Bearer " + "m" * 32}).content.decode()
    assert "portal_ready 1.0" in text
    assert 'portal_reading_ok{reading="backup_age_seconds"} 0.0' in text
    assert "\nportal_backup_age_seconds +Inf\n" in text, "what was never done must not look fresh"
    assert 'portal_requests_total{method="GET",route="villages:sign-in",status="200"}' in text


def test_a_request_leaves_one_line_with_its_number_and_no_names(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    number = "0a" * 16
    with caplog.at_level(logging.INFO, "portal.requests"):
        response = client.get("/gs/?q=冉光明", headers={"x-request-id": number})
    (line,) = [record for record in caplog.records if record.name == "portal.requests"]
    assert response["X-Request-ID"] == number
    assert (line.route, line.status) == ("points:public-notices", response.status_code)
    assert "冉光明" not in line.getMessage() + json.dumps(line.__dict__, default=str, ensure_ascii=False)
