"""The line at home for what a village still has to make public."""

import datetime as dt

from conftest import NOW, TODAY
from qianjiang_portal.foundation import periods
from qianjiang_portal.pages import todo
from villages import disclosures, dues
from villages.models import DisclosureItem, Village


def waiting() -> dict[str, tuple[int, int]]:
    rows = dues.with_waiting(Village.objects.all(), TODAY).values_list("short_name", "waiting", "late")
    return {name: (left, late) for name, left, late in rows}


def test_one_line_a_village_until_it_is_public(district, clerk):
    disclosures.load_defaults(since=dt.date(2026, 10, 1))
    assert waiting() == {"桐木村": (1, 1), "三门社区": (1, 1), "中元村": (1, 1)}
    accounts = DisclosureItem.objects.get(code="accounts")
    said = {"village": district.tongmu, "item": accounts, "period": periods.parse("2026-10"), "text": "收支"}
    made = disclosures.publish(**said, by=clerk, now=NOW)
    assert "桐木村" not in waiting()
    [task] = [task for task in todo.tasks(clerk) if task.word == "未公开"]
    assert (task.title, task.detail, task.when) == ("三门社区 三公开", "1 项还没有公开", "其中逾期 1 项")
    assert task.is_late
    disclosures.withdraw(disclosure=made, why="重算", by=clerk, now=NOW)
    assert waiting()["桐木村"] == (1, 1)
    assert todo.count(clerk) == len(todo.tasks(clerk)) == 2
