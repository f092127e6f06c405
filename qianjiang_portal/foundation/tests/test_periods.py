import pytest

from qianjiang_portal.foundation import periods
from qianjiang_portal.foundation.periods import Period


@pytest.mark.parametrize("slug", ["2026-11", "2026Q4", "2026H2", "2026Y", "1999-01", "2099Y"])
def test_a_period_is_named_by_its_slug(slug):
    assert periods.parse(slug).slug == slug


@pytest.mark.parametrize(
    "slug", ["0000-01", "0000Q1", "0001Y", "9999-12", "9999Q4", "٢٠٢٦-11", "2026-13", "2026Q5", ""]
)
def test_what_is_no_period_is_none(slug):
    with pytest.raises(ValueError, match="not a period"):
        periods.parse(slug)


@pytest.mark.parametrize("period", [Period(0, 1), Period(9999, 12)])
def test_a_year_nobody_means_has_no_first_and_last_day(period):
    with pytest.raises(ValueError, match="out of range"):
        assert period.begins_on < period.ends_on


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/reports/0000Q1/villages/", 404),
        ("/reports/9999Y/villages/", 404),
        ("/dispatch/0000-01/", 200),
        ("/dispatch/9999-12/", 200),
    ],
)
def test_no_page_falls_over_such_a_year(district_officer, signed_in, address, status):
    assert signed_in(district_officer).get(address).status_code == status
