"""待办: a workbook waits for whoever sent it, whether its page is open or not, until something is done about it."""

import datetime as dt

import pgtrigger
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from conftest import NOW, SINCE, make_person
from points import batches, imports
from points.models import Import
from qianjiang_portal.foundation import jobs
from qianjiang_portal.foundation.models import AuditEvent, Job
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages import todo
from villages.models import User

CONTENT = "户主,事项,日期,分值\n冉光明,Z04,2026-11-20,5\n王老五,Z04,2026-11-20,5\n".encode()
UNREADABLE = "天气,心情\n晴,好\n".encode()


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}


@pytest.fixture
def sent(district, clerk, rule_set):
    begun = {"village": district.tongmu, "maker": clerk, "name": "11月.csv", "default_day": SINCE}
    return imports.begin(**begun, content=CONTENT, now=NOW)


@pytest.fixture
def send(district, clerk, rule_set):
    def take(content=CONTENT, *, minutes=0, name="11月.csv", maker=clerk, village=district.tongmu):
        now = NOW + dt.timedelta(minutes=minutes)
        return worked(
            imports.begin(village=village, maker=maker, name=name, content=content, default_day=SINCE, now=now)
        )

    return take


@pytest.fixture
def unread(send):
    return send(UNREADABLE)


def worked(source):
    jobs.run(source.job.uuid)
    source.refresh_from_db()
    return source


def lines(user):
    return [task for task in todo.tasks(User.objects.get(pk=user.pk)) if "11月.csv" in task.title]


def test_from_the_check_to_the_submission(sent, clerk, stranger):
    assert lines(clerk) == []
    source = worked(sent)
    [task] = lines(clerk)
    assert (task.title, task.detail, task.action) == ("桐木村 11月.csv", "1 行可导入，1 行要改", "去确认")
    assert task.url == reverse("points:import", args=[source.pk])
    assert todo.counts(User.objects.get(pk=clerk.pk))["import"] == 1
    assert lines(stranger) == []

    source = imports.confirm(source=source, maker=clerk, expected=1, now=NOW)
    assert lines(clerk) == []
    source = worked(source)
    [task] = lines(clerk)
    assert (task.detail, task.action) == (f"1 行已写入草稿 {source.batch.number}", "去提交")
    batches.submit(batch=source.batch, maker=clerk, now=NOW)
    assert lines(clerk) == []


def test_what_was_not_finished_waits_to_be_tried_again(sent, clerk):
    Job.objects.filter(pk=sent.job_id).update(state=Job.State.FAILED)
    [task] = lines(clerk)
    assert (task.action, task.word) == ("去重试", "未能完成")


def test_what_could_not_be_read_waits_to_be_sent_anew(unread, send, clerk, stranger):
    assert (unread.state, bool(unread.message)) == (Import.State.FAILED, True)
    [task] = lines(clerk)
    assert (task.title, task.detail) == ("桐木村 11月.csv", unread.message)
    assert (task.action, task.word) == ("去看", "没有读出来")
    assert task.url == reverse("points:import", args=[unread.pk])
    assert lines(stranger) == []

    again = send(UNREADABLE + b"1", minutes=5)
    assert again.state == Import.State.FAILED
    assert [task.url for task in lines(clerk)] == [reverse("points:import", args=[again.pk])]
    send(minutes=10, name="好的.csv")
    assert lines(clerk) == []


def test_the_villages_next_workbook_takes_its_place_once_it_is_read(unread, send, clerk, district):
    """Whoever sends it; what cannot be read either, or is another village's, leaves it waiting."""
    other = make_person("other", "冉二", {"role": "clerk", "township": district.zhuoshui})
    send(UNREADABLE + b"1", minutes=5, name="别人.csv", maker=other)
    send(minutes=5, name="别村.csv", village=district.sanmen)
    assert [task.url for task in lines(clerk)] == [reverse("points:import", args=[unread.pk])]
    send(minutes=6, name="别人好的.csv", maker=other)
    assert lines(clerk) == []


def test_what_could_not_be_read_is_given_up_on_its_page(unread, clerk, signed_in):
    client = signed_in(clerk)
    url = reverse("points:import", args=[unread.pk])
    assert "不导入这张表" in client.get(url).content.decode()
    assert client.post(f"{url}drop/").status_code == 302
    unread.refresh_from_db()
    assert (unread.state, lines(clerk)) == (Import.State.DROPPED, [])


def test_a_workbook_is_given_up_and_may_be_sent_again(sent, district, clerk, signed_in):
    source, client = worked(sent), signed_in(clerk)
    url = reverse("points:import", args=[source.pk])
    assert "不导入这张表" in client.get(url).content.decode()
    assert client.post(f"{url}drop/").status_code == 302
    source.refresh_from_db()

    assert (source.state, source.rows.count(), lines(clerk)) == (Import.State.DROPPED, 0, [])
    assert "没有写入任何数据" in client.get(url).content.decode()
    assert AuditEvent.objects.get(action="import.drop").target == "11月.csv"
    again = imports.begin(
        village=district.tongmu, maker=clerk, name="再传.csv", default_day=SINCE, content=CONTENT, now=NOW
    )
    assert again.pk != source.pk


def test_what_is_at_work_or_written_is_not_given_up(sent, clerk):
    with pytest.raises(Refused, match="不能放弃"):
        imports.drop(source=sent, maker=clerk, now=NOW)
    source = imports.confirm(source=worked(sent), maker=clerk, expected=1, now=NOW)
    source = worked(source)
    with pytest.raises(Refused, match="不能放弃"):
        imports.drop(source=source, maker=clerk, now=NOW + dt.timedelta(hours=1))


def test_the_database_gives_up_only_what_is_at_rest_and_unwritten(sent, send, clerk):
    """Without the function's refusals a workbook could be given up, and sent again, while its points stand."""
    at_work = send(CONTENT + "曾国良,Z04,2026-11-20,5\n".encode(), name="在写.csv")
    imports.confirm(source=at_work, maker=clerk, expected=at_work.counts["new"], now=NOW)
    done = send(CONTENT + "欧阳娜,Z04,2026-11-20,5\n".encode(), name="写了.csv")
    done = worked(imports.confirm(source=done, maker=clerk, expected=done.counts["new"], now=NOW))
    assert done.state == Import.State.DONE
    for source in (sent, at_work, done):
        with pytest.raises(DatabaseError, match="is_not_given_up"), transaction.atomic():
            Import.objects.filter(pk=source.pk).update(state="dropped")
    Job.objects.filter(pk=sent.job_id).update(state=Job.State.FAILED)
    Import.objects.filter(pk=sent.pk).update(state="dropped")
    with pytest.raises(DatabaseError, match="given_up_workbook_stays"), transaction.atomic():
        Import.objects.filter(pk=sent.pk).update(state="checking")


def test_without_the_wall_a_written_workbook_is_taken_in_again(send, clerk):
    done = worked(imports.confirm(source=send(), maker=clerk, expected=1, now=NOW))
    with pytest.raises(imports.AlreadyThere):
        send(minutes=1)
    with pgtrigger.ignore("points.Import:given_up"):
        Import.objects.filter(pk=done.pk).update(state="dropped")
    again = send(minutes=1)
    assert (again.pk != done.pk, again.state) == (True, Import.State.CHECKED)


@pytest.mark.parametrize("at", ["check", "confirmation"])
def test_a_job_begun_anew_does_not_bring_a_given_up_workbook_back(at, sent, clerk):
    source = sent
    if at == "confirmation":
        source = imports.confirm(source=worked(sent), maker=clerk, expected=1, now=NOW)
    Job.objects.filter(pk=source.job_id).update(state=Job.State.FAILED)
    source = imports.drop(source=source, maker=clerk, now=NOW)
    jobs.retry(job=source.job, now=NOW)
    assert (worked(source).state, source.rows.count(), lines(clerk)) == (Import.State.DROPPED, 0, [])
