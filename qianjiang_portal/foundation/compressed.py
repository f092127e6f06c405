"""Pages go out compressed, whatever stands in front of the portal.

A page repeats what was asked for beside what only its reader may know, so that the length of many such answers could
tell it (BREACH). Against that Django's middleware adds random bytes to each, and tokens of forms are masked anew every
time; a server in front that compresses knows of neither.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

WORDS = ("text/", "application/json", "application/vnd.oai", "image/svg+xml")


class CompressedMiddleware(GZipMiddleware):
    """What consists of words; workbooks, papers and photographs are compressed in themselves."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(WORDS):
            return response
        return super().process_response(request, response)
