"""A pasted list of nominations: understood line by line, kept together or not at all."""

import pytest
from django.urls import reverse
from lxml import html

from conftest import NOW
from points import honours, nominating
from points.honours import CannotHonour, Nominee
from points.models import Honour, HonourKind
from qianjiang_portal.foundation.models import AuditEvent

LIST = """1. 文明家庭 冉光明 邻里和睦，帮邻居收谷子
好媳妇	冉小妹	照顾婆婆三年
文明家庭，0201，垃圾分类带头
"""


@pytest.fixture
def read(district, clerk):
    def act(text, by=clerk):
        return nominating.read(village=district.tongmu, text=text, year=2026, by=by, now=NOW)

    return act


def text(response):
    return " ".join(" ".join(html.fromstring(response.content.decode()).xpath("//main")[0].itertext()).split())


def test_lines_are_understood_by_name_number_and_member(read, district):
    reading = read(LIST)
    assert [(line.kind.name, line.whose, line.deed) for line in reading.lines] == [
        ("文明家庭", "冉光明", "邻里和睦,帮邻居收谷子"),
        ("好媳妇", "冉小妹", "照顾婆婆三年"),
        ("文明家庭", "覃世明", "垃圾分类带头"),
    ]
    assert reading.is_ready
    assert (Honour.objects.count(), AuditEvent.objects.filter(action="honour.nominate").count()) == (0, 0)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("最美少年 冉光明 助人", "没有“最美少年”这种荣誉"),
        ("文明家庭 冉光明", "一行写荣誉、姓名、事迹"),
        ("文明家庭 没这人 助人", "没有找到“没这人”"),
        ("文明家庭 冉光明 冉光明帮邻居", "事迹会公示，不写全名"),
        ("文明家庭 冉光明 电话 13800138000", "手机号"),
    ],
)
def test_what_is_not_clear_is_told_at_its_line(read, line, problem):
    reading = read(f"文明家庭 覃世明 和睦\n{line}")
    assert [bool(one.problem) for one in reading.lines] == [False, True]
    assert problem in reading.lines[1].problem


def test_the_same_twice_in_a_list_is_told(read):
    reading = read("文明家庭 冉光明 和睦\n文明家庭 冉光明 和睦")
    assert "已经提名" in reading.lines[1].problem


def test_all_are_put_forward_or_none(district, clerk):
    kind = HonourKind.objects.get(name="文明家庭")
    good, bad = (
        honours.Nomination(kind, Nominee(home), deed) for home, deed in zip(district.homes, ("和睦", " "), strict=False)
    )
    said = {"village": district.tongmu, "year": 2026, "by": clerk, "now": NOW}
    with pytest.raises(CannotHonour, match=r"第 2 个.*写明事迹"):
        honours.nominate_all(nominations=[good, bad], **said)
    assert not Honour.objects.exists()
    assert len(honours.nominate_all(nominations=[good], **said)) == 1
    with pytest.raises(CannotHonour, match="名单是空的"):
        honours.nominate_all(nominations=[], **said)


def test_the_clerk_pastes_checks_and_puts_forward(district, clerk, signed_in):
    client = signed_in(clerk)
    url = reverse("points:honour-paste", args=[district.tongmu.code])
    assert client.get(url).status_code == 200
    wrong = client.post(url, {"text": "文明家庭 没这人 助人", "year": "2026", "step": "add"})
    assert (wrong.status_code, Honour.objects.count()) == (422, 0)
    assert "1 行要改" in text(wrong)
    checked = client.post(url, {"text": LIST, "year": "2026", "step": "read"})
    assert "读到 3 行，都可以提名" in text(checked)
    done = client.post(url, {"text": LIST, "year": "2026", "step": "add"}, follow=True)
    assert "已提名 3 个，等评议小组评议" in done.content.decode()
    assert Honour.objects.count() == 3
    empty = client.post(url, {"text": " ", "year": "2026", "step": "read"})
    assert (empty.status_code, "粘贴或写上名单" in text(empty)) == (422, True)


def test_queries_grow_by_the_line_and_not_by_the_register(read, django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        read("文明家庭 冉光明 和睦")
