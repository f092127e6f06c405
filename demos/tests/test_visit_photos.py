"""Photographs of a visit: taken with it, seen with its pairing, taken off once, never more than six."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from PIL import Image

from conftest import NOW, TODAY
from demos import pairings
from demos.models import Visit, VisitPhoto
from demos.pairings import CannotNote
from demos.tests.test_pages import text
from qianjiang_portal.foundation.models import AuditEvent, File
from qianjiang_portal.foundation.tests import paper_files as papers

FIELDS = {"action": "visit", "visit-on": "2026-11-20", "visit-visitors": "周敏、李科", "visit-done": "看互助养老点选址"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


def photo(content=None, name="现场.jpg"):
    return SimpleUploadedFile(name, papers.photo() if content is None else content)


def log(pairing, by, *photos):
    said = {"visitors": "周敏", "done": "走访", "by": by, "now": NOW}
    return pairings.log_visit(pairing=pairing, on=TODAY, photos=photos, **said)


def test_a_visit_keeps_its_photographs(pairing, liaison, clerk, stranger, signed_in):
    client, page = signed_in(liaison), reverse("demos:pairing", args=[pairing.pk])
    saved = client.post(page, FIELDS | {"visit-photos": [photo(), photo(name="二.jpg")]}, follow=True)

    assert "走访已登记" in text(saved)
    assert "照片 1" in text(saved)
    assert "照片 2" in text(saved)
    first = VisitPhoto.objects.get(position=1)
    url = reverse("demos:visit-photo", args=[pairing.pk, first.pk])
    shown = client.get(url)
    assert (shown["Content-Type"], shown["Content-Disposition"]) == ("image/jpeg", "inline")
    assert not Image.open(io.BytesIO(b"".join(shown.streaming_content))).getexif()
    assert signed_in(clerk).get(url).status_code == 200
    assert signed_in(stranger).get(url).status_code == 404


def test_a_photograph_is_taken_off_by_whoever_notes(pairing, liaison, leader, clerk, signed_in):
    log(pairing, liaison, photo())
    kept = VisitPhoto.objects.get()
    url = reverse("demos:visit-photo", args=[pairing.pk, kept.pk])
    assert signed_in(leader).post(f"{url}withdraw/").status_code == 403
    with pytest.raises(CannotNote, match="由结对单位或本乡镇街道登记"):
        pairings.take_photo_off(photo=kept, by=leader, now=NOW)
    client = signed_in(clerk)
    gone = client.post(f"{url}withdraw/", follow=True)
    assert "照片已撤下" in text(gone)
    assert "照片 1" not in text(client.get(reverse("demos:pairing", args=[pairing.pk])))
    assert client.get(url).status_code == 404
    assert "这张照片已经撤下" in text(client.post(f"{url}withdraw/", follow=True))
    assert AuditEvent.objects.filter(action="pairing.photo-withdraw").count() == 1


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (lambda: [photo(b"MZ not a picture")], "这里只收照片"),
        (lambda: [photo(papers.pdf(), "扫描.pdf")], "这里只收照片"),
        (lambda: [photo()] * 7, "照片最多 6 个"),
        (lambda: [photo(b"")], "空的"),
    ],
)
def test_what_is_no_photograph_leaves_nothing(pairing, liaison, signed_in, folder, sent, said):
    refused = signed_in(liaison).post(reverse("demos:pairing", args=[pairing.pk]), FIELDS | {"visit-photos": sent()})
    assert refused.status_code == 422
    assert said in text(refused)
    assert "看互助养老点选址" in refused.content.decode()
    assert (Visit.objects.count(), File.objects.count()) == (0, 0)
    assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_another_mistake_says_that_photographs_are_to_be_picked_again(pairing, liaison, signed_in, folder):
    wrong = FIELDS | {"visit-on": "2026-12-24", "visit-photos": [photo()]}
    refused = signed_in(liaison).post(reverse("demos:pairing", args=[pairing.pk]), wrong)
    assert (refused.status_code, "改好其他内容后，照片要再选一次" in text(refused)) == (422, True)
    assert not Visit.objects.exists()


def test_the_function_takes_six(pairing, liaison, folder):
    with pytest.raises(CannotNote, match="一次走访最多 6 张照片"):
        log(pairing, liaison, *[photo()] * 7)


def test_the_database_keeps_photographs_as_they_were(pairing, liaison, folder):
    visit = log(pairing, liaison, photo(), photo())
    first, second = visit.photos.order_by("position")
    with pytest.raises(IntegrityError, match="demos_visit_has_no_more_photos"), transaction.atomic():
        VisitPhoto.objects.create(visit=visit, position=7, file=first.file)
    with pytest.raises(IntegrityError, match="demos_visit_photo_stands"), transaction.atomic():
        VisitPhoto.objects.filter(pk=first.pk).update(file=second.file)
    with pytest.raises(InternalError), transaction.atomic():
        first.delete()
    pairings.take_photo_off(photo=first, by=liaison, now=NOW)
    with pytest.raises(IntegrityError, match="demos_visit_photo_stands"), transaction.atomic():
        VisitPhoto.objects.filter(pk=first.pk).update(withdrawn_at=None)
