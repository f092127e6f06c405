"""会议纪要: what the paper says, and who takes it away."""

import io

import docx
import pytest
from django.urls import reverse

from conftest import NOW, TODAY
from demos import meetings
from demos.meetings import Decided
from villages.models import Unit


@pytest.fixture
def unit(liaison):
    return Unit.objects.get(code="minzheng")


@pytest.fixture
def meeting(unit, district_officer):
    facts = meetings.Facts("三楼会议室", "杨立新", "季度推进", "听取进展。\n安排下步。", (unit,))
    decided = [Decided("法律进乡村排期", unit, TODAY)]
    return meetings.hold(kind="joint", unit=None, on=TODAY, decided=decided, by=district_officer, now=NOW, facts=facts)


def page(meeting):
    return reverse("reports:meeting-minutes", args=[meeting.pk])


def test_the_paper_says_who_met_and_what_was_decided(meeting, clerk, signed_in):
    response = signed_in(clerk).get(page(meeting))
    paper = docx.Document(io.BytesIO(b"".join(response.streaming_content)))

    lines = [line.text for line in paper.paragraphs]
    assert [line for line in lines if line][1:9] == [
        "一、会议情况",
        "2026年11月23日，在三楼会议室召开联席会议，由杨立新主持。",
        "议题：季度推进。",
        "参会单位：区民政局。",
        "二、会议内容",
        "听取进展。",
        "安排下步。",
        "三、议定事项",
    ]
    rows = [[cell.text for cell in row.cells] for row in paper.tables[0].rows]
    assert rows[1] == ["1", "法律进乡村排期", "区民政局", "2026-11-23", "在办"]


def test_a_units_own_meeting_is_not_for_townships(unit, liaison, district_officer, clerk, signed_in):
    held = meetings.hold(kind="special", unit=unit, on=TODAY, decided=[], by=district_officer, now=NOW)

    assert signed_in(clerk).get(page(held)).status_code == 404
    assert signed_in(liaison).get(page(held)).status_code == 200


def test_a_planned_meeting_has_no_minutes(unit, district_officer, signed_in):
    planned = meetings.plan(kind="special", unit=unit, on=TODAY, by=district_officer, now=NOW)

    assert signed_in(district_officer).get(page(planned)).status_code == 404
