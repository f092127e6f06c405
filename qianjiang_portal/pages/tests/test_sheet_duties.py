"""待办: a roster or an opening waits for whoever sent it, until it is confirmed or given up."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from conftest import NOW, TODAY
from points import registers
from points.models import RegisterFile
from points.registers import CannotTake
from qianjiang_portal.foundation import jobs
from qianjiang_portal.foundation.models import AuditEvent, Job
from qianjiang_portal.pages import todo
from villages.models import User

pytestmark = pytest.mark.django_db
ROSTER = "户主,户号,组\n张三,,1组\n生人,9999,1组\n".encode()
OPENING = "户主,户号,积分\n欧阳娜,0103,86\n".encode()
UNKNOWN = "天气,心情\n晴,好\n".encode()


@pytest.fixture(autouse=True)
def kept_files(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}


@pytest.fixture
def send(district, clerk):
    def take(content=ROSTER, kind="roster", *, name="11月名册.csv", now=NOW):
        day = TODAY if kind == "opening" else None
        return registers.begin(
            kind=kind, village=district.tongmu, maker=clerk, name=name, content=content, day=day, now=now
        )

    return take


def worked(source):
    jobs.run(source.job.uuid)
    return RegisterFile.objects.select_related("job").get(pk=source.pk)


def stop(source):
    Job.objects.filter(pk=source.job_id).update(state=Job.State.FAILED)
    return RegisterFile.objects.get(pk=source.pk)


def confirmed(source, clerk):
    return registers.confirm(source=source, maker=clerk, stamp=source.stamp, reason="", now=NOW)


def lines(user):
    """Those about sheets that the person sent."""
    tasks = todo.tasks(User.objects.get(pk=user.pk))
    return [(task.detail, task.action, task.word) for task in tasks if task.title.endswith(".csv")]


def test_a_roster_from_its_comparison_to_the_register(send, clerk, stranger, reviewer):
    sent = send()
    assert lines(clerk) == []
    source = worked(sent)
    assert lines(clerk) == [("农户名册：1 户可写入，1 户要改", "去确认", "待确认")]
    [task] = [one for one in todo.tasks(User.objects.get(pk=clerk.pk)) if one.title == "桐木村 11月名册.csv"]
    assert (task.url, task.when) == (reverse("points:register", args=[source.pk]), "今天 10:00 比对完")
    assert todo.counts(User.objects.get(pk=clerk.pk))["households"] == 1
    assert (lines(stranger), lines(reviewer)) == ([], [])

    source = confirmed(source, clerk)
    assert lines(clerk) == []
    assert (worked(source).state, lines(clerk)) == ("done", [])


def test_an_opening_waits_for_its_maker_again_when_it_was_sent_back(send, clerk, reviewer):
    source = worked(send(OPENING, "opening", name="期初.csv"))
    assert lines(clerk) == [("期初积分：1 户可写入", "去确认", "待确认")]
    source = confirmed(source, clerk)
    assert lines(clerk) == []
    registers.send_back(source=source, by=reviewer, reason="和公示的不一样", now=NOW)
    assert lines(clerk) == [("期初积分：覃正芬退回：和公示的不一样", "去看", "待确认")]


def test_what_came_to_no_end_and_what_could_not_be_read(send, clerk):
    sent = stop(send())
    assert lines(clerk) == [("农户名册：没有做完，没有写入任何数据", "去重试", "未能完成")]
    registers.drop(source=sent, maker=clerk, now=NOW)

    source = worked(send(UNKNOWN))
    assert (source.state, bool(source.message)) == ("failed", True)
    assert lines(clerk) == [(f"农户名册：{source.message}", "去看", "没有读出来")]
    send(OPENING, "opening", name="期初.csv", now=NOW + dt.timedelta(minutes=5))
    assert len(lines(clerk)) == 1
    send(now=NOW + dt.timedelta(minutes=5))
    assert lines(clerk) == []


def test_a_sheet_with_nothing_to_write_says_so(send, clerk):
    worked(send("户主,户号,组\n冉光明,0101,1组\n".encode()))
    worked(send("户主,户号,组\n生人,9999,1组\n".encode()))
    assert [detail for detail, _, _ in lines(clerk)] == ["农户名册：没有要写入的户", "农户名册：1 户要改"]


@pytest.mark.parametrize(("kind", "content"), [("roster", ROSTER), ("opening", OPENING)])
def test_a_sheet_is_given_up(kind, content, send, clerk, signed_in):
    source, client = worked(send(content, kind)), signed_in(clerk)
    url = reverse("points:register", args=[source.pk])
    page = client.get(url).content.decode()
    assert 'data-confirm-title="不导入这张表"' in page
    answer = client.post(f"{url}drop/", follow=True)
    assert answer.redirect_chain == [(reverse(f"points:{kind}-new"), 302)]
    assert "11月名册.csv 不再导入，没有写入任何数据" in answer.content.decode()
    source.refresh_from_db()

    assert (source.state, source.lines.count(), lines(clerk)) == ("dropped", 0, [])
    page = client.get(url).content.decode()
    assert ("没有写入任何数据" in page, "不导入这张表" in page, "重新上传" in page) == (True, False, True)
    event = AuditEvent.objects.get(action="register.drop")
    assert (event.actor, event.target) == (clerk, "11月名册.csv")
    assert registers.drop(source=source, maker=clerk, now=NOW).state == "dropped"
    assert AuditEvent.objects.filter(action="register.drop").count() == 1


def test_what_came_to_no_end_is_given_up_on_its_page(send, clerk, signed_in):
    client = signed_in(clerk)
    for source in (worked(send(UNKNOWN)), stop(send())):
        url = reverse("points:register", args=[source.pk])
        assert "不导入这张表" in client.get(url).content.decode()
        assert client.post(f"{url}drop/").status_code == 302
    assert RegisterFile.objects.filter(state="dropped").count() == 2


def test_what_waits_is_at_work_or_written_is_not_given_up(send, clerk, reviewer, signed_in):
    fresh = send()
    with pytest.raises(CannotTake, match="正在处理或已经写入，不能放弃"):
        registers.drop(source=fresh, maker=clerk, now=NOW)
    assert "不导入这张表" not in signed_in(clerk).get(reverse("points:register", args=[fresh.pk])).content.decode()
    done = worked(confirmed(worked(fresh), clerk))
    with pytest.raises(CannotTake, match="正在处理或已经写入，不能放弃"):
        registers.drop(source=done, maker=clerk, now=NOW)
    waiting = confirmed(worked(send(OPENING, "opening")), clerk)
    with pytest.raises(CannotTake, match="先撤回来再放弃"):
        registers.drop(source=waiting, maker=clerk, now=NOW)
    with pytest.raises(CannotTake, match="由上传的人放弃"):
        registers.drop(source=waiting, maker=reviewer, now=NOW)
    answer = signed_in(clerk).post(reverse("points:register-drop", args=[waiting.pk]))
    assert (answer.status_code, "先撤回来再放弃" in answer.content.decode()) == (422, True)
    assert not AuditEvent.objects.filter(action="register.drop").exists()


def test_the_database_gives_up_only_what_lies_with_its_maker(send, clerk):
    """Without the function's refusals a sheet could vanish from under its checker, or after it was written."""
    fresh = send()
    waiting = confirmed(worked(send(OPENING, "opening")), clerk)
    done = worked(confirmed(worked(send(now=NOW + dt.timedelta(minutes=1))), clerk))
    for source, wall in ((fresh, "is_not_given_up"), (waiting, "is_not_given_up"), (done, "written_register_file")):
        with pytest.raises(DatabaseError, match=wall), transaction.atomic():
            RegisterFile.objects.filter(pk=source.pk).update(state="dropped")
    stop(fresh)
    RegisterFile.objects.filter(pk=fresh.pk).update(state="dropped")
    with pytest.raises(DatabaseError, match="written_register_file"), transaction.atomic():
        RegisterFile.objects.filter(pk=fresh.pk).update(state="checking")


def test_a_job_begun_anew_does_not_bring_a_given_up_sheet_back(send, clerk):
    source = stop(send())
    registers.drop(source=source, maker=clerk, now=NOW)
    jobs.retry(job=source.job, now=NOW)
    assert jobs.run(source.job.uuid)
    source.refresh_from_db()
    assert (source.state, source.lines.count(), lines(clerk)) == ("dropped", 0, [])
