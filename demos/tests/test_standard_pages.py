"""The criteria of a programme on their pages: read by everybody who works with targets, set by the district."""

import pytest
from django.urls import reverse

from conftest import NOW
from demos import criteria, programmes
from demos.tests.test_pages import text


@pytest.fixture
def goal(officer):
    return programmes.set_target(year=2026, level="district", kind="village", minimum=1, hoped=2, by=officer, now=NOW)


def posted(page, **changes):
    """What the form would send, with some of its fields changed."""
    grid, veto = page.context["grid"], page.context["veto"]
    given = {f"item-{name}": value for name, value in grid.management_form.initial.items()}
    for form in grid:
        for name, value in form.initial.items():
            if value is not False:
                given[f"{form.prefix}-{name}"] = value
    return {**given, "vetoes": veto.initial["vetoes"], "seen": page.context["next_version"] - 1, **changes}


def test_the_first_version_starts_from_the_usual_items(goal, officer, signed_in):
    client, url = signed_in(officer), reverse("demos:standard-edit", args=[goal.pk])
    page = client.get(url)
    assert "从常用标准开始，现在合计 100 分" in text(page)
    shown = client.post(url, posted(page), follow=True)
    assert "区级示范村标准第 1 版已发布" in text(shown)
    assert criteria.current(goal).criteria.count() == len(criteria.preset("village"))


def test_a_next_version_keeps_aspects_together_and_says_what_is_wrong(goal, officer, signed_in):
    criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    client, url = signed_in(officer), reverse("demos:standard-edit", args=[goal.pk])
    page = client.get(url)
    new = {"item-16-aspect": "党组织领导有力", "item-16-text": "党员示范户挂牌", "item-16-weight": "6"}
    refused = client.post(url, posted(page, **new))
    assert (refused.status_code, "分值合计要 100，现在是 106" in text(refused)) == (422, True)
    wrong = client.post(url, posted(page, **{**new, "item-16-weight": "x", "item-0-aspect": ""}))
    assert "第 1 行：写明是哪个方面" in text(wrong)
    assert "第 17 行：分值填 1 到 100" in text(wrong)
    saved = client.post(url, posted(page, **new, **{"item-0-text": ""}), follow=True)
    assert "标准第 2 版已发布" in text(saved)
    made = criteria.current(goal)
    assert made.criteria.get(text="党员示范户挂牌").position == 3
    assert not made.criteria.filter(text__startswith="村党组织书记和").exists()
    assert made.criteria.filter(is_veto=True).count() == 4


def test_an_older_version_is_still_there_to_read(goal, officer, stranger, signed_in):
    criteria.publish(programme=goal, items=[criteria.Item("全", "旧的要求", 100)], by=officer, now=NOW)
    criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    client, url = signed_in(stranger), reverse("demos:standard", args=[goal.pk])
    page = text(client.get(url))
    assert "第 2 版， 2026-11-23 发布" in page
    assert "改标准" not in page
    old = text(client.get(url, {"version": "1"}))
    assert "旧的要求" in old
    assert "已换新版" in old


def two_from_the_same_version(goal, officer, client):
    """What one of two officers sends who began from the same version, and the answer once the other has published."""
    url = reverse("demos:standard-edit", args=[goal.pk])
    criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    sent = posted(client.get(url))
    criteria.publish(programme=goal, items=[criteria.Item("全", "另一位加的要求", 100)], by=officer, now=NOW)
    return sent, client.post(url, sent)


def test_what_somebody_else_published_meanwhile_is_not_lost_unseen(goal, officer, signed_in):
    client = signed_in(officer)
    sent, refused = two_from_the_same_version(goal, officer, client)

    assert refused.status_code == 422
    assert "第 2 版刚刚发布，和它对照以后再发布" in text(refused)
    assert 'name="seen" value="2"' in refused.content.decode()
    assert criteria.current(goal).criteria.get().text == "另一位加的要求"
    # Whoever was told and presses once more means it.
    again = client.post(reverse("demos:standard-edit", args=[goal.pk]), {**sent, "seen": "2"})
    assert (again.status_code, criteria.current(goal).version) == (302, 3)


def test_without_the_guard_it_is(goal, officer, signed_in, monkeypatch):
    monkeypatch.setattr(criteria, "_refuse_unseen", lambda last, seen: None)

    assert two_from_the_same_version(goal, officer, signed_in(officer))[1].status_code == 302
    assert not criteria.current(goal).criteria.filter(text="另一位加的要求").exists()


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_versions(count, goal, officer, signed_in, django_assert_num_queries):
    for _ in range(count):
        criteria.publish(programme=goal, items=criteria.preset("village"), by=officer, now=NOW)
    client = signed_in(officer)
    with django_assert_num_queries(12):
        client.get(reverse("demos:standard", args=[goal.pk]))
