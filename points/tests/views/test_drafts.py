"""The pages of a version on its way, as clerk and leader walk them."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from lxml import html

from conftest import TODAY
from points.models import RuleSet
from points.tests.test_drafting import NEW
from qianjiang_portal.foundation.models import AuditEvent
from qianjiang_portal.foundation.tests import paper_files


def text(response):
    return " ".join(html.fromstring(response.content.decode()).xpath("//main")[0].text_content().split())


def url(name, rule_set):
    return reverse(f"points:rule-{name}", args=[rule_set.pk])


def row(rule, **changes):
    return {f"{rule.pk}-{name}": value for name, value in changes.items()}


def test_a_clerk_begins_a_draft(reference, clerk, signed_in, district):
    client = signed_in(clerk)
    response = client.post(reverse("points:rule-begin"), {"place": district.tongmu.code, "year": 2027}, follow=True)

    assert "桐木村乡村治理积分细则（2027版）" in text(response)
    assert RuleSet.objects.get(village=district.tongmu).rules.count() == reference.rules.count()


def test_the_grid_is_saved_row_by_row(draft, clerk, signed_in):
    rule = draft.rules.get(code="Z02")
    gone = draft.rules.get(code="Z03")
    given = row(rule, max_points="５") | {f"{gone.pk}-remove": "on", "version": draft.version}
    response = signed_in(clerk).post(url("edit", draft), given, follow=True)

    assert "已保存" in text(response)
    assert "Z03 参与公路养护" in text(response)
    rule.refresh_from_db()
    assert rule.max_points == 5


@pytest.mark.parametrize("typed", ["八", "9" * 5000])
def test_a_wrong_cell_is_named_and_kept(draft, clerk, signed_in, typed):
    rule = draft.rules.get(code="Z02")
    response = signed_in(clerk).post(url("edit", draft), row(rule, max_points=typed) | {"version": draft.version})

    assert response.status_code == 422
    assert "Z02 最高分：最高分填 1 以上的整数" in text(response)
    assert f'value="{typed}"' in response.content.decode()


def test_widening_is_explained(draft, clerk, signed_in):
    rule = draft.rules.get(code="Z02")
    response = signed_in(clerk).post(url("edit", draft), row(rule, max_points="9") | {"version": draft.version})

    assert response.status_code == 422
    assert "Z02 参考为 +2～+8，只能收窄" in text(response)


def test_rows_from_excel_are_written(draft, clerk, signed_in):
    client = signed_in(clerk)
    wrong = client.post(url("paste", draft), {"pasted": NEW.replace("户次", "户"), "version": draft.version})
    assert "第 1 行 计分单位：" in text(wrong)
    response = client.post(url("paste", draft), {"pasted": NEW, "version": draft.version}, follow=True)

    assert "已写入 1 项" in text(response)
    assert draft.rules.get(code="H90").sentence == "院坝乱停车，每次减 1 到 2 分，每月1次"


@pytest.mark.parametrize("version", ["²", "9" * 5000, ""])
def test_a_grid_that_does_not_say_which_version_it_is_of_saves_nothing(draft, clerk, signed_in, version):
    rule = draft.rules.get(code="Z02")
    response = signed_in(clerk).post(url("edit", draft), row(rule, max_points="9") | {"version": version})

    assert (response.status_code, "这一版刚被改过" in text(response)) == (422, True)


def test_a_village_version_through_all_steps(draft, clerk, leader, signed_in):
    client = signed_in(clerk)
    assert "已开始征求意见" in text(client.post(url("consult", draft), {"until": "2026-12-01"}, follow=True))
    meeting = {"meeting": "delegates", "held_on": TODAY, "expected": 78, "attended": 51, "agreed": 40}
    meeting |= {"decision": "记录9号", "filed_on": TODAY, "received_by": "田收件"}
    refused = client.post(url("adopt", draft), meeting)
    assert (refused.status_code, "到会 51 / 应到 78，没有达到法定人数" in text(refused)) == (422, True)
    client.post(url("adopt", draft), meeting | {"attended": 52})
    sign = signed_in(leader)
    early = sign.post(url("publish", draft), {"effective_from": "2026-10-01"})
    assert "生效日期不早于本月 1 日" in text(early)
    done = sign.post(url("publish", draft), {"effective_from": "2026-12-01"}, follow=True)

    assert "已发布" in text(done)
    draft.refresh_from_db()
    assert (draft.state, draft.published_by) == ("published", leader)


def test_the_leader_is_told_which_drafts_use_what_changes(
    draft, rule_set, make_batch, district, rule, clerk, leader, signed_in
):
    """Drafts follow the township's version; the village's first own one narrows Z02 and leaves Z01 as it is."""
    make_batch(district.homes[:2])
    untouched = rule_set.rules.get(code="Z01")
    make_batch(district.homes[2:3], rule=untouched)
    narrowed = draft.rules.get(code=rule.code)
    signed_in(clerk).post(url("edit", draft), row(narrowed, max_points="5") | {"version": draft.version})
    draft.state = RuleSet.State.CONSULTATION
    draft.save()

    told = text(signed_in(leader).get(url("steps", draft)))
    assert "1 批没有提交的草稿用到这次改过或停用的事项：Z02。" in told


def test_where_no_draft_is_touched_nothing_is_said(draft, leader, signed_in):
    draft.state = RuleSet.State.CONSULTATION
    draft.save()
    page = text(signed_in(leader).get(url("steps", draft)))
    assert ("发布这一版" in page, "没有提交的草稿" in page) == (True, False)


@pytest.mark.parametrize("name", ["edit", "steps", "diff"])
def test_a_page_costs_the_same_for_one_change_and_three(
    draft,
    clerk,
    signed_in,
    django_assert_max_num_queries,
    name,
):
    client = signed_in(clerk)
    client.get(url(name, draft))
    with django_assert_max_num_queries(24) as first:
        client.get(url(name, draft))
    draft.rules.filter(code__in=["Z02", "F01", "D01"]).update(item="改过的事项")
    with django_assert_max_num_queries(len(first)):
        client.get(url(name, draft))


def test_the_sheet_for_the_meeting_shows_old_and_new(draft, clerk, signed_in):
    draft.rules.filter(code="Z02").update(max_points=5)

    assert "修改 1 项" in text(signed_in(clerk).get(url("diff", draft)))
    assert "最高分：8 → 5" in text(signed_in(clerk).get(url("diff", draft)))


# --- 会议记录 ---------------------------------------------------------------


@pytest.fixture
def kept_files(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }


def test_the_signed_minutes_stand_with_the_version(draft, clerk, leader, cast, signed_in, kept_files):
    client = signed_in(clerk)
    minutes = reverse("points:rule-minutes", args=[draft.pk])
    client.post(url("consult", draft), {"until": "2026-12-01"})
    assert client.get(minutes).status_code == 404
    meeting = {"meeting": "delegates", "held_on": TODAY, "expected": 78, "attended": 60, "agreed": 52}
    meeting |= {"decision": "记录9号", "filed_on": TODAY, "received_by": "田收件"}
    wrong = SimpleUploadedFile("记录.docx", b"PK\x03\x04 no paper", "application/pdf")
    refused = client.post(url("adopt", draft), meeting | {"minutes": wrong})
    assert (refused.status_code, "照片" in text(refused)) == (422, True)
    draft.refresh_from_db()
    assert (draft.meeting, draft.minutes) == ("", None)

    paper = SimpleUploadedFile("会议记录.pdf", paper_files.pdf(), "application/pdf")
    client.post(url("adopt", draft), meeting | {"minutes": paper})
    client.post(url("adopt", draft), meeting)
    draft.refresh_from_db()
    assert draft.minutes.name == "会议记录.pdf"
    assert minutes in client.get(url("steps", draft)).content.decode()
    response = client.get(minutes)
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert AuditEvent.objects.filter(action="rules.minutes", actor=clerk).count() == 1

    for name, status in (("reviewer", 200), ("leader", 200), ("counter", 404), ("liaison", 404), ("stranger", 404)):
        assert signed_in(cast[name]).get(minutes).status_code == status
    signed_in(leader).post(url("publish", draft), {"effective_from": "2026-12-01"})
    assert "会议记录" in text(signed_in(leader).get(reverse("points:rule-set", args=[draft.pk])))
    with pytest.raises(DatabaseError, match="minutes_of_a_published_rule_set_stay"), transaction.atomic():
        RuleSet.objects.filter(pk=draft.pk).update(minutes=None)


def test_changing_the_items_again_forgets_the_minutes(draft, clerk, signed_in, kept_files):
    client = signed_in(clerk)
    client.post(url("consult", draft), {"until": "2026-12-01"})
    paper = SimpleUploadedFile("会议记录.pdf", paper_files.pdf(), "application/pdf")
    meeting = {"meeting": "delegates", "held_on": TODAY, "expected": 78, "attended": 60, "agreed": 52, "decision": "9"}
    client.post(url("adopt", draft), meeting | {"minutes": paper})
    with pytest.raises(DatabaseError, match="minutes_are_of_a_meeting"), transaction.atomic():
        RuleSet.objects.filter(pk=draft.pk).update(held_on=None)
    client.post(url("reopen", draft))
    draft.refresh_from_db()
    assert (draft.held_on, draft.minutes) == (None, None)


# --- 表格 -------------------------------------------------------------------


def sheet(*changes):
    """The draft's own workbook with some cells put otherwise: (row by code, column title, value)."""

    def change(content):
        book = openpyxl.load_workbook(io.BytesIO(content))
        page = book.active
        titles = [cell.value for cell in page[1]]
        for code, title, value in changes:
            rows = [row for row in page.iter_rows(min_row=2) if row[0].value == code]
            row = rows[0] if rows else page[page.max_row + 1]
            row[0].value = code
            row[titles.index(title)].value = value
        target = io.BytesIO()
        book.save(target)
        return SimpleUploadedFile("细则.xlsx", target.getvalue())

    return change


def exported(client, rule_set):
    return b"".join(client.get(reverse("points:rule-export", args=[rule_set.pk])).streaming_content)


def test_a_version_goes_out_and_comes_back_unchanged(draft, clerk, signed_in):
    draft.rules.filter(code="Z02").update(item="=劳动")
    client = signed_in(clerk)
    content = exported(client, draft)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert page["A1"].value == "编码"
    cell = next(row[1] for row in page.iter_rows(min_row=2) if row[0].value == "Z02")
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=劳动", "s", True)
    shown = client.post(url("import", draft), {"file": SimpleUploadedFile("细则.xlsx", content)})
    assert f"新增 0 项，修改 0 项，不变 {draft.rules.count()} 项" in text(shown)
    assert "没有要写入的事项" in text(shown)


def test_a_workbook_is_compared_and_then_written(draft, clerk, signed_in):
    client = signed_in(clerk)
    new = {"事项": "院坝乱停车", "三治": "自治", "五乐": "乐居", "加减": "减分", "最低分": 1, "最高分": 2, "常用分": 1,
           "计分单位": "户次", "次数上限": 1, "上限周期": "每月", "证明": "选传"}  # fmt: skip
    file = sheet(("Z02", "最高分", 6), *(("H90", title, value) for title, value in new.items()))
    shown = client.post(url("import", draft), {"file": file(exported(client, draft))})
    assert "新增 1 项，修改 1 项" in text(shown)
    assert "最高分：8 → 6" in text(shown)
    assert not draft.rules.filter(code="H90").exists()

    hidden = {
        one.name: one.value
        for one in html.fromstring(shown.content.decode()).xpath("//form[@class='c-foot']//input|//textarea")
    }
    stale = client.post(url("import", draft), hidden | {"version": draft.version + 5})
    assert "这一版刚被改过，请对照后再保存" in text(stale)
    done = client.post(url("import", draft), hidden, follow=True)
    assert "已写入：新增 1 项，修改 1 项" in text(done)
    assert (draft.rules.get(code="Z02").max_points, draft.rules.get(code="H90").sign) == (6, -1)


def test_what_cannot_stand_is_told_by_row_and_nothing_is_written(draft, clerk, signed_in):
    client = signed_in(clerk)
    file = sheet(("Z02", "最高分", 60), ("Z03", "三治", "人治"))(exported(client, draft))
    shown = client.post(url("import", draft), {"file": file})
    assert shown.status_code == 422
    for words in ("要改 2 项", "最高分", "三治：三治填自治、法治、德治", "改好表格再传"):
        assert words in text(shown)
    again = client.post(url("import", draft), {"file": SimpleUploadedFile("x.xlsx", b"%PDF")})
    assert (again.status_code, "只收 .xlsx 表格文件" in text(again)) == (422, True)
    empty = client.post(url("import", draft), {"text": ""})
    assert "没有读到事项" in text(empty)


def test_columns_may_stand_in_another_order(draft, clerk, signed_in):
    titles = ("事项", "编码", "三治", "五乐", "加减", "最低分", "最高分", "常用分", "计分单位", "证明", "评定节奏")
    cells = ("参加劳动", "Z02", "自治", "乐善", "加分", "2", "8", "5", "人次", "选传", "每季")
    titles, cells = (*titles, "分数上限", "上限周期"), (*cells, "24", "每月")
    lines = "\t".join(titles) + "\n" + "\t".join(cells) + "\n"
    shown = signed_in(clerk).post(url("import", draft), {"text": lines})
    assert "参加公共劳动/投工投劳 → 参加劳动" in text(shown)
    assert "评定节奏：随时 → 每季" in text(shown)


def test_how_often_an_item_is_judged_is_kept_and_told(draft, clerk, signed_in):
    client = signed_in(clerk)
    rule = draft.rules.get(code="D01")
    client.post(url("edit", draft), row(rule, rhythm="quarter") | {"version": draft.version})
    rule.refresh_from_db()
    assert rule.rhythm == "quarter"
    assert rule.sentence.endswith("，每季评定一次")
    shown = client.get(reverse("points:rule-set", args=[draft.pk]), {"rule": "D01"})
    assert "评定每季" in text(shown)
    with pytest.raises(DatabaseError, match="rhythm_is_known"), transaction.atomic():
        draft.rules.filter(code="D01").update(rhythm="never")
