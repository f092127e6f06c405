"""Probes for a balancer, figures for Prometheus, and the same readings as a page for the portal's keepers."""

import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from qianjiang_portal.foundation import calendar
from qianjiang_portal.pages import exposition, health
from villages import scope

KEEPERS = ("district", "admin")


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nothing of anybody else: a restart would not help a missing database."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when requests can be answered, else 503; the readings say what is wrong, without addresses or names."""
    found = health.look()
    readings = {reading.name: {"state": reading.state, "value": reading.number} for reading in found.readings}
    return JsonResponse({"state": found.state, "readings": readings}, status=200 if found.is_ready else 503)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever carries METRICS_TOKEN; without one set there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not secrets.compare_digest(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        raise PermissionDenied
    return HttpResponse(exposition.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    if not scope.holds(request.user, *KEEPERS):
        raise PermissionDenied
    return render(request, "pages/status.html", {"health": health.look(), "now": calendar.now()})
