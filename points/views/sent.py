"""What the pages of a file that was sent have in common, be it an import of claims or a household sheet."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from points.forms.imports import FixForm
from qianjiang_portal.foundation.refusals import Refused

View = Callable[[HttpRequest, int], HttpResponse]


def refusals_on(page: Callable[[HttpRequest, int, str], HttpResponse]) -> Callable[[View], View]:
    """What a view refuses is said on the file's own page; `page` takes the request, the file's id and the refusal."""

    def of(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, pk: int) -> HttpResponse:
            try:
                return view(request, pk)
            except Refused as refusal:
                return page(request, pk, str(refusal))

        return answer

    return of


def read(form: Form, refusal: str) -> dict[str, Any]:
    """What was given with a press of the page. Raises Refused."""
    if not form.is_valid():
        raise Refused(refusal)
    return form.cleaned_data


def fix(request: HttpRequest) -> tuple[int, dict[str, Any], int]:
    """The row whose cell is to change, the change as both kinds of file take it, and the line it stands on.

    Raises Refused.
    """
    given = read(FixForm(request.POST), "没有读到这一格，请再填一次")
    change = {"field": given["field"], "value": given["value"], "everywhere": given.get("everywhere", False)}
    return given["row"], change, given["line"] or 0
