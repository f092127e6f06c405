"""会议文件: of a meeting that was held, by whoever may enter it, for whoever sees the whole of it."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from conftest import NOW, TODAY
from demos import meetings
from demos.meetings import CannotAttach
from demos.models import MeetingPaper
from demos.tests.test_pages import text
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.tests import paper_files as papers
from qianjiang_portal.foundation.uploads import BadUpload


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


@pytest.fixture
def meeting(unit, liaison):
    return meetings.hold(kind="special", unit=unit, on=TODAY, decided=[], by=liaison, now=NOW)


def photo(content=None):
    return SimpleUploadedFile("纪要.jpg", papers.photo() if content is None else content)


def attach(meeting, by, caption="会议纪要", **more):
    return meetings.attach(meeting=meeting, caption=caption, sent=photo(**more), by=by, now=NOW)


def test_the_unit_keeps_its_signed_minutes(meeting, liaison, officer, clerk, stranger, signed_in):
    page, client = reverse("demos:meeting", args=[meeting.pk]), signed_in(liaison)
    add = reverse("demos:meeting-paper-add", args=[meeting.pk])
    none = client.post(add, {"caption": "会议纪要"})
    assert (none.status_code, "文件没有选" in text(none)) == (422, True)
    wrong = client.post(add, {"caption": "会议纪要", "file": photo(b"MZ not a picture")})
    assert (wrong.status_code, MeetingPaper.objects.exists(), File.objects.exists()) == (422, False, False)
    saved = client.post(add, {"caption": "会议纪要", "file": photo()}, follow=True)
    assert "文件已上传" in text(saved)
    url = reverse("demos:meeting-paper", args=[meeting.pk, MeetingPaper.objects.get().pk])
    assert client.get(url)["Content-Type"] == "image/jpeg"
    assert signed_in(officer).get(url).status_code == 200
    assert [signed_in(person).get(url).status_code for person in (clerk, stranger)] == [404, 404]
    gone = signed_in(liaison).post(f"{url}withdraw/", follow=True)
    assert "文件已撤下" in text(gone)
    assert [client.get(url).status_code, url in client.get(page).content.decode()] == [404, False]


def test_a_joint_meeting_has_its_papers_from_the_district(officer, liaison, clerk, signed_in):
    joint = meetings.hold(kind="joint", unit=None, on=TODAY, decided=[], by=officer, now=NOW)
    with pytest.raises(CannotAttach, match="联席会议的文件由区级上传"):
        attach(joint, liaison)
    made = attach(joint, officer)
    assert signed_in(clerk).get(reverse("demos:meeting-paper", args=[joint.pk, made.pk])).status_code == 200
    assert signed_in(clerk).post(reverse("demos:meeting-paper-add", args=[joint.pk])).status_code == 403


def test_what_cannot_be_attached(meeting, unit, liaison, officer):
    planned = meetings.plan(kind="special", unit=unit, on=TODAY + dt.timedelta(days=3), by=liaison, now=NOW)
    with pytest.raises(CannotAttach, match="会议还没有召开"):
        attach(planned, liaison)
    with pytest.raises(CannotAttach, match="写明是什么文件"):
        attach(meeting, liaison, caption=" ")
    with pytest.raises(BadUpload):
        attach(meeting, liaison, content=b"MZ not a picture")
    for at in range(meetings.MOST_PAPERS):
        attach(meeting, liaison, caption=f"第 {at} 页")
    with pytest.raises(CannotAttach, match="一次会议最多 8 个文件"):
        attach(meeting, officer)


def test_the_database_keeps_papers(meeting, unit, liaison):
    made = attach(meeting, liaison)
    planned = meetings.plan(kind="special", unit=unit, on=TODAY + dt.timedelta(days=3), by=liaison, now=NOW)
    row = {"file": made.file, "caption": "纪要", "made_by": liaison, "made_at": NOW}
    with pytest.raises(IntegrityError, match="of_a_meeting_that_was_held"), transaction.atomic():
        MeetingPaper.objects.create(meeting=planned, **row)
    with pytest.raises(IntegrityError, match="meeting_paper_stands"), transaction.atomic():
        MeetingPaper.objects.update(caption="别的")
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        MeetingPaper.objects.all().delete()
    with pytest.raises(IntegrityError, match="meeting_paper_has_a_name"), transaction.atomic():
        MeetingPaper.objects.create(meeting=meeting, **row | {"caption": ""})
    meetings.detach(paper=made, by=liaison, now=NOW)
    with pytest.raises(CannotAttach, match="已经撤下"):
        meetings.detach(paper=made, by=liaison, now=NOW)
