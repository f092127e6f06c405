"""A version's way: drafted from the reference, narrowed, consulted, carried, filed, published."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from conftest import NOW, TODAY
from points import drafting, rule_guards, rule_lines, rule_pages, rules, suspensions
from points.admin import RuleForm
from points.api.rules import RuleOut
from points.drafting import CannotDraft
from points.models import Rule, RuleSet
from points.rules import Adoption, CannotPublishRules, Filing
from qianjiang_portal.foundation.refusals import Conflict

NEXT = dt.date(2026, 12, 1)


def carried(attended=40, agreed=30, meeting="delegates", on=TODAY):
    return Adoption(meeting, on, 60, attended, agreed, "记录〔2026〕9号")


def item(draft, code="Z02", **changes):
    rule = draft.rules.filter(code=code).first() or Rule(code=code)
    for name, value in changes.items():
        setattr(rule, name, value)
    return rule


def put(draft, clerk, *items, **rest):
    draft.refresh_from_db()
    return drafting.put_items(rule_set=draft, items=items, by=clerk, version=draft.version, now=NOW, **rest)


def consulted(draft, clerk):
    return drafting.consult(rule_set=draft, until=NEXT, by=clerk, now=NOW)


def test_a_place_has_one_open_draft(draft, district, clerk):
    with pytest.raises(CannotDraft, match="还没有发布，先改完那一版"):
        drafting.begin(year=2028, village=district.tongmu, by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="points_place_has_one_open_draft"), transaction.atomic():
        RuleSet.objects.create(scope="village", village=district.tongmu, title="又一版", year=2028)


def test_nobody_drafts_for_another_place(reference, district, stranger, leader):
    for person in (stranger, leader):
        with pytest.raises(CannotDraft, match="没有为这里起草细则的任职"):
            drafting.begin(year=2027, village=district.tongmu, by=person, now=NOW)


WIDER = [
    {"max_points": 9},
    {"min_points": 1, "default_points": 1},
    {"cap_points": 25},
    {"cap_points": None, "cap_count": 1},
    {"cap_period": "day"},
    {"cap_period": "", "cap_points": None},
    {"unit": "household"},
    {"kind": "deduction"},
]


@pytest.mark.parametrize("changes", WIDER)
def test_a_village_does_not_widen(draft, clerk, changes):
    with pytest.raises(CannotDraft, match="还没有保存") as refused:
        put(draft, clerk, item(draft, **changes))
    assert {problem.column for problem in refused.value.problems} <= set(rule_lines.COLUMNS)
    with pytest.raises(IntegrityError, match="points_rule_only_narrows_its_source"), transaction.atomic():
        draft.rules.filter(code="Z02").update(**changes)


@pytest.mark.parametrize(
    "changes", [{"max_points": 5}, {"min_points": 3}, {"cap_points": 20}, {"cap_period": "quarter"}, {"cap_count": 2}]
)
def test_a_village_narrows(draft, clerk, changes):
    put(draft, clerk, item(draft, **changes))

    rule = draft.rules.get(code="Z02")
    assert {name: getattr(rule, name) for name in changes} == changes


def test_a_longer_period_must_hold_whole_shorter_ones():
    lengths = rule_guards.LENGTHS
    held = [(whole, part) for part in lengths for whole in lengths if rule_guards._holds(whole, part)]
    assert ("quarter", "two-months") not in held
    assert ("half-year", "two-months") in held
    assert ("day", "month") not in held


def test_the_reference_itself_is_free(reference, district_officer):
    following = drafting.begin(year=2027, by=district_officer, now=NOW)

    put(following, district_officer, item(following, max_points=20))
    assert following.rules.get(code="Z02").max_points == 20


@pytest.mark.parametrize("text", ["到镇里上访", "满意度测评好评", "抵扣罚款"])
def test_what_is_barred_is_scored_nowhere(draft, clerk, text):
    with pytest.raises(CannotDraft):
        put(draft, clerk, item(draft, item=text))
    with pytest.raises(IntegrityError, match="points_rule_scores_nothing_barred"), transaction.atomic():
        draft.rules.filter(code="Z02").update(item=text)


def test_no_deduction_touches_what_the_law_gives(draft, clerk):
    with pytest.raises(CannotDraft):
        put(draft, clerk, item(draft, "H09", item="没有交医保"))
    with pytest.raises(IntegrityError, match="points_deduction_touches_no_statutory_right"), transaction.atomic():
        draft.rules.filter(code="H09").update(item="没有交医保")
    assert put(draft, clerk, item(draft, item="帮老人交医保"))


def test_items_go_and_come_back(draft, clerk):
    put(draft, clerk, removed=["Z03"])
    assert not draft.rules.filter(code="Z03").exists()
    put(draft, clerk, restored=["Z03", "Z99"])
    assert draft.rules.filter(code="Z03", item="参与公路养护").count() == 1
    assert not draft.rules.filter(code="Z99").exists()


def test_two_at_once_do_not_overwrite(draft, clerk):
    put(draft, clerk, item(draft, max_points=6))

    with pytest.raises(Conflict):
        drafting.put_items(rule_set=draft, items=[], removed=["Z02"], by=clerk, version=1, now=NOW)


def test_a_version_goes_all_the_way(draft, clerk, leader, rule_set, district):
    put(draft, clerk, item(draft, max_points=5))
    consulted(draft, clerk)
    with pytest.raises(CannotPublishRules, match="会议的记录"):
        rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW)
    drafting.adopt(rule_set=draft, adoption=carried(), by=clerk, now=NOW)
    with pytest.raises(CannotPublishRules, match="先报乡镇街道备案"):
        rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW)
    drafting.adopt(rule_set=draft, adoption=carried(), filing=Filing(TODAY, "田收件"), by=clerk, now=NOW)
    rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW)

    assert rules.in_force(district.tongmu, NEXT) == draft
    assert rules.in_force(district.tongmu, TODAY) == rule_set
    assert rules.in_force(district.sanmen, NEXT) == rule_set


@pytest.mark.parametrize(
    ("adoption", "reason"),
    [
        (carried(attended=39), "没有达到法定人数"),
        (carried(agreed=20), "没有过半数"),
        (carried(meeting="all", attended=30, agreed=30), "没有达到法定人数"),
        (carried(on=TODAY - dt.timedelta(days=1)), "会议日期"),
        (carried(on=NEXT), "会议日期"),
    ],
)
def test_a_meeting_that_did_not_carry_is_refused(draft, clerk, adoption, reason):
    consulted(draft, clerk)
    with pytest.raises(CannotDraft, match=reason):
        drafting.adopt(rule_set=draft, adoption=adoption, by=clerk, now=NOW)


@pytest.mark.parametrize(
    ("changes", "wall"),
    [
        ({"attended": 39}, "points_adopted_rule_set_was_carried_by_its_meeting"),
        ({"agreed": 20}, "points_adopted_rule_set_was_carried_by_its_meeting"),
        ({"meeting": "all", "attended": 30}, "points_adopted_rule_set_was_carried_by_its_meeting"),
        ({"meeting": ""}, "points_adopted_rule_set_was_carried_by_its_meeting"),
        ({"filed_on": None}, "points_village_rule_set_is_filed_before_it_counts"),
    ],
)
def test_the_database_counts_the_votes_too(draft, leader, changes, wall):
    whole = {"meeting": "delegates", "held_on": TODAY, "expected": 60, "attended": 40, "agreed": 21}
    whole |= {"filed_on": TODAY, "received_by": "田", "effective_from": NEXT, "published_by": leader}
    whole |= {"published_at": NOW, "state": "published"}
    with pytest.raises(IntegrityError, match=wall), transaction.atomic():
        RuleSet.objects.filter(pk=draft.pk).update(**whole | changes)
    assert RuleSet.objects.filter(pk=draft.pk).update(**whole) == 1


def test_in_consultation_items_stand_still_and_reopening_forgets_the_meeting(draft, clerk):
    consulted(draft, clerk)
    with pytest.raises(CannotDraft, match="征求意见"):
        put(draft, clerk, item(draft, max_points=5))
    drafting.adopt(rule_set=draft, adoption=carried(), by=clerk, now=NOW)
    drafting.reopen(rule_set=draft, by=clerk, now=NOW)

    draft.refresh_from_db()
    assert (draft.state, rules.recorded(draft), draft.consulted_on) == ("draft", None, None)


def test_a_new_deduction_needs_the_publishers_word(draft, clerk, leader):
    line = rule_lines.read(1, dict(zip(rule_lines.COLUMNS, NEW.split("\t"), strict=True)))
    put(draft, clerk, line.rule)
    consulted(draft, clerk)
    drafting.adopt(rule_set=draft, adoption=carried(), filing=Filing(TODAY, "田收件"), by=clerk, now=NOW)

    guard = "减分项只能约束村规民约范围内的事，不能和低保、医保、补贴等法定待遇挂钩"
    with pytest.raises(CannotPublishRules, match=guard):
        rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW)
    words = {"rule_set": draft, "by": leader, "effective_from": NEXT, "now": NOW}
    assert rules.publish(**words, deductions_checked=True).deductions_checked


NEW = "H90\t院坝乱停车\t自治\t乐居\t减分\t1\t２\t1\t户次\t1\t\t每月\t选传\t\t否"


def test_a_published_version_says_what_to_do_instead(rule_set, leader):
    with pytest.raises(CannotPublishRules, match="已发布的版本不能改，可以新建一版"):
        rules.publish(rule_set=rule_set, by=leader, effective_from=NEXT, now=NOW)


def test_published_items_stand(rule_set):
    for change in (lambda rules: rules.update(max_points=7), lambda rules: rules.delete()):
        with pytest.raises(IntegrityError, match="points_published_rules_stand"), transaction.atomic():
            change(Rule.objects.filter(rule_set=rule_set))


def test_what_was_posted_keeps_its_rule(reference, rule_set, rule, district, clerk, leader, entry):
    before = (entry.rule_id, entry.points)
    newer = drafting.begin(year=2027, township=district.zhuoshui, by=clerk, now=NOW)
    consulted(newer, clerk)
    drafting.adopt(rule_set=newer, adoption=carried(), by=clerk, now=NOW)
    rules.publish(rule_set=newer, by=leader, effective_from=NEXT, now=NOW)

    entry.refresh_from_db()
    assert (entry.rule_id, entry.points) == before
    assert entry.rule.rule_set.state == "retired"


def test_the_next_draft_keeps_what_the_place_narrowed(reference, draft, clerk, leader, district):
    put(draft, clerk, item(draft, max_points=5), removed=["Z03"])
    consulted(draft, clerk)
    drafting.adopt(rule_set=draft, adoption=carried(), filing=Filing(TODAY, "田收件"), by=clerk, now=NOW)
    rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW)
    following = drafting.begin(year=2028, village=district.tongmu, by=clerk, now=NOW)

    assert following.rules.get(code="Z02").max_points == 5
    assert not following.rules.filter(code="Z03").exists()
    assert rule_pages.difference(following, draft).is_empty


def test_pasted_rows_say_row_and_column():
    lines = rule_lines.pasted("编码\t事项\n" + NEW + "\nZ1\t\t自治\t乐居\t加分\t5\t2\t2\t户次\t\t\t\t选传")

    assert (lines[0].problems, lines[0].rule.max_points, lines[0].rule.cap_period) == ((), 2, "month")
    assert [str(problem) for problem in lines[1].problems] == [
        "第 3 行 编码：编码写成 Z02 这样",
        "第 3 行 事项：事项没有填写",
    ]


def test_the_shipped_catalogue_is_not_barred(reference):
    assert [rule.code for rule in reference.rules.all() if rule_guards.barred(rule)] == []


def test_a_difference_lists_exactly_what_changed(draft, reference, clerk):
    line = rule_lines.read(1, dict(zip(rule_lines.COLUMNS, NEW.split("\t"), strict=True)))
    put(draft, clerk, item(draft, max_points=5), line.rule, removed=["Z03"])
    found = rule_pages.difference(draft, reference)

    assert [rule.code for rule in found.added] == ["H90"]
    assert [(change.code, change.changes) for change in found.changed] == [("Z02", (("最高分", 8, 5),))]
    assert [rule.code for rule in found.dropped] == ["Z03"]


def vetoed(draft, **more):
    """The reference's own veto item, taken into the draft."""
    facts = {"dimension": "self", "joy": "live", "kind": "deduction", "min_points": 10, "max_points": 10}
    facts |= {"default_points": 10, "code": "H91", "item": "弄虚作假骗取积分", "veto": True}
    return Rule.objects.create(rule_set=draft.based_on, **facts | more)


def test_a_veto_item_stays_one_in_what_is_made_from_it(draft, clerk):
    vetoed(draft)
    drafting.put_items(rule_set=draft, items=[], restored=["H91"], by=clerk, version=draft.version, now=NOW)
    draft.refresh_from_db()
    own = draft.rules.get(code="H91")
    assert own.veto
    assert own.sentence.endswith("，属于一票否决")
    texts = {column: str(value) for column, value in zip(rule_lines.COLUMNS, rule_lines.cells(own), strict=True)}
    assert texts["veto"] == "是"
    line = rule_lines.read(1, texts | {"veto": "否"})
    with pytest.raises(CannotDraft) as refused:
        put(draft, clerk, line.rule)
    assert [(one.column, one.text) for one in refused.value.problems] == [("veto", "H91 参考是一票否决，不能去掉")]
    with pytest.raises(DatabaseError, match="points_rule_only_narrows_its_source"), transaction.atomic():
        draft.rules.filter(code="H91").update(veto=False)


def test_a_place_may_mark_its_own_veto_item_and_suspend_for_it(draft, clerk, leader, district):
    line = rule_lines.read(1, dict(zip(rule_lines.COLUMNS, NEW.split("\t"), strict=True)) | {"veto": "是"})
    put(draft, clerk, line.rule)
    assert draft.rules.get(code="H90").veto
    consulted(draft, clerk)
    drafting.adopt(rule_set=draft, adoption=carried(), filing=Filing(TODAY, "田收件"), by=clerk, now=NOW)
    rules.publish(rule_set=draft, by=leader, effective_from=NEXT, now=NOW, deductions_checked=True)

    assert suspensions.items(district.tongmu, NEXT)["H90"] == "院坝乱停车"
    assert "V03" in suspensions.items(district.tongmu, NEXT)
    assert "H90" not in suspensions.items(district.tongmu, TODAY)
    assert "H90" not in suspensions.items(district.zhongyuan, NEXT)


def test_an_award_is_no_veto_item(draft):
    cells = dict(zip(rule_lines.COLUMNS, NEW.split("\t"), strict=True))
    line = rule_lines.read(1, cells | {"kind": "加分", "veto": "是"})
    assert [(one.column, one.text) for one in line.problems] == [("veto", "减分项才能是一票否决")]
    [unknown] = rule_lines.read(1, cells | {"veto": "也许"}).problems
    assert unknown.text == "一票否决填否、是"
    with pytest.raises(DatabaseError, match="points_veto_item_is_a_deduction"), transaction.atomic():
        draft.rules.filter(code="Z02").update(veto=True)


def test_every_column_of_a_rule_is_told_everywhere():
    assert set(rule_lines.COLUMNS) <= set(RuleOut.Meta.fields)
    assert set(rule_lines.COLUMNS) <= set(RuleForm.Meta.fields)
    assert set(rule_pages.OPEN) <= set(rule_lines.COLUMNS)
