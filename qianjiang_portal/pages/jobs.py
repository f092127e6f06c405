"""The progress of background work, asked for again and again by the page that waits for it."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from qianjiang_portal.foundation.models import Job
from reports import permissions as report_permissions
from reports.reports import JOB_KINDS


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
    return job.kind in JOB_KINDS.values() and report_permissions.can_see_code(user, job.scope)
