"""Text in tables that go out: a spreadsheet shows it and never works it out."""

# What a spreadsheet takes for a formula when the text is opened, or typed and pasted again.
STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def is_like_one(text: str) -> bool:
    return text.lstrip(" ").startswith(STARTS)


def harmless(text: str) -> str:
    """For files without types, such as CSV: what begins like a formula gets an apostrophe before it."""
    return f"'{text}" if is_like_one(text) else text
