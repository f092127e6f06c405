"""Quick entry from a pasted list: read, settle what is not clear, add the rest to a draft."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from points import batches, entering, imports, pasted, pasting, sheets
from points.entering import Entering
from points.forms.paste import PasteForm
from points.models import Batch
from points.models.batches import State
from points.pasted import Reading
from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from villages import scope
from villages.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def paste(request: HttpRequest) -> HttpResponse:
    """Read a list (POST) and show it line by line; with `step=add` the clear lines join the draft."""
    if not scope.holds(request.user, "clerk"):
        raise PermissionDenied
    form = PasteForm.read(request.POST)
    shown = entering.begin(request.user, entering.Asked.read(request.POST or request.GET), calendar.now())
    batch = _batch(request.user, form, shown)
    if not (form.text.strip() and shown.is_open):
        return _page(request, form, shown, batch)
    sheet = pasting.read(form.text, header=form.header, roles=form.roles)
    if sheet.too_many and form.imports:
        return _import(request, form, shown, sheet)
    if sheet.too_many or not sheet.lines:
        return _page(request, form, shown, batch, problem=_unreadable(sheet), too_many=len(sheet.lines))
    reading = _reading(form, shown, batch, sheet)
    if form.adds and reading.ready:
        return _add(request, form, shown, reading)
    return _page(request, form, shown, batch, reading=reading)


def _unreadable(sheet: pasting.Sheet) -> str:
    if sheet.too_many:
        return f"这里有 {len(sheet.lines):,} 行，一次最多 {pasting.MOST_LINES:,} 行。分几次粘贴，或按 Excel 表导入"
    return "没有读到名单，一行写一户，户主写在前面"


def _import(request: HttpRequest, form: PasteForm, shown: Entering, sheet: pasting.Sheet) -> HttpResponse:
    """A long list goes on as a workbook: checked in the background, put right there, one draft in the end."""
    assert shown.village
    assert shown.rule
    assert shown.day
    now = calendar.now()
    try:
        source = imports.begin(
            village=shown.village, maker=request.user, name=f"粘贴名单 {now:%m-%d %H%M}.csv",
            content=pasting.as_table(sheet, rule=shown.rule.code, usual=_usual(form, shown)),
            default_day=shown.day, now=now,
        )  # fmt: skip
    except imports.AlreadyThere as found:
        if found.source.maker_id != request.user.pk:
            return _page(request, form, shown, None, problem=str(found))
        messages.warning(request, str(found))
        return redirect("points:import", found.source.pk)
    except Refused as refusal:
        return _page(request, form, shown, None, problem=str(refusal))
    return redirect("points:import", source.pk)


def _batch(user: User, form: PasteForm, shown: Entering) -> Batch | None:
    """The draft that this list or a grid before it began, as long as village, rule and day are still the same."""
    if not form.number or not (shown.village and shown.rule and shown.day):
        return None
    mine = Batch.objects.visible_to(user).made_by(user).select_related("village", "rule")
    place = {"village": shown.village, "rule": shown.rule, "occurred_on": shown.day}
    return mine.filter(number=form.number, state=State.DRAFT, **place).first()


def _usual(form: PasteForm, shown: Entering) -> int:
    assert shown.rule
    value = None if shown.rule.is_fixed else pasting.whole(form.usual)
    if value is None:
        return shown.rule.default
    return -abs(value) if shown.rule.sign < 0 else value


def _reading(form: PasteForm, shown: Entering, batch: Batch | None, sheet: pasting.Sheet) -> Reading:
    assert shown.village
    assert shown.rule
    return pasted.look(
        sheet,
        register=pasted.Register(shown.village, calendar.today()),
        rule=shown.rule,
        usual=_usual(form, shown),
        answers=form.answers,
        standing=pasted.standing(batch),
        key=form.key,
    )


def _add(request: HttpRequest, form: PasteForm, shown: Entering, reading: Reading) -> HttpResponse:
    try:
        with transaction.atomic():
            batch, outcomes = _put(request.user, form, shown, reading)
    except Refused as refusal:
        return _page(request, form, shown, None, reading=reading, problem=str(refusal))
    reading = pasted.with_refusals(reading, outcomes)
    if batch and not reading.open_count:
        return redirect(f"{reverse('points:entry')}?batch={batch.number}")
    count = sum(outcome.refusal is None for outcome in outcomes)
    return _page(request, form, shown, batch, reading=reading, said=f"已加入 {count} 行" if count else "")


def _put(user: User, form: PasteForm, shown: Entering, reading: Reading) -> tuple[Batch | None, list[sheets.Outcome]]:
    """Rows and, if need be, the draft they begin; no draft is begun for rows that are all refused."""
    assert shown.village
    assert shown.rule
    assert shown.day
    now = calendar.now()
    begun = _batch(user, form, shown)
    batch = begun or batches.open_draft(
        maker=user,
        village=shown.village,
        rule=shown.rule,
        occurred_on=shown.day,
        key=_batch_key(form, shown),
        source=Batch.Source.PASTE,
        now=now,
    )
    rows = pasted.rows(reading, rule=shown.rule, on=shown.day, key=form.key)
    outcomes = sheets.put(batch=batch, editor=user, rows=rows, now=now)
    if not begun and not any(outcome.claim for outcome in outcomes):
        transaction.set_rollback(True)
        return None, outcomes
    return batch, outcomes


def _batch_key(form: PasteForm, shown: Entering) -> str:
    """Another village, rule or day under the same list is another batch."""
    assert shown.village
    assert shown.rule
    return f"paste:{uuid.uuid5(form.key, f'{shown.village.code} {shown.rule.pk} {shown.typed_date}')}"


def _page(
    request: HttpRequest,
    form: PasteForm,
    shown: Entering,
    batch: Batch | None,
    *,
    reading: Reading | None = None,
    problem: str = "",
    said: str = "",
    too_many: int = 0,
) -> HttpResponse:
    columns = reading.sheet.columns if reading else []
    context: dict[str, Any] = {
        "entering": shown,
        "form": form,
        "batch": batch,
        "reading": reading,
        "columns": [(at, column) for at, column in enumerate(columns)],
        "roles": pasting.ROLES,
        "usual": _usual(form, shown) if shown.rule else "",
        "problem_with_list": problem,
        "said": said,
        "too_many": too_many,
        "index": reverse("points:entry-index", args=[shown.village.code]) if shown.village else "",
    }
    return render(request, "points/entry/paste.html", context, status=422 if problem else 200)
