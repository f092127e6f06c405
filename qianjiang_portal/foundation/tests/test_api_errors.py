"""What a field of the API is refused with, in the portal's own words."""

import pytest
from django import forms
from rest_framework import exceptions, serializers

from qianjiang_portal.foundation.api import errors


class Row(serializers.Serializer):
    points = serializers.IntegerField(min_value=-9, max_value=9)


class Sent(serializers.Serializer):
    text = serializers.CharField(max_length=3, min_length=2)
    share = serializers.DecimalField(max_digits=4, decimal_places=2)
    day = serializers.DateField()
    at = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    rows = Row(many=True)


GOOD = {
    "text": "三个字",
    "share": "1.5",
    "day": "2026-11-30",
    "at": "2026-11-30T09:00:00Z",
    "is_open": True,
    "rows": [],
}


def words(problems: object) -> list[str]:
    answered = errors.answer(exceptions.ValidationError(problems), {})
    assert answered is not None
    return [one["message"] for several in answered.data["fields"].values() for one in several]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"text": []}, "要写成文字"),
        ({"text": "四个字了"}, "最多 3 个字"),
        ({"text": "字"}, "至少 2 个字"),
        ({"share": "一半"}, "只填数字"),
        ({"day": "30.11.2026"}, "日期写成 2026-11-30 这样"),
        ({"at": "昨天"}, "时间写成 2026-11-30T09:00:00+08:00 这样"),
        ({"is_open": "开"}, "只写 true 或 false"),
        ({"rows": [5]}, "要写成对象"),
        ({"rows": [{"points": "五"}]}, "只填整数"),
        ({"rows": [{"points": 10}]}, "最大是 9"),
        ({"rows": [{"points": -10}]}, "最小是 -9"),
    ],
)
def test_no_framework_speaks_to_whoever_writes(sent: dict[str, object], said: str) -> None:
    serializer = Sent(data=GOOD | sent)

    assert not serializer.is_valid()
    assert words(serializer.errors) == [said]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (forms.DateTimeField(), "时间写成 2026-11-30T09:00:00+08:00 这样"),
        (forms.DateField(), "日期写成 2026-11-30 这样"),
        (forms.IntegerField(), "只填整数"),
        (forms.DecimalField(), "只填数字"),
    ],
)
def test_no_framework_speaks_to_whoever_filters(field: forms.Field, said: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        field.clean("x")

    assert words({"since": [exceptions.ErrorDetail(refused.value.messages[0], refused.value.code)]}) == [said]


def test_what_the_portal_says_itself_stays() -> None:
    own = exceptions.ErrorDetail("写成 2026-11、2026Q4、2026H2 或 2026Y", "invalid")

    assert words({"period": [own]}) == [str(own)]
