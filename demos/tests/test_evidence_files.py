"""Files that prove an item, and photographs of an inspection: taken, shown within scope, gone with a refused row."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError, transaction
from django.urls import reverse

from conftest import NOW, SINCE, TODAY
from demos import candidates, criteria, evidence, programmes
from demos.evidence import CannotProve
from demos.models import Evidence
from demos.tests.test_pages import text
from qianjiang_portal.foundation.models import File
from qianjiang_portal.foundation.tests import paper_files as papers


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    stored = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": stored}
    return tmp_path


@pytest.fixture
def candidate(officer, district, clerk):
    goal = programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)
    criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    return candidates.nominate(programme=goal, place=district.tongmu, on=SINCE, owner="冉主任", by=clerk, now=NOW)


def photo(content=None):
    return SimpleUploadedFile("公示栏.jpg", papers.photo() if content is None else content)


def add(candidate, by, **more):
    item = candidate.standard.criteria.get(position=1)
    return evidence.add(candidate=candidate, criterion=item, caption="分工公示照片", of=TODAY, by=by, now=NOW, **more)


def test_a_photograph_is_enough_and_is_shown_within_scope(candidate, clerk, stranger, liaison, signed_in):
    item = candidate.standard.criteria.get(position=1)
    fields = {"proof-criterion": item.pk, "proof-caption": "分工公示照片", "proof-of": "2026-11-20"}
    client, page = signed_in(clerk), reverse("demos:criteria", args=[candidate.pk])
    saved = client.post(
        reverse("demos:evidence-add", args=[candidate.pk]), fields | {"proof-file": photo()}, follow=True
    )

    assert "材料已登记" in text(saved)
    assert "看文件" in text(client.get(page))
    url = reverse("demos:evidence-file", args=[candidate.pk, Evidence.objects.get().pk])
    shown = client.get(url)
    assert (shown.status_code, shown["Content-Type"], shown["Content-Disposition"]) == (200, "image/jpeg", "inline")
    assert signed_in(liaison).get(url).status_code == 200
    assert signed_in(stranger).get(url).status_code == 404


def test_neither_file_nor_place_is_no_evidence(candidate, clerk, signed_in):
    with pytest.raises(CannotProve, match="上传文件，或写明文号和放在哪里"):
        add(candidate, clerk)
    made = add(candidate, clerk, kept_at="村委会")
    with pytest.raises(IntegrityError, match="demos_evidence_is_somewhere"), transaction.atomic():
        Evidence.objects.filter(pk=made.pk).update(kept_at="")


def test_the_wrong_kind_of_file_is_refused_and_leaves_nothing(candidate, clerk, signed_in, folder):
    item = candidate.standard.criteria.get(position=1)
    fields = {"proof-criterion": item.pk, "proof-caption": "照片", "proof-of": "2026-11-20"}
    url = reverse("demos:evidence-add", args=[candidate.pk])
    refused = signed_in(clerk).post(url, fields | {"proof-file": photo(b"MZ not a picture")})

    assert refused.status_code == 422
    assert (Evidence.objects.count(), File.objects.count()) == (0, 0)
    assert [one for one in folder.rglob("*") if one.is_file()] == []


def test_a_file_goes_with_the_row_that_was_not_written(candidate, clerk, folder):
    with pytest.raises(DataError), transaction.atomic():
        add(candidate, clerk, file=photo(), kept_at="村" * 61)
    assert [one for one in folder.rglob("*") if one.is_file()] == []
    assert not Evidence.objects.exists()


def test_an_inspection_has_its_photograph(candidate, leader, clerk, stranger, signed_in):
    fields = {"inspection-on": "2026-11-20", "inspection-inspectors": "镇检查组", "inspection-text": "公示栏齐全"}
    client = signed_in(leader)
    saved = client.post(
        reverse("demos:inspection-add", args=[candidate.pk]), fields | {"inspection-photo": photo()}, follow=True
    )
    assert "看照片" in text(saved)
    url = reverse("demos:inspection-photo", args=[candidate.pk, candidate.inspections.get().pk])
    assert signed_in(clerk).get(url).status_code == 200
    assert signed_in(stranger).get(url).status_code == 404


def test_a_wrong_file_is_said_at_the_file(candidate, clerk, signed_in):
    item = candidate.standard.criteria.get(position=1)
    fields = {"proof-criterion": item.pk, "proof-caption": "照片", "proof-of": "2026-11-20"}
    url = reverse("demos:evidence-add", args=[candidate.pk])
    refused = signed_in(clerk).post(url, fields | {"proof-file": photo(b"MZ not a picture")})
    assert 'id="id_proof-file_error"' in refused.content.decode()
    assert 'href="#id_proof-file"' in refused.content.decode()
