from types import SimpleNamespace

from django.http import HttpRequest
from django.test import RequestFactory

from qianjiang_portal.pages import context
from qianjiang_portal.pages.context import Frame, Item


def asked_by(*posts: tuple[str, str], path: str = "/home/") -> HttpRequest:
    request = RequestFactory().get(path)
    held = [SimpleNamespace(role=role, place_name=place) for role, place in posts]
    request.user = SimpleNamespace(is_authenticated=True, appointments_now=held)  # type: ignore[assignment]
    return request


def shown(request: HttpRequest) -> Frame:
    frame = Frame(request)
    frame.__dict__["_badges"] = {"todo": 3, "batches": 1}
    return frame


def keys(groups: list[list[Item]]) -> list[list[str]]:
    return [[item.key for item in group] for group in groups]


def test_clerk_sees_daily_work_first_and_the_count_of_batches() -> None:
    frame = shown(asked_by(("clerk", "濯水镇")))
    daily = [key for key in ("home", "entry", "activities", "import", "batches") if key in frame._urls]
    assert keys(frame.nav)[0] == daily
    assert frame.place_name == "濯水镇"
    assert {item.key: item.badge for item in frame.nav[0]}["batches"] == 1


def test_reviewer_has_no_entry() -> None:
    found = {key for group in keys(shown(asked_by(("reviewer", "桐木村"))).nav) for key in group}
    assert not found & {"entry", "import", "batches", "admin"}


def test_two_roles_show_each_item_once() -> None:
    frame = shown(asked_by(("clerk", "三门社区"), ("reviewer", "桐木村")))
    found = [key for group in keys(frame.nav) for key in group]
    assert len(found) == len(set(found))
    assert {"entry", "review"} & set(frame._urls) <= set(found)
    assert frame.place_name == "三门社区等2处"


def test_the_longest_address_marks_the_current_item() -> None:
    frame = shown(asked_by(("clerk", "濯水镇"), path="/entry/batches/7/"))
    frame.__dict__["_urls"] = {"home": "/home/", "entry": "/entry/", "batches": "/entry/batches/"}
    assert [item.key for group in frame.nav for item in group if item.current] == ["batches"]


def test_sheets_of_households_belong_to_the_passbooks() -> None:
    for path, key in (
        ("/import/roster/", "households"),
        ("/import/registers/3/", "households"),
        ("/import/3/", "import"),
    ):
        frame = shown(asked_by(("clerk", "濯水镇"), path=path))
        assert [item.key for group in frame.nav for item in group if item.current] == [key]


def test_a_page_this_portal_does_not_have_is_absent() -> None:
    frame = shown(asked_by(("clerk", "濯水镇")))
    frame.__dict__["_urls"] = {"home": "/home/"}
    assert keys(frame.nav) == [["home"]]


def test_phone_tabs_follow_the_first_role() -> None:
    frame = shown(asked_by(("counter", "桐木村积分超市")))
    frame.__dict__["_urls"] = {"redeem": "/redeem/", "households": "/households/", "redeem-day": "/redeem/day/"}
    assert [item.label for item in frame.phone_tabs] == ["兑换", "存折", "今日"]


def test_an_auditor_comes_back_to_the_ledger_by_the_navigation() -> None:
    frame = shown(asked_by(("auditor", "黔江区")))
    assert keys(frame.nav)[0] == ["audit", "ledger", "oddities", "home"]
    assert [item.key for item in frame.phone_tabs][:2] == ["audit", "ledger"]


def test_an_administrator_has_accounts_beside_the_administration() -> None:
    frame = shown(asked_by(("admin", "黔江区")))
    assert keys(frame.nav) == [["home", "staff"], ["rules"], ["admin", "rights", "jobs"]]
    assert [item.label for item in frame.phone_tabs] == ["工作台", "账号", "管理"]


def test_a_liaison_finds_what_the_unit_hands_in() -> None:
    frame = shown(asked_by(("liaison", "黔江区民政局")))
    assert "reports" in [item.key for group in frame.nav for item in group]


def test_a_visitor_has_no_frame() -> None:
    request = RequestFactory().get("/gs/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    assert (Frame(request).nav, Frame(request).place_name, Frame(request).todo_count) == ([], "", 0)


def test_preferences_come_from_cookies_and_ignore_what_they_do_not_know() -> None:
    request = RequestFactory().get("/", {"large": "1"})
    request.COOKIES |= {"density": "compact", "textsize": "900", "contrast": "high", "nav": "narrow"}
    assert context.preferences(request) == {
        "density": "compact",
        "textsize": "100",
        "contrast": "high",
        "reduce_motion": False,
        "nav_state": "narrow",
        "large": True,
    }
