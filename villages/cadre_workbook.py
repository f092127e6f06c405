"""培训和考核 as a workbook: the people of a township with their year, and the year's trainings."""

from collections.abc import Iterable

from qianjiang_portal.foundation import workbooks
from villages.cadre_pages import Line
from villages.models import Training

PEOPLE = (("地方", 20), ("职务", 16), ("姓名", 12), ("任期开始", 12), ("任期到", 12), ("培训次数", 10), ("学时", 8))
GRADES = (("考核等次", 12), ("由谁考核", 20), ("考核日期", 12), ("说明", 40))
TRAININGS = (("日期", 12), ("主题", 40), ("学时", 8), ("主办", 24), ("哪里的人员", 20), ("参加人数", 10))


def write(year: int, lines: Iterable[Line], trainings: Iterable[Training], *, grades: bool) -> bytes:
    """Two sheets; grades only for whoever may read them."""
    columns = PEOPLE + GRADES if grades else PEOPLE
    return workbooks.write(
        workbooks.Table(f"{year}年人员", columns, (_person(line, grades) for line in lines)),
        workbooks.Table(f"{year}年培训", TRAININGS, map(_training, trainings)),
    )


def _person(line: Line, grades: bool) -> tuple[workbooks.Cell, ...]:
    post, given = line.post, line.grade
    own = (post.place_name, post.get_kind_display(), post.name, post.begins_on, post.ends_on, line.times, line.hours)
    if not grades:
        return own
    if given is None:
        return (*own, "", "", None, "")
    return (*own, given.get_grade_display(), given.get_given_by_display(), given.on, given.note)


def _training(one: Training) -> tuple[workbooks.Cell, ...]:
    return one.held_on, one.topic, one.hours, one.organiser, one.place_name, one.heads  # type: ignore[attr-defined]
