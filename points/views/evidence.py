"""证明: what proves a row, added and taken back where rows are typed, and shown to whoever may look."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from points import evidence
from points.forms.evidence import EvidenceForm, RowEvidenceForm
from points.models import Claim, Evidence
from points.views import batches as pages
from points.views.posted import posted
from qianjiang_portal.foundation import calendar, uploads
from qianjiang_portal.foundation.refusals import Refused


@require_safe
def evidence_file(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """Hand a file out to whoever may see its batch; that somebody else than its maker had it is written down."""
    seen = Evidence.objects.visible_to(request.user).standing().select_related("batch__village", "claim", "file")
    found = get_object_or_404(seen, batch__number=number, pk=pk)
    if found.made_by_id != request.user.pk:
        evidence.note_reading(evidence=found, by=request.user, now=calendar.now())
    return uploads.show(found.file)


@require_POST
def row_evidence(request: HttpRequest) -> HttpResponse:
    """A file for a row of the grid; 422 says why it is not kept."""
    form = RowEvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _not_kept(next(iter(form.errors.values()))[0])
    mine = Claim.objects.visible_to(request.user).filter(batch__maker=request.user.pk).select_related("batch")
    keys = {"batch__idempotency_key": form.cleaned_data["batch"], "client_key": form.cleaned_data["key"]}
    claim = mine.filter(**keys).first()
    if claim is None:
        return _not_kept("这一行还没保存，保存后再传")
    file = form.cleaned_data["file"]
    try:
        evidence.add(batch=claim.batch, claim=claim, file=file, by=request.user, now=calendar.now())
    except Refused as refusal:
        return _not_kept(str(refusal))
    return JsonResponse({"count": Evidence.objects.standing().of(claim).count()})


@posted("points:batch", "number")
def evidence_add(request: HttpRequest, number: str) -> HttpResponse:
    batch = pages.batch_to_change(request, number)
    claims = {claim.pk: claim for claim in pages.claims_of(batch)}
    form = EvidenceForm(claims.values(), request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        about = {"claim": claims.get(given["row"]), "caption": given["caption"], "file": given["file"]}
        try:
            made = evidence.add(batch=batch, **about, by=request.user, now=calendar.now())
            messages.success(request, f"已传上 {made.file.name}")
            return redirect(f"{reverse('points:batch', args=[number])}#evidence")
        except Refused as refusal:
            form.add_error("file", str(refusal))
    return pages.batch_page(request, batch, proof=form, status=422)


@posted("points:batch", "number")
def evidence_withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    batch = pages.batch_to_change(request, number)
    found = get_object_or_404(batch.evidence.select_related("batch", "claim", "file"), pk=pk)
    try:
        evidence.withdraw(evidence=found, by=request.user, now=calendar.now())
    except Refused as refusal:
        return pages.batch_page(request, batch, refusal=refusal, status=422)
    messages.success(request, f"已撤下 {found.file.name}")
    return redirect(f"{reverse('points:batch', args=[number])}#evidence")


def _not_kept(reason: str) -> HttpResponse:
    return HttpResponse(reason, status=422, content_type="text/plain; charset=utf-8")
