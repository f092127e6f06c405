"""Two workbooks a village sent yesterday, looked through and waiting for its clerk: a cleaning day and a roster."""

import datetime as dt

from points import imports, registers
from points.models import Import, RegisterFile
from qianjiang_portal.foundation import calendar, jobs, workbooks
from qianjiang_portal.pages.demo.people import Cast
from villages.models import Household, Village

HEAD = tuple((title, 12) for title in ("户主", "户号", "事项", "日期", "分值", "备注"))
ROSTER_HEAD = tuple((title, 12) for title in ("户主", "户号", "组", "人口", "家庭成员"))
# Cleaning day: everybody may come, as often as there is one.
RULE, POINTS, LINES, WITH_A_NUMBER = "H01", 5, 24, 2
# What the village calls it: the first is settled, the second still to be.
SETTLED, UNSETTLED = "扫院坝", "大清扫"


def send(village: Village, cast: Cast, until: dt.date) -> Import:
    """Take the sheet of a cleaning day in and let it be checked, as the worker would."""
    now = calendar.moment(until - dt.timedelta(days=1), 16, 40)
    homes = list(Household.objects.filter(village=village).active().in_number_order()[:LINES])
    with calendar.at(now):
        source = imports.begin(
            village=village,
            maker=cast.maker,
            name=f"{village.short_name}{now.month}月清洁日.xlsx",
            content=workbooks.write(workbooks.Table("数据", HEAD, _lines(homes, now.date()))),
            default_day=now.date(),
            now=now,
        )
        assert source.job is not None
        source = imports.read(source, jobs.claim(source.job.uuid, now), now)
        return imports.settle(source=source, word=SETTLED, code=RULE, maker=cast.maker, now=now)


def send_roster(village: Village, cast: Cast, until: dt.date) -> RegisterFile:
    """Take in what changed in the households of a village since the last roster: two moved in, a number is wrong."""
    now = calendar.moment(until - dt.timedelta(days=1), 17, 5)
    first, second = Household.objects.filter(village=village).active().in_number_order()[:2]
    rows: list[tuple[str | int, ...]] = [
        (first.head_name, first.short_number, "1组", first.members + 1, ""),
        (second.head_name, "0999", "1组", second.members, ""),
        ("蒲建华", "", "1组", 3, "蒲小妹（女）"),
        ("谢永福", "", "2组", 2, ""),
    ]
    with calendar.at(now):
        source = registers.begin(
            kind=RegisterFile.Kind.ROSTER,
            village=village,
            maker=cast.maker,
            name=f"{village.short_name}{now.month}月名册变动.xlsx",
            content=workbooks.write(workbooks.Table("名册", ROSTER_HEAD, rows)),
            now=now,
        )
        assert source.job is not None
        return registers.read(source, jobs.claim(source.job.uuid, now), now)


def _lines(homes: list[Household], day: dt.date) -> list[tuple[str | int, ...]]:
    """A line for each household, with what people get wrong: number, day, name, size, item, the same one twice."""
    lines: list[list[str | int]] = [
        [home.head_name, home.short_number, RULE, day.isoformat(), POINTS, ""] for home in homes
    ]
    for at, line in enumerate(lines):
        line[1] = line[1] if at % 8 == WITH_A_NUMBER else ""
    lines[1][0] = f"{homes[1].head_name[:-1]}朋"
    lines[3][3] = day.strftime("%Y%m") + "32"
    lines[5][4] = POINTS * 10
    lines[6][3] = f"{day:%Y}.{day.month}.{day.day}"
    for at, word in ((9, SETTLED), (11, SETTLED), (12, SETTLED), (14, UNSETTLED), (15, UNSETTLED)):
        lines[at][2] = word
    return [tuple(line) for line in [*lines, lines[7]]]
