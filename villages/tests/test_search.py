"""A household answers to every way of typing it; an empty text is every household."""

import pytest

from villages import search
from villages.models import Household, Village


def heads(text):
    return set(Household.objects.filter(search.households(text)).values_list("head_name", flat=True))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("冉光明", {"冉光明"}),
        ("光明", {"冉光明"}),
        ("rgm", {"冉光明"}),
        ("RGM", {"冉光明"}),
        ("ｒｇｍ", {"冉光明"}),
        ("r g", {"冉光明"}),
        ("ranguang", {"冉光明"}),
        ("qsm", {"覃世明"}),
        ("tsm", {"覃世明"}),
        ("oyn", {"欧阳娜"}),
        ("0201", {"覃世明", "田茂云", "谭秀英"}),
        ("500114112202-01-0101", {"冉光明"}),
        ("５００１１４１０６", {"石远方", "谭秀英", "陶德华"}),
        ("gm", set()),
        ("查无此人", set()),
    ],
)
def test_households_answer_to_names_letters_and_numbers(district, text, found):
    assert heads(text) == found


def test_an_empty_text_is_every_household(district):
    assert len(heads("  ")) == len(heads("")) == 14


def test_an_alias_is_a_name(district):
    Household.objects.filter(head_name="冉光明").update(aliases="冉大炮")

    assert heads("大炮") == {"冉光明"}


def test_what_means_something_to_a_pattern_is_text(district):
    assert heads("%") == heads("冉.明") == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("桐木", {"桐木村"}),
        ("濯水", {"桐木村", "三门社区"}),
        ("500114106", {"中元村"}),
        ("没有", set()),
        ("tmc", {"桐木村"}),
        ("TM", {"桐木村"}),
        ("tongmu", {"桐木村"}),
        ("zy", {"中元村"}),
        ("zsz", {"桐木村", "三门社区"}),
        ("mc", set()),
    ],
)
def test_villages_answer_to_their_name_pinyin_township_and_code(district, text, found):
    assert set(Village.objects.filter(search.villages(text)).values_list("short_name", flat=True)) == found
