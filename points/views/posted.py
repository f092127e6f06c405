"""Addresses that only take a form."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

View = Callable[..., HttpResponse]


def posted(page: str, key: str) -> Callable[[View], View]:
    """Take a POST; a GET, after signing in again or by the address bar, is led to the page the form stands on.

    `page` is that page's URL name, `key` the part of the address it is found by.
    """

    def taking(view: View) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, **address: Any) -> HttpResponse:
            return view(request, **address) if request.method == "POST" else redirect(page, address[key])

        return answer

    return taking
