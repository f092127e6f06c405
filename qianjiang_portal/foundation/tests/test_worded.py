"""Every form of the portal refuses in its own words, whatever its fields leave open."""

import copy
from importlib import import_module

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.functional import Promise

from qianjiang_portal.foundation import worded

ROOMS = ("qianjiang_portal.", "villages.", "points.", "demos.", "reports.")
BOUNDS = {"max_length", "min_length", "min_value", "max_value"}


def below(cls):
    return {one for sub in cls.__subclasses__() for one in (sub, *below(sub))}


@pytest.fixture(scope="module")
def portal_forms():
    """All forms that a page of the portal may show; the administration's are the framework's."""
    import_module("qianjiang_portal.urls")
    found = [one for one in below(forms.Form) if one.__module__.startswith(ROOMS) and ".tests." not in one.__module__]
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def silent(field):
    """The refusals a field would leave to the framework."""
    told = field.error_messages
    left = {code for code, text in told.items() if isinstance(text, Promise)}
    return left | {code for one in field.validators if (code := getattr(one, "code", "")) in BOUNDS - told.keys()}


def test_no_form_of_the_portal_answers_in_the_words_of_the_framework(db, portal_forms):
    assert len(portal_forms) > 60
    assert [one for one in portal_forms if not issubclass(one, worded.Form)] == []
    left = {}
    for one in portal_forms:
        for name, kept in one.base_fields.items():
            field = copy.deepcopy(kept)
            worded.word(field)
            left |= {f"{one.__module__}.{one.__name__}.{name}": silent(field)} if silent(field) else {}

    assert left == {}


class Everything(worded.Form):
    name = forms.CharField(label="姓名", max_length=3)
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    count = forms.IntegerField(label="户数", min_value=1)
    points = forms.DecimalField(label="得分", max_digits=4, decimal_places=2)
    on = forms.DateField(label="日期")
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲")])
    several = forms.MultipleChoiceField(label="范围", choices=[("a", "甲")])
    paper = forms.FileField(label="文件")
    version = forms.IntegerField(widget=forms.HiddenInput, label="")
    own = forms.CharField(label="原因", error_messages={"required": "写明原因"})


def said(data, **files):
    return {name: list(texts) for name, texts in Everything(data, files).errors.items()}


def test_what_is_missing_is_called_by_its_label():
    assert said({}) == {
        "name": ["姓名没有填写"],
        "year": ["年度没有填写"],
        "count": ["户数没有填写"],
        "points": ["得分没有填写"],
        "on": ["日期没有填写"],
        "kind": ["类别没有选"],
        "several": ["范围没有选"],
        "paper": ["文件没有选"],
        "version": [worded.AGAIN],
        "own": ["写明原因"],
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "冉光明家", "姓名最多 3 个字"),
        ("year", "今年", "年度只填整数"),
        ("year", "1999", "年度填 2020 到 2100"),
        ("year", "2101", "年度填 2020 到 2100"),
        ("count", "0", "户数不小于 1"),
        ("points", "多", "得分填数，最多 2 位小数"),
        ("points", "1.234", "得分填数，最多 2 位小数"),
        ("points", "123", "得分太大了"),
        ("on", "明天", "日期写成 2026-11-30 这样"),
        ("kind", "b", "类别从列表里选"),
        ("several", ["b"], "范围从列表里选"),
        ("version", "x", worded.AGAIN),
    ],
)
def test_what_cannot_be_is_said_with_what_could_be(name, value, words):
    assert said({name: value})[name] == [words]


def test_an_empty_file_is_told():
    assert said({}, paper=SimpleUploadedFile("a.pdf", b""))["paper"] == ["文件是空的，请换一个文件"]


def test_a_form_of_the_framework_would_be_found():
    """The harm without the guard."""
    assert silent(forms.IntegerField(label="年度", min_value=1)) == {"required", "invalid", "min_value"}
