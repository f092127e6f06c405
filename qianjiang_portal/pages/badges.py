"""How many things wait for a person, by navigation key; `todo` is the number of lines on the home page."""

from typing import Any

from qianjiang_portal.pages import todo


def badges(user: Any) -> dict[str, int]:
    return todo.counts(user)
