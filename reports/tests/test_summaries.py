import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from conftest import District, make_person
from points.models import Notice
from qianjiang_portal.foundation import calendar, options, periods
from qianjiang_portal.foundation.models import AuditEvent
from reports import collecting, summaries, summary_numbers, summary_pages
from reports.models import Sender, Summary, SummaryReminder, SummarySection
from villages.models import Unit, User

H1, YEAR = periods.parse("2026H1"), periods.parse("2026Y")
OPEN = dt.datetime(2026, 12, 28, 9, 0, tzinfo=calendar.SHANGHAI)
LAST_MINUTE = dt.datetime(2027, 1, 5, 23, 59, tzinfo=calendar.SHANGHAI)
LATE = dt.datetime(2027, 1, 7, 9, 0, tzinfo=calendar.SHANGHAI)
TEXT = "按月评议，按月公示"


@pytest.fixture
def sender(district: District) -> Sender:
    return Sender(township=district.zhuoshui)


def save(
    sender: Sender, by: User, key: str = "work", text: str = TEXT, version: int = 0, now: dt.datetime = OPEN
) -> SummarySection:
    return summaries.save_section(sender=sender, period=YEAR, key=key, text=text, version=version, by=by, now=now)


def written(sender: Sender, by: User, now: dt.datetime = OPEN) -> Summary:
    """A draft with all four sections."""
    saved = [save(sender, by, key, now=now) for key in SummarySection.Key]
    return saved[0].summary


def handed_in(sender: Sender, by: User, leader: User, now: dt.datetime = OPEN) -> Summary:
    summary = summaries.submit(summary=written(sender, by, now), by=by, now=now)
    return summaries.sign(summary=summary, by=leader, now=now)


def test_the_first_section_makes_the_summary(sender: Sender, clerk: User) -> None:
    section = save(sender, clerk)
    assert (section.summary.state, section.text, section.version) == ("draft", TEXT, 1)
    assert save(sender, clerk, text="改过", version=1).version == 2


@pytest.mark.parametrize("person", ["reviewer", "auditor", "stranger", "counter", "liaison", "district"])
def test_others_do_not_write_it(person: str, cast: dict[str, User], sender: Sender) -> None:
    with pytest.raises(summaries.CannotWrite, match="只能办理本单位的总结"):
        save(sender, cast[person])


def test_before_the_period_opens_nothing_is_written(sender: Sender, clerk: User) -> None:
    with pytest.raises(summaries.CannotWrite, match="2026年年终总结 12月21日开放填写"):
        save(sender, clerk, now=calendar.moment(dt.date(2026, 12, 20), 23))
    assert save(sender, clerk, now=calendar.moment(dt.date(2026, 12, 21)))


def test_due_dates_are_the_fifth(db: None) -> None:
    assert (summary_numbers.due_on(H1), summary_numbers.due_on(YEAR)) == (dt.date(2026, 7, 5), dt.date(2027, 1, 5))


def test_another_due_day_is_a_setting(db: None) -> None:
    options.put(name="summary_due_day", value=10)
    assert summary_numbers.due_on(H1) == dt.date(2026, 7, 10)


@pytest.mark.parametrize(
    ("day", "slug"),
    [("2026-06-19", "2025Y"), ("2026-06-20", "2026H1"), ("2026-12-20", "2026H1"), ("2026-12-21", "2026Y")],
)
def test_the_summary_asked_for_now(day: str, slug: str, db: None) -> None:
    assert summary_numbers.usual_period(dt.date.fromisoformat(day)).slug == slug


def test_word_brings_no_styles_along() -> None:
    pasted = "一是\u200b抓评议。\r\n\r\n\r\n·\t二是\xa0抓公示\x0b三是𬭊🌾\ufeff"
    assert summaries.clean(pasted) == "一是抓评议。\n· 二是 抓公示\n三是𬭊🌾"


def test_thirty_thousand_characters_fit_and_no_more(sender: Sender, clerk: User) -> None:
    assert len(save(sender, clerk, text="字" * 30_000).text) == 30_000
    with pytest.raises(summaries.CannotWrite, match="这一节 30001 字，最多 30000 字"):
        save(sender, clerk, text="字" * 30_001, version=1)


def test_the_database_holds_the_limit(sender: Sender, clerk: User) -> None:
    section = save(sender, clerk)
    with pytest.raises(IntegrityError, match="reports_summary_section_has_a_limit"):
        SummarySection.objects.filter(pk=section.pk).update(text="字" * 30_001)


def test_a_section_is_held_for_whoever_writes_it(sender: Sender, clerk: User, leader: User) -> None:
    section = save(sender, clerk)
    with pytest.raises(summaries.Conflict, match="冉晓莉正在写这一节"):
        save(sender, leader, text="我的", version=section.version)
    later = OPEN + dt.timedelta(minutes=4)
    assert save(sender, leader, text="我的", version=section.version, now=later).saved_by == leader


def test_a_stale_version_is_not_written_over(sender: Sender, clerk: User, leader: User) -> None:
    save(sender, clerk, text="第二遍", version=save(sender, clerk).version)
    with pytest.raises(summaries.Conflict, match="冉晓莉刚改过这一节"):
        save(sender, leader, text="我的", version=1, now=OPEN + dt.timedelta(hours=1))


def test_a_missing_section_is_refused(sender: Sender, clerk: User) -> None:
    summary = save(sender, clerk).summary
    with pytest.raises(summaries.CannotWrite, match="还差：主要成效、存在问题、下一步打算"):
        summaries.submit(summary=summary, by=clerk, now=OPEN)


def test_submitting_freezes_numbers_and_text(sender: Sender, clerk: User, posted: Notice) -> None:
    summary = summaries.submit(summary=written(sender, clerk), by=clerk, now=OPEN)
    assert (summary.state, summary.figures["values"]["awards"], summary.figures["values"]["participants"]) == (
        "submitted",
        15,
        3,
    )
    with pytest.raises(summaries.CannotWrite, match="总结待签发，正文不能再改"):
        save(sender, clerk, version=1)
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        SummarySection.objects.update(text="偷改")


def test_whoever_submitted_does_not_sign(sender: Sender, leader: User) -> None:
    summary = summaries.submit(summary=written(sender, leader), by=leader, now=OPEN)
    with pytest.raises(summaries.CannotWrite, match="这份总结由本人提交，请由其他人签发"):
        summaries.sign(summary=summary, by=leader, now=OPEN)
    with pytest.raises(IntegrityError, match="is_not_signed_by_its_maker"), transaction.atomic():
        Summary.objects.update(signed_by=leader)


@pytest.mark.parametrize("person", ["stranger", "district", "reviewer", "auditor"])
def test_only_the_own_leader_signs(person: str, cast: dict[str, User], sender: Sender) -> None:
    summary = summaries.submit(summary=written(sender, cast["clerk"]), by=cast["clerk"], now=OPEN)
    with pytest.raises(summaries.CannotWrite, match="只能办理本单位的总结"):
        summaries.sign(summary=summary, by=cast[person], now=OPEN)


def test_signing_gives_the_receipt_and_the_hour(sender: Sender, clerk: User, leader: User) -> None:
    summary = handed_in(sender, clerk, leader, LAST_MINUTE)
    assert (summary.state, summary.receipt, summary.signed_at) == ("signed", "2026Y-01", LAST_MINUTE)
    assert summary_pages.days_late(LAST_MINUTE, summary_numbers.due_on(YEAR)) == 0
    assert summary_pages.days_late(LATE, summary_numbers.due_on(YEAR)) == 2
    assert AuditEvent.objects.filter(action="summary.sign", place="500114112").count() == 1


def test_a_number_that_moved_must_be_confirmed(sender: Sender, clerk: User, leader: User, notice: Notice) -> None:
    summary = summaries.submit(summary=written(sender, clerk), by=clerk, now=OPEN)
    from points import postings

    with calendar.at(notice.due_at):
        postings.post(notice=notice, now=notice.due_at)
    with pytest.raises(summaries.NumbersMoved) as shown:
        summaries.sign(summary=summary, by=leader, now=OPEN)
    assert ("加分", "0", "15") in shown.value.moved
    signed = summaries.sign(summary=summary, by=leader, now=OPEN, seen=shown.value.moved)
    assert signed.figures["values"]["awards"] == 15


def test_numbers_of_a_signed_summary_stay(sender: Sender, clerk: User, leader: User) -> None:
    handed_in(sender, clerk, leader)
    with pytest.raises(IntegrityError, match="numbers of a signed summary"), transaction.atomic():
        Summary.objects.update(figures={"values": {}})


def test_a_unit_hands_in_with_its_leaders_name(liaison: User) -> None:
    unit = Sender(unit=Unit.objects.get())
    draft = written(unit, liaison)
    with pytest.raises(summaries.CannotWrite, match="还差：签发的单位负责人姓名"):
        summaries.submit(summary=draft, by=liaison, now=OPEN)
    summary = summaries.submit(summary=draft, by=liaison, now=OPEN, signed_on_paper="何局长")
    assert (summary.state, summary.signed_on_paper, summary.receipt) == ("signed", "何局长", "2026Y-01")
    assert summary.figures["values"]["villages"] == 1


def test_sending_back_needs_a_reason_and_opens_it_again(
    sender: Sender, clerk: User, leader: User, district_officer: User
) -> None:
    summary = handed_in(sender, clerk, leader)
    with pytest.raises(summaries.CannotWrite, match="写明退回的原因"):
        summaries.send_back(summary=summary, reason=" ", by=district_officer, now=OPEN)
    back = summaries.send_back(summary=summary, reason="数字不一致", by=district_officer, now=OPEN)
    assert (back.state, back.return_reason, back.figures, back.receipt) == ("returned", "数字不一致", None, "2026Y-01")
    save(sender, clerk, text="改好了", version=1)
    again = summaries.sign(summary=summaries.submit(summary=back, by=clerk, now=LATE), by=leader, now=LATE)
    assert (again.receipt, again.signed_at) == ("2026Y-01", LATE)


def test_the_district_accepts_and_then_nothing_changes(
    sender: Sender, clerk: User, leader: User, district_officer: User
) -> None:
    summary = summaries.accept(summary=handed_in(sender, clerk, leader), by=district_officer, now=OPEN)
    assert summary.state == "accepted"
    with pytest.raises(summaries.CannotWrite, match="总结已收件，不能退回"):
        summaries.send_back(summary=summary, reason="晚了", by=district_officer, now=OPEN)


def test_paper_counts_as_handed_in(sender: Sender, district_officer: User, clerk: User) -> None:
    summary = summaries.take_paper(sender=sender, period=YEAR, by=district_officer, now=LATE)
    assert (summary.state, summary.is_paper, summary.receipt) == ("signed", True, "2026Y-01")
    with pytest.raises(summaries.CannotWrite):
        save(sender, clerk)


def test_one_reminder_a_day(
    sender: Sender, district_officer: User, clerk: User, leader: User, district: District
) -> None:
    handed_in(sender, clerk, leader)
    senders = [sender, Sender(township=district.shihui)]
    made = [summaries.remind(senders=senders, period=YEAR, by=district_officer, now=now) for now in (OPEN, OPEN, LATE)]
    assert made == [1, 0, 1]


def test_nobody_is_reminded_on_a_day_off(sender: Sender, district_officer: User) -> None:
    saturday, new_year = dt.timedelta(days=12), dt.timedelta(days=4)
    for day in (OPEN + saturday, OPEN + new_year):
        with pytest.raises(summaries.CannotWrite, match="今天不是工作日"):
            summaries.remind(senders=[sender], period=YEAR, by=district_officer, now=day)
    assert not SummaryReminder.objects.exists()


def test_the_district_collects_what_was_handed_in(
    sender: Sender, clerk: User, leader: User, district_officer: User, liaison: User
) -> None:
    with pytest.raises(summaries.CannotWrite, match="还没有单位报送"):
        collecting.collect(period=YEAR, by=district_officer, now=OPEN)
    handed_in(sender, clerk, leader)
    unit = Sender(unit=Unit.objects.get())
    summaries.submit(summary=written(unit, liaison), by=liaison, now=OPEN, signed_on_paper="何局长")
    whole = collecting.collect(period=YEAR, by=district_officer, now=OPEN).summary
    assert whole.sections.get(key="problems").text == f"濯水镇：{TEXT}\n区民政局：{TEXT}"
    other = make_person("district2", "另一人", {"role": "district"})
    assert (
        summaries.sign(summary=summaries.submit(summary=whole, by=district_officer, now=OPEN), by=other, now=OPEN).state
        == "signed"
    )


def test_each_time_it_is_handed_in_is_kept(
    sender: Sender, clerk: User, leader: User, district_officer: User, posted: Notice
) -> None:
    summary = handed_in(sender, clerk, leader)
    before = _version_papers(summary, 1)
    summaries.send_back(summary=summary, reason="写具体", by=district_officer, now=LATE)
    save(sender, clerk, "work", "写得具体了", 1, now=LATE)
    summaries.sign(summary=summaries.submit(summary=summary, by=clerk, now=LATE), by=leader, now=LATE)
    first, second = summary.versions.order_by("number")
    assert (first.texts[0][2], second.texts[0][2]) == (TEXT, "写得具体了")
    assert "加分15分" in first.texts[0][1]
    assert _version_papers(summary, 1) == before != _version_papers(summary, 2)


def _version_papers(summary: Summary, number: int) -> bytes:
    version = summary.versions.get(number=number)
    return b"".join(summary_pages.version_paper(kind, summary.sender, version) for kind in ("docx", "pdf", "xlsx"))


@pytest.mark.parametrize("change", ["update", "delete"])
def test_what_was_handed_in_never_changes(change: str, sender: Sender, clerk: User, leader: User) -> None:
    version = handed_in(sender, clerk, leader).versions.filter(number=1)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        version.update(note="改过") if change == "update" else version.delete()


def test_what_comes_later_is_added_once(
    sender: Sender, clerk: User, leader: User, district_officer: User, liaison: User
) -> None:
    unit = Sender(unit=Unit.objects.get())
    summaries.submit(summary=written(unit, liaison), by=liaison, now=OPEN, signed_on_paper="何局长")
    first = collecting.collect(period=YEAR, by=district_officer, now=OPEN)
    assert (first.added, first.changed) == (("区民政局",), ())
    district = Sender()
    save(district, district_officer, "work", "区里自己写的", 1)
    assert collecting.collect(period=YEAR, by=district_officer, now=OPEN).added == ()
    save(sender, clerk, "plans", f"{TEXT}\n［插入：各地情况表］", now=LATE - dt.timedelta(hours=1))
    for key in ("work", "results", "problems"):
        section = save(sender, clerk, key, now=LATE)
    submitted = summaries.submit(summary=section.summary, by=clerk, now=LATE)
    late = summaries.sign(summary=submitted, by=leader, now=LATE)
    done = collecting.collect(period=YEAR, by=district_officer, now=LATE)
    assert done.added == ("濯水镇",)
    assert done.summary.sections.get(key="work").text == f"区里自己写的\n濯水镇：{TEXT}"
    assert done.summary.sections.get(key="plans").text.endswith(f"濯水镇：{TEXT}")
    summaries.send_back(summary=late, reason="写具体", by=district_officer, now=LATE)
    again = summaries.submit(summary=late, by=clerk, now=LATE + dt.timedelta(hours=1))
    summaries.sign(summary=again, by=leader, now=LATE + dt.timedelta(hours=1))
    assert collecting.collect(period=YEAR, by=district_officer, now=LATE).changed == ("濯水镇",)


def test_nothing_is_cut_off_when_it_is_collected(
    sender: Sender, clerk: User, leader: User, district_officer: User, liaison: User
) -> None:
    unit = Sender(unit=Unit.objects.get())
    save(unit, liaison, "work", "长" * 29_000)
    for key in ("results", "problems", "plans"):
        section = save(unit, liaison, key)
    summaries.submit(summary=section.summary, by=liaison, now=OPEN, signed_on_paper="何局长")
    save(sender, clerk, "work", "高" * 2_000)
    for key in ("results", "problems", "plans"):
        section = save(sender, clerk, key)
    summaries.sign(summary=summaries.submit(summary=section.summary, by=clerk, now=OPEN), by=leader, now=OPEN)
    done = collecting.collect(period=YEAR, by=district_officer, now=OPEN)
    assert (done.added, done.left_out) == (("濯水镇",), ("区民政局",))
    assert "区民政局" not in "".join(done.summary.sections.values_list("text", flat=True))


def test_while_another_writes_nothing_is_collected(
    sender: Sender, clerk: User, leader: User, district_officer: User
) -> None:
    handed_in(sender, clerk, leader)
    save(Sender(), make_person("district2", "另一人", {"role": "district"}))
    with pytest.raises(summaries.CannotWrite, match="另一人正在写全区总结"):
        collecting.collect(period=YEAR, by=district_officer, now=OPEN)


def test_the_paper_depends_on_the_row_alone(sender: Sender, clerk: User, leader: User, posted: Notice) -> None:
    summary = handed_in(sender, clerk, leader)
    assert _paper(summary, clerk, OPEN) == _paper(summary, leader, LATE)


def _paper(summary: Summary, user: User, now: dt.datetime) -> bytes:
    counted = summary_pages.counted(summary.sender, summary, YEAR, now)
    parts = summary_pages.sections(summary.sender, summary, counted, user, now)
    papers = (
        summary_pages.printed(suffix, summary.sender, YEAR, parts, summary.note, summary.signed_at)
        for suffix in ("docx", "pdf")
    )
    return b"".join(papers)
