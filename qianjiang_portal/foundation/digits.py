"""Whole numbers as they stand in addresses and forms, which anybody may write otherwise."""

# As many as every number of the database has room for.
MOST = 18


def number(text: str) -> int | None:
    """The number in a text of digits alone, of any script; None where it is something else or longer than MOST.

    Python takes ² for a digit and reads no number of more than 4,300 of them.
    """
    return int(text) if text.isdecimal() and len(text) <= MOST else None
