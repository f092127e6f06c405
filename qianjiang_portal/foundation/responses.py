"""What views of every room answer alike."""

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

Answer = TypeVar("Answer", bound=HttpResponseBase)


def kept_out(response: Answer) -> Answer:
    """Search engines stay away: what was up for a week must not be found for ever."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def refuse_unless(allowed: bool) -> None:
    """Somebody else's act is 403; what a person may not even see is 404 before it comes to this."""
    if not allowed:
        raise PermissionDenied
