"""The desk at which a list is taken in: from what is sent to what is written, alike for every kind of list."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from qianjiang_portal.foundation.refusals import Refused
from villages.list_forms import SentList
from villages.list_pages import ListPage
from villages.lists import Compared


@dataclass(frozen=True)
class Desk:
    """One kind of list. `page` is shown before anything was sent, `crumbs` are the names of its register and of itself.

    `compare` lays the text beside what there is; `write` takes the text and the stamp of what was seen, tells what was
    written and raises Refused.
    """

    form: type[SentList]
    page: ListPage
    crumbs: tuple[str, str]
    compare: Callable[[str], Compared[Any]]
    write: Callable[[str, str], str]

    def show(self, request: HttpRequest) -> HttpResponse:
        """The empty page, or what was sent beside what there is."""
        form = self.form(request.POST, request.FILES) if request.method == "POST" else self.form()
        if not form.is_valid():
            return self._answer(request, form, status=422 if form.errors else 200)
        return self._compared(request, form.cleaned_data["text"])

    def take(self, request: HttpRequest) -> HttpResponse:
        """Have written what was seen, and nothing else."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self._answer(request, form, status=422)
        text = form.cleaned_data["text"]
        try:
            told = self.write(text, request.POST.get("stamp", ""))
        except Refused as refusal:
            return self._compared(request, text, str(refusal))
        messages.success(request, told)
        return redirect(self.page.back)

    def _compared(self, request: HttpRequest, text: str, wrong: str = "") -> HttpResponse:
        compared = self.compare(text)
        form = self.form(initial={"text": text})
        return self._answer(request, form, compared, wrong, status=422 if wrong or compared.wrong else 200)

    def _answer(
        self,
        request: HttpRequest,
        form: SentList,
        compared: Compared[Any] | None = None,
        wrong: str = "",
        status: int = 200,
    ) -> HttpResponse:
        register, own = self.crumbs
        crumbs = [(register, self.page.back), (own, "")]
        context = {"form": form, "page": replace(self.page, compared=compared), "wrong": wrong, "crumbs": crumbs}
        return render(request, "villages/lists/compare.html", context, status=status)
