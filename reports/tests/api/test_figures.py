"""Figures through the API: those of the dashboards, for whoever may see the place."""

import pytest

from qianjiang_portal.foundation import periods
from reports import figures

FIGURES = "/api/v1/figures/"


def test_the_figures_are_those_of_the_dashboard(posted, district, clerk, api):
    told = api(clerk).get(FIGURES, {"place": district.tongmu.code, "period": "2026-12"}).json()

    counted = figures.place_figures(district.tongmu, periods.parse("2026-12"))
    assert {row["name"]: row["value"] for row in told["figures"]} == {
        name: None if figure.value is None else float(figure.value) for name, figure in counted.figures.items()
    }
    assert (told["place"], told["place_name"], told["period"]) == ("500114112202", "桐木村", "2026-12")
    assert {row["name"]: row["value"] for row in told["figures"]}["net_points"] == 15


@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("clerk", [404, 200, 200]),
        ("reviewer", [404, 404, 200]),
        ("liaison", [404, 404, 200]),
        ("district", [200, 200, 200]),
        ("counter", [404, 404, 404]),
        ("admin", [404, 404, 404]),
        ("stranger", [404, 404, 404]),
    ],
)
def test_everyone_asks_for_the_places_of_their_pages(cast, district, api, person, seen):
    client = api(cast[person])
    places = ["500114", district.zhuoshui.code, district.tongmu.code]

    assert [client.get(FIGURES, {"place": place}).status_code for place in places] == seen


@pytest.mark.parametrize(
    ("asked", "field"),
    [({}, "place"), ({"place": "500114112202", "period": "0000Q1"}, "period"), ({"plaze": "1"}, "plaze")],
)
def test_what_is_asked_wrongly_is_told(clerk, api, asked, field):
    answer = api(clerk).get(FIGURES, asked)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
