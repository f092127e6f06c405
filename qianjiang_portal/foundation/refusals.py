"""What a write function says when it will not do a thing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction


class Refused(Exception):
    """Something could not be done; the message is a Chinese sentence fit to show to whoever asked.

    `code` names the message of the interface's catalogue, such as `G-07`; `field` what of it was given wrong, so that a
    page can put the message there.
    """

    code = ""

    def __init__(self, message: str, code: str = "", *, field: str = "") -> None:
        super().__init__(message)
        self.code = code or self.code
        self.field = field


class Conflict(Refused):
    """Somebody else changed it first: look again before saving."""

    code = "E-409"


@contextmanager
def unless_taken(refusal: Refused) -> Iterator[None]:
    """What is written inside, or `refusal` where somebody else wrote it first: looking before writing does not see who
    writes at the same moment.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "unique" not in str(error):
            raise
        raise refusal from error
