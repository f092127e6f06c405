"""积分细则 to read: which versions, which items, and the item looked at."""

import pytest
from django.urls import reverse
from lxml import html

from conftest import make_person, publish_rules
from points import rules
from points.models import RuleSet

LIST = "/rules/"


def page(rule_set):
    return reverse("points:rule-set", args=[rule_set.pk])


def tree(response):
    return html.fromstring(response.content.decode())


def text(response, path="//main"):
    return " ".join(tree(response).xpath(path)[0].text_content().split())


def titles(response):
    return [version.title for version in response.context["versions"]]


def codes(response):
    return [rule.code for band in response.context["bands"] for rule in band.rules]


@pytest.fixture
def far_rules(district, leader, stranger):
    """石会镇's own version, published by its leader."""
    return publish_rules(
        district.shihui, make_person("leader2", "石副镇长", {"role": "leader", "township": district.shihui})
    )


def test_list_shows_the_reference_and_the_own_townships_version(rule_set, far_rules, clerk, signed_in):
    assert titles(signed_in(clerk).get(LIST)) == ["参考细则", "濯水镇积分细则(2026版)"]


def test_the_district_reads_every_version(rule_set, far_rules, district_officer, signed_in):
    expected = ["参考细则", "石会镇积分细则(2026版)", "濯水镇积分细则(2026版)"]
    assert titles(signed_in(district_officer).get(LIST)) == expected


def test_an_empty_list_says_how_it_fills(district, clerk, signed_in):
    assert "还没有细则" in text(signed_in(clerk).get(LIST))


def test_a_version_of_another_township_is_not_there(rule_set, stranger, signed_in):
    assert signed_in(stranger).get(page(rule_set)).status_code == 404


def test_items_stand_in_bands_by_dimension_with_their_counts(rule_set, clerk, signed_in):
    response = signed_in(clerk).get(page(rule_set))

    bands = [" ".join(band.split()) for band in tree(response).xpath("//tr[@class='c-table__band']/th/text()")]
    counts = {value: rule_set.rules.filter(dimension=value).count() for value in ("self", "law", "virtue")}
    assert bands == [f"自治 {counts['self']} 项", f"法治 {counts['law']} 项", f"德治 {counts['virtue']} 项"]
    assert sum(counts.values()) == len(codes(response)) == rule_set.rules.count()


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("dimension=law&kind=deduction", {"dimension": "law", "kind": "deduction"}),
        ("joy=learn", {"joy": "learn"}),
        ("q=z0", {"code__startswith": "Z0"}),
        ("q=公共劳动", {"item__contains": "公共劳动"}),
        ("dimension=nonsense", {}),
    ],
)
def test_filters_stand_in_the_address(rule_set, clerk, signed_in, query, wanted):
    found = codes(signed_in(clerk).get(f"{page(rule_set)}?{query}"))

    assert sorted(found) == sorted(rule_set.rules.filter(**wanted).values_list("code", flat=True))


def test_the_item_looked_at_is_said_as_villagers_read_it(rule_set, clerk, signed_in):
    response = signed_in(clerk).get(f"{page(rule_set)}?rule=Z02")

    assert text(response, "//blockquote") == "参加公共劳动/投工投劳，每人每次加 2 到 8 分，每月最多24分"
    assert tree(response).xpath("//a[@aria-current='true']/text()") == ["参加公共劳动/投工投劳"]
    assert "2026年生效0 笔" in text(response, "//aside")


def test_use_counts_what_took_effect(entry, clerk, stranger, signed_in):
    aside = text(signed_in(clerk).get(f"{page(entry.rule.rule_set)}?rule=Z02"), "//aside")

    assert "2026年生效3 笔" in aside


def test_use_elsewhere_is_not_told(entry, far_rules, stranger, signed_in):
    aside = text(signed_in(stranger).get(f"{page(far_rules)}?rule=Z02"), "//aside")

    assert "2026年生效0 笔" in aside


def test_the_adoption_is_a_fact_with_its_share(rule_set, clerk, signed_in):
    aside = text(signed_in(clerk).get(page(rule_set)), "//aside")

    record = "2025-12-18 村民代表会议，应到 78 人，到会 60 人，达到三分之二，同意 52 人，会议记录 2025-12"
    assert f"采用记录：{record}" in aside


def test_the_reference_says_who_adopted_it(rule_set, far_rules, clerk, signed_in):
    reference = RuleSet.objects.get(scope="district")

    assert "2 个乡镇街道、0 个村已表决采用" in text(signed_in(clerk).get(page(reference)))


def test_a_narrowed_range_is_named(rule_set, clerk, signed_in, district, leader):
    narrower = rules.draft(title="桐木村细则", year=2026, by=leader, village=district.tongmu, based_on=rule_set)
    narrower.rules.filter(code="Z02").update(max_points=5)
    RuleSet.objects.filter(pk=narrower.pk).update(
        state="published",
        effective_from="2026-02-01",
        published_by=leader,
        published_at="2026-01-20T00:00Z",
        meeting="delegates",
        held_on="2026-01-10",
        expected=30,
        attended=20,
        agreed=11,
        filed_on="2026-01-12",
        received_by="镇党政办",
    )

    aside = text(signed_in(clerk).get(f"{page(rule_set)}?rule=Z02"), "//aside")

    assert "1 版，如桐木村细则 +2～+5" in aside


def test_no_match_can_be_cleared(rule_set, clerk, signed_in):
    assert "没有符合条件的事项清除筛选" in text(signed_in(clerk).get(f"{page(rule_set)}?q=查无此项"))


@pytest.mark.parametrize(("target", "expected"), [("rule-side", "<blockquote"), ("rules", "<table")])
def test_a_script_gets_the_region_it_asks_for(rule_set, clerk, signed_in, target, expected):
    response = signed_in(clerk).get(f"{page(rule_set)}?rule=Z02", headers={"HX-Request": "true", "HX-Target": target})

    html_text = response.content.decode()
    assert expected in html_text
    assert "<main" not in html_text
    assert ("<table" in html_text) == (target == "rules")


@pytest.mark.parametrize("query", ["q=Z01", "q=Z0"])
def test_a_version_costs_the_same_for_one_item_and_nine(rule_set, clerk, signed_in, django_assert_num_queries, query):
    client = signed_in(clerk)

    with django_assert_num_queries(13):
        assert len(codes(client.get(f"{page(rule_set)}?{query}"))) in (1, 9)
