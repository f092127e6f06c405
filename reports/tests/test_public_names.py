"""Everything public about a notice, in every form it is handed out, holds no whole name and no number of a person."""

import io
import re
import unicodedata
import uuid
import zipfile
from html import unescape

import pypdf
import pytest
from django.urls import reverse

from points import objections
from points.models import NoticeLine
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.models import AuditEvent
from reports.tests.documents.test_notice_papers import RADICALS
from villages.models import Household, Resident

CALLER = "13812345678"


def _html(name):
    return lambda client, notice: client.get(
        reverse(name, args=[notice.code] if name != "points:public-notices" else [])
    )


def _paper(kind, columns=""):
    return lambda client, notice: client.get(
        reverse("reports:notice-paper", args=[notice.code, kind]), {"columns": columns}
    )


FORMS = {
    "listing": lambda client, notice: client.get(reverse("points:public-notices")),
    "page": _html("points:public-notice"),
    "objection": _html("points:public-objection"),
    "print": _html("points:notice-print"),
    "pdf": _paper("pdf"),
    "pdf in two columns": _paper("pdf", "2"),
    "docx": _paper("docx"),
    "docx in two columns": _paper("docx", "2"),
    "xlsx": _paper("xlsx"),
    "api list": lambda client, notice: client.get(reverse("api:notice-list")),
    "api": _html("api:notice-detail"),
}
# The names stand in these; the others tell of the village alone.
WITH_ROWS = [name for name in FORMS if name not in ("listing", "objection", "api list")]


def said(response):
    """The words of an answer, whatever it comes as; spaces and look-alikes of a font taken away."""
    assert response.status_code == 200
    content = response.getvalue()
    if content.startswith(b"%PDF"):
        content = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = [package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))]
        content = re.sub(r"<[^>]*>", "", " ".join(parts))
    else:
        content = content.decode()
    return "".join(unicodedata.normalize("NFKC", unescape(content)).translate(RADICALS).split())


def found(text):
    """Whole names of the register, telephones of people, identity numbers, whole household numbers."""
    names = {*Household.objects.values_list("head_name", flat=True), *Resident.objects.values_list("name", flat=True)}
    numbers = set(Household.objects.values_list("number", flat=True))
    seen = {name for name in names if len(name) > 1 and name in text} | {one for one in numbers if one in text}
    return seen | set(re.findall(r"(?<![\d.a-z-])1[3-9]\d{9}(?![\d.])|(?<!\d)\d{17}[\dXx](?!\d)", text))


@pytest.fixture
def doubted(notice):
    """The notice with an objection on it, whose caller left a name and a number."""
    line = notice.lines.get(position=1)
    said = objections.Said(position=1, tail=line.tail, text="不是五分", name="冉光明", phone=CALLER)
    objections.send(notice=notice, said=said, key=uuid.uuid4(), origin="here", now=calendar.now())
    return notice


@pytest.mark.parametrize("form", FORMS)
def test_no_whole_name_and_no_number(doubted, clerk, signed_in, form):
    assert found(said(FORMS[form](signed_in(clerk), doubted))) == set()


@pytest.mark.parametrize("form", WITH_ROWS)
def test_a_planted_name_is_found(notice, clerk, signed_in, form):
    NoticeLine.objects.filter(notice=notice, position=1).update(masked_name="冉光明")

    assert found(said(FORMS[form](signed_in(clerk), notice))) == {"冉光明"}


@pytest.mark.parametrize("form", WITH_ROWS)
def test_every_household_is_there(notice, clerk, signed_in, form):
    assert {"冉*明", "单*芬", "覃*明"} <= set(
        re.findall(r"[冉单覃]\*[明芬]", said(FORMS[form](signed_in(clerk), notice)))
    )


def test_taking_a_paper_away_is_recorded(notice, clerk, stranger, signed_in):
    response = FORMS["docx"](signed_in(clerk), notice)
    event = AuditEvent.objects.get(action="notice.paper")

    assert response["Content-Disposition"].startswith("attachment")
    assert (event.target, event.place, event.facts) == (notice.code, "500114112202", {"kind": "docx", "households": 3})
    assert FORMS["docx"](signed_in(stranger), notice).status_code == 404
    assert AuditEvent.objects.filter(action="notice.paper").count() == 1
