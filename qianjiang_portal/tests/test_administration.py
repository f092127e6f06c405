"""系统管理 as a whole: what is registered and what never is, in Chinese, searched, asked twice, recorded."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, reverse
from lxml import html

from points import permissions, rules
from points.models import HonourKind, RuleSet
from qianjiang_portal.foundation import option_words, options
from qianjiang_portal.foundation.models import AuditEvent, Change, Option
from villages.models import Unit

KEPT = {
    "villages.User",
    "villages.Township",
    "villages.Village",
    "villages.Grid",
    "villages.Unit",
    "villages.Indicator",
    "villages.DisclosureItem",
    "foundation.Option",
    "points.RuleSet",
    "points.HonourKind",
    "demos.Criterion",
}
# Words that are the same in every language here.
LATIN = {"ID", "JSON"}


def registered():
    return sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)


def address(model, what, *arguments):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=arguments)


def text(response):
    return response.content.decode()


@pytest.fixture
def inside(admin_person, signed_in):
    return signed_in(admin_person)


@pytest.fixture
def draft(district_officer):
    """With three of its items: the page of all of them takes seconds."""
    made = rules.draft(title="黔江区乡村治理积分参考细则（2027版）", year=2027, by=district_officer)
    made.rules.filter(code__gt=made.rules.order_by("code")[2].code).delete()
    return made


@pytest.fixture
def unit(db):
    return Unit.objects.create(code="nyw", name="区农业农村委")


def sent(page, **changed):
    """The fields of a page's form as a browser would send them."""
    form = page.context["adminform"].form
    fields = {form.add_prefix(name): form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    for inline in page.context["inline_admin_formsets"]:
        for part in (inline.formset.management_form, *inline.formset.forms):
            fields |= {part.add_prefix(n): part.get_initial_for_field(f, n) for n, f in part.fields.items()}
    fields = {name: getattr(value, "pk", value) for name, value in fields.items()} | changed
    return {name: value for name, value in fields.items() if value not in (None, False)}


def test_nothing_else_can_be_touched_here():
    """Whoever registers another model has to come by here and say why; entries, seals and batches never do."""
    assert {model._meta.label for model, _ in registered()} == KEPT
    for model in apps.get_models():
        if model._meta.label not in KEPT:
            with pytest.raises(NoReverseMatch):
                address(model, "changelist")


def test_every_list_is_searched_filtered_and_in_chinese(inside, cast):
    for model, kept in registered():
        assert kept.search_fields, model
        assert kept.list_filter, model
        page = text(inside.get(address(model, "changelist"), {"q": "冉"}))
        heads = re.findall(r'<div class="text">(.*?)</div>', page, re.S)
        plain = {re.sub(r"<[^>]+>", "", head).strip() for head in heads}
        assert [head for head in plain if re.search(r"[A-Za-z]{2}", head)] == [], model


ENGLISH = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]+)*")


def english(response):
    """Words of English that somebody sees, hears from a screen reader, or reads on the window."""
    page = html.fromstring(text(response))
    for other in page.xpath("//script | //style | //option | //*[@id='user-tools']/strong"):
        other.drop_tree()
    said = [*page.itertext(), *page.xpath("//@title | //@aria-label | //@placeholder | //@alt")]
    return sorted({found.group() for one in said for found in [ENGLISH.search(one)] if found})


def test_contents_stand_by_what_they_are_for(inside):
    """Each thing that is kept has its place in a group; the pages of accounts and rights stand beside people."""
    groups = inside.get(reverse("admin:index")).context["app_list"]
    assert [group["name"] for group in groups] == [
        "单位与行政区划", "人员与权限", "积分细则与荣誉", "登记与创建", "设置",
    ]  # fmt: skip
    listed = {one["name"]: one["admin_url"] for group in groups for one in group["models"]}
    assert {str(model._meta.verbose_name_plural) for model, _ in registered()} <= set(listed)
    for name in set(listed) - {str(model._meta.verbose_name_plural) for model, _ in registered()}:
        assert inside.get(listed[name]).status_code == 200
    assert len(listed) == len(KEPT) + 2


def test_all_settings_are_told_also_those_nobody_changed(inside, db):
    option = options.put(name="notice_days", value=9)
    every = {one.name: one for one in inside.get(address(Option, "changelist")).context["every"]}

    assert set(every) == set(options.SETTINGS)
    assert (every["notice_days"].now, every["notice_days"].default) == ("9", "7")
    assert every["notice_days"].href == address(Option, "change", option.pk)
    untouched = inside.get(every["objection_working_days"].href).context["adminform"].form
    assert (untouched["name"].value(), untouched["value"].value()) == ("objection_working_days", "5")


def test_an_empty_setting_waits_for_a_value(inside, db):
    assert "null" not in text(inside.get(address(Option, "add")))


def test_the_frame_is_in_chinese_too(inside, unit):
    assert english(inside.get(reverse("admin:index"))) == []
    assert english(inside.get(address(Unit, "changelist"))) == ["nyw"]
    assert english(inside.get(address(Unit, "add"))) == []
    assert english(inside.get(address(Unit, "history", unit.pk))) == []


def test_a_form_that_is_not_accepted_says_so_in_chinese(inside, unit):
    response = inside.post(address(Unit, "change", unit.pk), {"code": "", "name": "", "position": "0"})

    assert "<title>有要改的地方 | " in text(response)
    assert english(response) == []


def test_every_form_is_in_chinese(inside, draft, unit, cast):
    for model, kept in registered():
        request = inside.get(reverse("admin:index")).wsgi_request
        form = kept.get_form(request, None)()
        named = {str(field.label) for field in form.fields.values()}
        assert [label for label in named if re.search(r"[A-Za-z]{2}", label) and label not in LATIN] == [], model


def test_nothing_is_deleted_but_a_setting_goes_back_to_its_default(inside, unit, draft, district):
    for model, _kept in registered():
        row = model._default_manager.first()
        if row is not None and model is not Option:
            assert inside.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
    option = options.put(name="notice_days", value=9)
    page = inside.get(address(Option, "delete", option.pk))
    assert "确定" in text(page)
    assert options.get("notice_days") == 9
    inside.post(address(Option, "delete", option.pk), {"post": "yes"})
    assert options.get("notice_days") == 7
    assert AuditEvent.objects.get(action="admin.delete").target.startswith("设置 ")


@pytest.mark.parametrize(
    ("model", "changed", "said"),
    [
        ("villages.Township", {"code": "123"}, "代码是 9 位数字"),
        ("villages.Village", {"code": "123"}, "代码是 12 位数字"),
        ("villages.Township", {"phone": "打镇政府"}, "监督电话只填一个号码，如 023-79240000，没有就空着"),
        ("villages.Village", {"phone": "023-00000618、023-00000619"}, "监督电话只填一个号码"),
        ("villages.Grid", {"number": "1"}, "已有同样村和序号的网格(组)"),
        ("villages.Township", {"code": "500114112"}, "已有这个统计用区划代码的乡镇街道"),
        ("villages.Unit", {"code": "坏 码"}, "只用字母、数字、横线和下划线"),
        ("villages.Unit", {"code": "other", "name": "区农业农村委"}, "已有这个名称的成员单位"),
        ("villages.Grid", {"number": "0"}, "组号填 1 到 99"),
        ("points.HonourKind", {"holder": "village", "rule_code": "D08"}, "的荣誉才能转积分"),
    ],
)
def test_what_the_table_would_refuse_is_said_at_the_field(inside, district, unit, model, changed, said):
    """The name of a constraint means nothing to whoever types."""
    kept = apps.get_model(model)
    given = {"code": "500114199", "name": "新的", "short_name": "新的", "kind": "town", "position": "9", "phone": ""}
    given |= {
        "township": str(district.zhuoshui.pk),
        "village": str(district.tongmu.pk),
        "rule_code": "",
        "is_open": "on",
    }
    given |= {"kind": "village"} if model == "villages.Village" else {}
    before = kept.objects.count()
    response = inside.post(address(kept, "add"), given | changed)

    assert (response.status_code, "约束" in text(response)) == (200, False)
    assert said in str(response.context["adminform"].form.errors)
    assert kept.objects.count() == before


def test_what_is_dangerous_is_asked_twice_and_then_recorded(inside, unit, admin_person):
    form = {"code": "nyw", "name": "区农业农村委员会", "position": "0"}
    url = address(Unit, "change", unit.pk)
    asked = inside.post(url, form)

    assert "名称：区农业农村委 改为 <strong>区农业农村委员会</strong>" in text(asked)
    unit.refresh_from_db()
    assert unit.name == "区农业农村委"
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text(asked)))
    assert inside.post(url, again | {"_sure": "1"}).status_code == 302
    unit.refresh_from_db()
    assert unit.name == "区农业农村委员会"
    event = AuditEvent.objects.get(action="admin.change")
    assert (event.actor, event.target, event.facts) == (admin_person, "成员单位 区农业农村委员会", {"fields": "名称"})
    change = Change.objects.get(table="villages_unit", kind="update")
    assert (change.actor, change.old, change.new) == (
        admin_person,
        {"name": "区农业农村委"},
        {"name": "区农业农村委员会"},
    )


def test_what_is_harmless_is_not_asked_about(inside, unit):
    form = {"code": "nyw", "name": "区农业农村委", "position": "3"}

    assert inside.post(address(Unit, "change", unit.pk), form).status_code == 302
    assert Unit.objects.get(pk=unit.pk).position == 3


def test_a_form_that_is_not_accepted_is_explained_and_not_asked_about(inside, unit):
    response = inside.post(address(Unit, "change", unit.pk), {"code": "不是代码", "name": "", "position": "0"})

    assert (response.status_code, "再确认一次" in text(response)) == (200, False)
    assert len(response.context["errors"]) > 0


@pytest.mark.parametrize(
    ("name", "before", "after", "asked"), [("year_end", "carry", "reset", True), ("notice_days", 8, 9, False)]
)
def test_grave_settings_are_asked_twice(inside, db, name, before, after, asked):
    option = options.put(name=name, value=before)
    value = f'"{after}"' if isinstance(after, str) else after
    response = inside.post(address(Option, "change", option.pk), {"name": name, "value": value})

    assert ("再确认一次" in text(response)) is asked
    assert options.get(name) == (before if asked else after)


def test_a_grave_setting_is_asked_twice_the_first_time_too(inside, db):
    """A setting without a row stands at its default: its first row changes it as much as any later one."""
    form = {"name": "year_end", "value": "reset"}
    asked = text(inside.post(address(Option, "add"), form))
    assert "年末积分怎么办：全部结转 改为 <strong>全部清零</strong>" in asked
    assert "再确认一次：年末积分怎么办" in asked
    assert options.get("year_end") == "carry"
    assert inside.post(address(Option, "add"), form | {"_sure": "1"}).status_code == 302
    assert options.get("year_end") == "reset"


UNREADABLE = (
    ("star_points", "[10, 20", "要写 5 个数"),
    ("star_points", "10、二十", "写数字"),
    ("star_points", '["a"]', "写数字"),
    ("self_lookup", "也许", "可以写 是、否"),
    ("second_factor_roles", "区级、经办", "可以写 区级、审计员、系统管理员"),
    ("working_day_overrides", "10月8日 上班", "不是日期"),
    ("working_day_overrides", "2026-10-08 半天", "可以写 上班、休息"),
    ("veto_items", "V01", "看不懂：一行一项"),
    ("circular_mark", " ", "不能空着"),
)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("self_lookup", "是", True),
        ("self_lookup", "False", False),
        ("notice_days", " 9 ", 9),
        ("circular_mark", "黔江治理", "黔江治理"),
        ("circular_mark", '"黔江治理"', "黔江治理"),
        ("star_points", "[10, 20, 30, 40, 50]", [10, 20, 30, 40, 50]),
        ("star_points", "10、20，30 40,50", [10, 20, 30, 40, 50]),
        ("working_day_overrides", "2026-10-10 上班\n2026-10-09：休息", {"2026-10-10": True, "2026-10-09": False}),
        ("working_day_overrides", "", {}),
        ("veto_items", "V01 严重违法，有文书", {"V01": "严重违法，有文书"}),
    ],
)
def test_a_setting_is_typed_as_people_write_it(inside, db, name, value, kept):
    assert inside.post(address(Option, "add"), {"name": name, "value": value}).status_code == 302
    assert options.get(name) == kept


def test_what_cannot_be_read_as_a_value_is_told_in_words(inside, db):
    for name, value, said in UNREADABLE:
        response = inside.post(address(Option, "add"), {"name": name, "value": value})
        assert said in text(response)
    assert not Option.objects.exists()


@pytest.mark.parametrize("name", options.SETTINGS)
def test_a_setting_reads_as_it_is_written(name):
    """In words alone: no brackets, no quotes, no words of the program."""
    setting = options.SETTINGS[name]
    said = option_words.say(setting, setting.default)

    assert option_words.understand(name, said) == setting.default
    assert not re.search(r"""[\[\]{}"']|[a-z]{2}""", said.replace("SHA-256", ""))


def test_settings_stand_in_words(inside, db):
    options.put(name="second_factor_roles", value=["district", "auditor"])
    options.put(name="working_day_overrides", value={"2026-10-10": True})
    every = {one.name: one for one in inside.get(address(Option, "changelist")).context["every"]}
    chosen = inside.get(every["year_end"].href).content.decode()

    assert [(every[name].now, every[name].default) for name in ("year_end", "second_factor_roles")] == [
        ("全部结转", "全部结转"),
        ("区级、审计员", "没有"),
    ]
    assert (every["working_day_overrides"].now, every["self_lookup"].now) == ("2026-10-10 上班", "否")
    assert re.search(r'<option value="全部结转" selected>', chosen)
    assert "可以写 区级、审计员、系统管理员" in text(inside.get(every["second_factor_roles"].href))


@pytest.mark.parametrize(("value", "said"), [("179", "在 180 到 36500 之间"), ('"x"', "写数字")])
def test_a_setting_out_of_bounds_is_refused_with_words(inside, db, value, said):
    response = inside.post(address(Option, "add"), {"name": "audit_keep_days", "value": value})

    assert said in text(response)
    assert options.get("audit_keep_days") == 1095


def test_an_administrator_takes_a_draft_out_and_in_as_a_workbook_and_the_district_publishes(inside, draft, clerk):
    tools = inside.get(address(RuleSet, "change", draft.pk)).content.decode()
    out, edit = reverse("points:rule-export", args=[draft.pk]), reverse("points:rule-edit", args=[draft.pk])
    assert (f'href="{out}"' in tools, f'href="{edit}#workbook"' in tools) == (True, True)
    assert reverse("points:rule-begin") in inside.get(address(RuleSet, "changelist")).content.decode()

    sheet = SimpleUploadedFile("细则.xlsx", b"".join(inside.get(out).streaming_content))
    compared = inside.post(reverse("points:rule-import", args=[draft.pk]), {"file": sheet})
    assert (compared.status_code, "比对结果" in text(compared)) == (200, True)
    assert inside.post(reverse("points:rule-publish", args=[draft.pk])).status_code == 403
    assert not permissions.can_draft_rules(clerk, draft)


def test_an_item_of_a_draft_is_changed(inside, draft):
    url = address(RuleSet, "change", draft.pk)
    page = inside.get(url)
    response = inside.post(url, sent(page, **{"rules-0-item": "参加院坝会议"}))

    assert response.status_code == 302, response.context and response.context["errors"]
    assert draft.rules.order_by("code").first().item == "参加院坝会议"
    draft.refresh_from_db()
    assert draft.version == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rules-0-item": "不上访"}, "“上访”不能计分"),
        ({"rules-0-default_points": "999"}, "常用分在最低分和最高分之间"),
        ({"rules-0-item": ""}, "必填"),
    ],
)
def test_an_item_that_cannot_be_is_explained_at_the_field(inside, draft, changed, said):
    url, before = address(RuleSet, "change", draft.pk), list(draft.rules.order_by("pk").values())
    response = inside.post(url, sent(inside.get(url), **changed))

    assert (response.status_code, said in text(response)) == (200, True)
    assert list(draft.rules.order_by("pk").values()) == before


def test_what_is_no_draft_any_more_is_only_read(inside, draft):
    RuleSet.objects.filter(pk=draft.pk).update(state=RuleSet.State.CONSULTATION)
    url = address(RuleSet, "change", draft.pk)

    assert '<input type="submit"' not in text(inside.get(url))
    assert inside.post(url, {"title": "改了", "year": "2027"}).status_code == 403


def test_a_places_own_version_is_not_here(inside, rule_set):
    assert rule_set.scope == RuleSet.Scope.TOWNSHIP
    url = address(RuleSet, "change", rule_set.pk)

    assert (inside.get(url).status_code, inside.post(url, {"title": "改了"}).status_code) == (302, 302)
    assert rule_set.title not in text(inside.get(address(RuleSet, "changelist")))
    assert not RuleSet.objects.filter(title="改了").exists()


def test_an_honour_kind_is_kept(inside, db):
    form = {"name": "好邻居", "holder": "household", "rule_code": "", "position": "50", "is_open": "on"}
    assert inside.post(address(HonourKind, "add"), form).status_code == 302
    form["name"] = ""
    assert "必填" in text(inside.post(address(HonourKind, "add"), form))
    form |= {"name": "好村子", "holder": "village", "rule_code": "Z01"}
    assert inside.post(address(HonourKind, "add"), form).status_code == 200
    assert set(HonourKind.objects.filter(position=50).values_list("name", flat=True)) == {"好邻居"}
