import pytest
from django.urls import reverse

from qianjiang_portal.foundation import digits

LONG = "9" * 5000


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("007", 7), ("３", 3), ("٣", 3), ("9" * 18, 10**18 - 1), ("9" * 19, None), (LONG, None)]
    + [(text, None) for text in ("", " 7", "-7", "+7", "7.0", "1e3", "²", "①", "NaN", "七")],
)
def test_only_digits_and_no_more_than_a_number_has(text, number):
    assert digits.number(text) == number


@pytest.mark.parametrize("text", ["²", LONG])
def test_python_s_own_way_fails_on_them(text):
    assert text.isdigit()
    with pytest.raises(ValueError, match="int"):
        int(text)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["²", LONG])
def test_no_page_falls_over_a_number_that_is_none(text, make_batch, clerk, district_officer, signed_in):
    draft, client = make_batch(), signed_in(clerk)
    assert client.get(reverse("points:entry-household"), {"household": text}).status_code == 200
    sent = client.post(reverse("points:batch-submit", args=[draft.number]), {"version": text})
    assert sent.status_code in (302, 409, 422)
    assert signed_in(district_officer).get(reverse("demos:meeting-new"), {"planned": text}).status_code == 200
