"""Background work: the progress a page waits for, and the page of all of it with 取消 and 重试."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation import jobs as work
from qianjiang_portal.foundation.models import Job
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages import job_pages
from reports import permissions as report_permissions
from reports import reports
from reports.reports import CANCELLED_HERE
from villages import scope

KEEPERS = ("district", "admin")


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """Everything the workers have to do, are at, and did last, for those who look after it."""
    if not scope.holds(request.user, *KEEPERS):
        raise PermissionDenied
    return render(request, "pages/jobs/list.html", {"page": job_pages.job_list(calendar.now())})


@require_GET
def progress(request: HttpRequest, job_uuid: uuid.UUID) -> HttpResponse:
    """One job's progress for whoever ordered it or may read its result; tells the page once it is over."""
    job = get_object_or_404(Job, uuid=job_uuid)
    if not may_watch(request.user, job):
        raise Http404
    response = render(request, "pages/jobs/_progress.html", {"job": job})
    response["Cache-Control"] = "no-store"
    if not job.is_open:
        response["HX-Trigger"] = "job-over"
    return response


def may_watch(user: object, job: Job) -> bool:
    if job.owner_id is not None and job.owner_id == getattr(user, "pk", None):
        return True
    return job.kind in CANCELLED_HERE and report_permissions.can_see_code(user, job.scope)


@require_POST
def cancel(request: HttpRequest, job_uuid: uuid.UUID) -> HttpResponse:
    job = _watched(request, job_uuid)
    if not report_permissions.can_stop(request.user, job.scope):
        raise PermissionDenied
    try:
        reports.cancel(job=job, by=request.user, now=calendar.now())
        messages.info(request, "已取消，已有的版本不受影响")
    except Refused as refused:
        messages.warning(request, str(refused))
    return _back(request)


@require_POST
def retry(request: HttpRequest, job_uuid: uuid.UUID) -> HttpResponse:
    job = _watched(request, job_uuid)
    if not scope.holds(request.user, *KEEPERS):
        raise PermissionDenied
    work.retry(job=job, by=request.user, now=calendar.now())
    return _back(request)


def _watched(request: HttpRequest, job_uuid: uuid.UUID) -> Job:
    job = get_object_or_404(Job, uuid=job_uuid)
    if not (may_watch(request.user, job) or scope.holds(request.user, *KEEPERS)):
        raise Http404
    return job


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of jobs for those who have it, else to the report centre."""
    return redirect("jobs:list" if scope.holds(request.user, *KEEPERS) else "reports:report-list")
