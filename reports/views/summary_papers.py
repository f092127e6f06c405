"""The papers of a 工作总结: as it is now, as it was handed in, and the scan of one that came on paper."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from qianjiang_portal.foundation import audit, calendar, files, uploads
from qianjiang_portal.foundation.periods import Period
from qianjiang_portal.foundation.responses import refuse_unless
from reports import permissions, reports, summaries, summary_pages
from reports.documents import summary as paper
from reports.models import Summary
from reports.views import summaries as pages


@require_POST
def summary_scan(request: HttpRequest, period: Period, sender: str) -> HttpResponse:
    """Keep the scan of a paper hand-in; without a file nothing changes."""
    found = pages.kept(request, period, sender)
    refuse_unless(permissions.can_handle_summaries(request.user))
    sent = request.FILES.get("scan")
    if sent is None:
        messages.warning(request, "选一个文件再存")
        return pages.to_summary(period, sender)
    return pages.done(request, found, lambda: summaries.keep_scan(
        summary=found, sent=sent, by=request.user, now=calendar.now()
    ), "已存扫描件")  # fmt: skip


@require_GET
def summary_scan_file(request: HttpRequest, period: Period, sender: str) -> FileResponse:
    found = pages.kept(request, period, sender)
    if found.scan is None:
        raise Http404
    return uploads.show(found.scan)


@require_GET
def summary_download(request: HttpRequest, period: Period, sender: str, suffix: str) -> HttpResponse:
    """The paper; while it is a draft with the numbers and the date of this moment."""
    owner, now = pages.sender_of(request, sender), calendar.now()
    found = Summary.objects.visible_to(request.user).of(owner, period.slug).first()
    if found is None or found.is_paper:
        raise Http404
    counted = summary_pages.counted(owner, found, period, now)
    parts = summary_pages.sections(owner, found, counted, request.user, now)
    at = now if found.is_open else found.signed_at or found.submitted_at or now
    name = f"{paper.name(owner, period.slug)}{'' if found.signed_at else '（草稿）'}.{suffix}"
    content = summary_pages.printed(suffix, owner, period, parts, found.note, at, counted.get("tables"))
    audit.record(actor=request.user, action="summary.download", target=name, place=owner.slug[:12], at=now)
    return files.attachment(name, content, files.DOCX if suffix == "docx" else files.PDF)


@require_GET
def summary_version(request: HttpRequest, period: Period, sender: str, number: int, suffix: str) -> HttpResponse:
    """The paper as it was handed in that time, made from the kept version alone."""
    found = pages.kept(request, period, sender)
    owner, version = found.sender, get_object_or_404(found.versions, number=number)
    name = f"{paper.name(owner, period.slug)} 第{number}版.{suffix}"
    audit.record(actor=request.user, action="summary.download", target=name, place=owner.slug[:12])
    return files.attachment(name, summary_pages.version_paper(suffix, owner, version), reports.TYPES[suffix])
