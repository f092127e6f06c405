"""资料变更: every change in words, narrowed and paged, for auditors alone."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from conftest import NOW
from points.tests.views.cost import own_queries
from qianjiang_portal.foundation import calendar, options
from qianjiang_portal.pages.auditing import changes
from qianjiang_portal.tests.test_history import asked_by
from villages.models import Grid, Household, Resident, Village

LIST = reverse("audit-changes")


def rows(response):
    body = re.search(r"<tbody.*?</tbody>", response.content.decode(), re.S)
    parts = re.findall(r"<tr>.*?</tr>", body[0], re.S) if body else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)).strip() for part in parts]


@pytest.fixture
def reader(signed_in, auditor):
    return signed_in(auditor)


@pytest.fixture
def changed(district, admin_person, clerk):
    """A village by an administrator, a household by a clerk, a setting by nobody, each on a day of its own."""
    with calendar.at(NOW - dt.timedelta(days=2)):
        asked_by(
            admin_person, lambda: Village.objects.filter(pk=district.tongmu.pk).update(phone="", uses_points=False)
        )
    home = district.homes[0]
    other = Grid.objects.filter(village=district.tongmu).exclude(pk=home.grid_id).get()
    with calendar.at(NOW - dt.timedelta(days=1)):
        asked_by(clerk, lambda: Household.objects.filter(pk=home.pk).update(head_name="冉小明", grid=other))
    options.put(name="notice_days", value=9)
    return home, other


def test_each_field_is_told_in_words(reader, changed):
    home, other = changed
    setting, household, village = rows(reader.get(LIST))[:3]

    assert setting.endswith("系统 设置 新建 公示天数 名称 公示天数 值 9")
    assert f"{home.number} 冉小明" in household
    assert "冉晓莉 农户 修改" in household
    assert f"组 濯水镇桐木村{home.grid.name} 改为 濯水镇桐木村{other.name}" in household
    assert "户主 冉光明 改为 冉小明" in household
    assert village.endswith("村和社区 修改 濯水镇桐木村 监督电话 023-0000 0618 改为 空 实行积分制 是 改为 否")


def test_an_appointment_is_told_by_person_and_place(reader, clerk):
    shown = rows(reader.get(LIST, {"table": "villages_appointment"}))

    told = next(row for row in shown if "冉晓莉" in row)
    assert "冉晓莉，乡镇经办 用户 冉晓莉 角色 乡镇经办 乡镇街道 濯水镇 开始 2026-01-01" in told
    assert "成员单位" not in told


def test_the_villages_somebody_covers_come_and_go(reader, counter, district):
    post = counter.appointments.get()
    post.villages.set([district.sanmen])
    shown = rows(reader.get(LIST, {"table": "villages_appointment_villages"}))

    assert "任职的村 新建 杨店员，兑换经办 任职 杨店员，兑换经办 服务或结对的村 濯水镇三门社区" in shown[0]
    assert "任职的村 删除 杨店员，兑换经办 任职 杨店员，兑换经办 服务或结对的村 濯水镇桐木村" in shown[1]


def test_what_was_removed_is_called_as_it_was(reader, district):
    person = Resident.objects.filter(household=district.homes[0], is_head=False).get()
    person.delete()

    assert "家庭成员 删除 冉小妹" in rows(reader.get(LIST))[0]


@pytest.mark.parametrize(
    ("asked", "tables"),
    [
        ({"table": "villages_household"}, ["villages_household"]),
        ({"person": "冉晓"}, ["villages_household"]),
        ({"person": "admin"}, ["villages_village"]),
        ({"since": "2026-11-22", "until": "2026-11-22"}, ["villages_household"]),
        ({"person": "谁也不是"}, []),
    ],
)
def test_it_is_narrowed(changed, asked, tables):
    found = changes.page(changes.Filters.read(asked)).lines

    assert [line.change.table for line in found] == tables


def test_what_cannot_be_read_is_not_asked_for(reader, changed):
    for bad in ({"table": "points_entry"}, {"since": "gestern"}, {"before": "x"}, {"until": "2026-13-01"}):
        assert len(rows(reader.get(LIST, bad))) == len(rows(reader.get(LIST)))


def test_pages_go_on_from_the_last_row(reader, district):
    for n in range(60):
        Village.objects.filter(pk=district.tongmu.pk).update(phone=f"023-{n:04}")
    first = reader.get(LIST, {"table": "villages_village"})
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = rows(reader.get(LIST + older))

    assert len(rows(first)) == 50
    assert "023-0010 改为 023-0011" in rows(first)[48]
    assert "023-0008 改为 023-0009" in second[0]


def test_three_rows_cost_what_one_costs(reader, district):
    own_queries(reader, LIST)
    ones = []
    for count in (1, 3):
        for home in district.homes[:count]:
            Household.objects.filter(pk=home.pk).update(aliases=f"别名{count}")
        ones.append(own_queries(reader, LIST + "?table=villages_household"))

    assert ones[0] == ones[1]


def test_where_nothing_changed_it_says_so(reader):
    assert "没有这样的变更" in reader.get(LIST, {"person": "谁也不是"}).content.decode()
    assert reverse("audit-changes") in reader.get(reverse("audit")).content.decode()
