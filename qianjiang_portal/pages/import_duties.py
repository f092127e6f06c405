"""Workbooks and household sheets that wait for whoever sent them: the job goes on when the page is left, and its end
is told at home."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from points.models import Import, RegisterFile
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.pages import words
from qianjiang_portal.pages.duties import Row, Rows, Task
from reports.figures import Limits
from villages import scope

State, Sheet = Import.State, RegisterFile.State


def imports(user: Any, _limits: Limits) -> Rows:
    """Own workbooks to confirm, to try again, written into a draft nobody has submitted, or to send anew where nothing
    could be read: until it is sent again, or somebody's workbook of the village is read."""
    later = Import.objects.filter(village=OuterRef("village"), made_at__gt=OuterRef("made_at"))
    read = Q(state__in=[State.CHECKED, State.CONFIRMING, State.DONE])
    sent_anew = Exists(later.filter(Q(maker=OuterRef("maker")) | read))
    stuck = Q(state__in=[State.CHECKING, State.CONFIRMING], job__state=Job.State.FAILED)
    waiting = Q(state=State.CHECKED) | stuck | Q(state=State.DONE, batch__state="draft")
    mine = Import.objects.visible_to(user).filter(waiting | Q(state=State.FAILED) & ~sent_anew)
    columns = ("pk", "name", "state", "counts", "message", "village__short_name", "batch__number", "updated_at")
    return mine.values(*columns).order_by("updated_at", "pk")


def imports_task(row: Row, limits: Limits) -> Task:
    return _task(row, limits, "points:import", *_said(row))


def _said(row: Row) -> tuple[str, str, str, str]:
    new, problem = row["counts"].get("new", 0), row["counts"].get("problem", 0)
    if row["state"] == State.CHECKED:
        return f"{new:,} 行可导入" + (f"，{problem:,} 行要改" if problem else ""), "校验完", "去确认", "待确认"
    if row["state"] == State.DONE:
        return f"{new:,} 行已写入草稿 {row['batch__number']}", "导入", "去提交", "草稿"
    if row["state"] == State.FAILED:
        return row["message"], "上传", "去看", "没有读出来"
    return "没有做完，没有写入任何数据", "上传", "去重试", "未能完成"


def sheets(user: Any, _limits: Limits) -> Rows:
    """Own rosters and openings to confirm, to put right, to try again, or to send anew where nothing could be read."""
    of_the_same = {name: OuterRef(name) for name in ("maker", "village", "kind")}
    sent_anew = RegisterFile.objects.filter(**of_the_same, made_at__gt=OuterRef("made_at"))
    stuck = Q(state__in=[Sheet.CHECKING, Sheet.WRITING], job__state=Job.State.FAILED)
    waiting = Q(state=Sheet.CHECKED) | stuck | Q(state=Sheet.FAILED) & ~Exists(sent_anew)
    mine = RegisterFile.objects.visible_to(user).filter(scope.within(user, {"clerk"}), waiting, maker=user.pk)
    columns = ("pk", "kind", "name", "state", "counts", "message", "village__short_name", "updated_at")
    return mine.values(*columns).order_by("updated_at", "pk")


def sheets_task(row: Row, limits: Limits) -> Task:
    detail, *rest = _sheet_said(row)
    return _task(row, limits, "points:register", f"{RegisterFile.Kind(row['kind']).label}：{detail}", *rest)


def _sheet_said(row: Row) -> tuple[str, str, str, str]:
    writes, problem = row["counts"].get("writes", 0), row["counts"].get("problem", 0)
    if row["state"] == Sheet.FAILED:
        return row["message"], "上传", "去看", "没有读出来"
    if row["state"] != Sheet.CHECKED:
        return "没有做完，没有写入任何数据", "上传", "去重试", "未能完成"
    if row["message"]:
        return row["message"], "没有写入", "去看", "待确认"
    if not writes:
        return f"{problem:,} 户要改" if problem else "没有要写入的户", "比对完", "去看", "待确认"
    return f"{writes:,} 户可写入" + (f"，{problem:,} 户要改" if problem else ""), "比对完", "去确认", "待确认"


def _task(row: Row, limits: Limits, address: str, detail: str, verb: str, action: str, word: str) -> Task:
    """A file of a village and how it stands, for either kind."""
    return Task(
        title=f"{row['village__short_name']} {row['name']}",
        detail=detail,
        when=f"{words.moment(row['updated_at'], limits.now)} {verb}",
        url=reverse(address, args=[row["pk"]]),
        action=action,
        word=word,
    )
