"""An assessment as a workbook: a row a place, in groups and code order, with its rank in a column."""

import datetime as dt

from qianjiang_portal.foundation import metrics
from qianjiang_portal.foundation.calendar import SHANGHAI
from reports.assessment_pages import Page
from reports.documents import xlsx as excel
from reports.documents.model import Column, Definition, Kind, Metadata, Sheet, Table, Workbook
from reports.models import AssessmentItem


def xlsx(page: Page, now: dt.datetime) -> bytes:
    metadata = Metadata("考核", "黔江区乡村治理工作领导小组办公室", now.astimezone(SHANGHAI).replace(microsecond=0))
    items = tuple(_definition(item) for item in page.items)
    return excel.render(Workbook(page.title, (Sheet("得分", table(page)),), metadata, definitions=items))


def table(page: Page) -> Table:
    columns = (
        Column("组别", share=10),
        Column("单位", share=20),
        *(Column(item.name, Kind.MEAN, 12) for item in page.items),
        Column("加减分", Kind.MEAN, 10),
        Column("总分", Kind.MEAN, 10),
        Column("组内名次", Kind.COUNT, 10),
        Column("反馈意见", share=30),
    )
    rows = tuple(
        (
            line.place.group,
            line.place.sender.name,
            *line.points,
            line.adjusted,
            line.total,
            line.rank,
            line.place.answer,
        )
        for line in page.lines
    )
    return Table(page.title, columns, rows)


def _definition(item: AssessmentItem) -> Definition:
    if not item.metric:
        return Definition(item.name, "分", f"满分 {item.weight}，手工评分，写明依据", "区级评分")
    try:
        label = metrics.find(item.metric).label
    except metrics.UnknownMetric:
        label = item.metric
    formula = f"满分 {item.weight}，{label}达到 {item.target} 得满分，不到的按比例"
    return Definition(item.name, "分", formula, "系统数字")
