"""Answers that a program asks for again and again: nothing is sent where nothing has changed."""

import hashlib
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from rest_framework.response import Response


def with_etag(request: HttpRequest, response: Response) -> HttpResponse:
    """The rendered answer under its ETag, or a 304 for whoever has it already. Only for answers to GET with 200."""
    response.render()
    if request.method != "GET" or response.status_code != 200:
        return response
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Authorization"])
    kept: HttpResponseBase | None = get_conditional_response(request, etag=etag, response=response)
    return cast(HttpResponse, kept or response)
