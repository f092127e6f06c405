"""The repair of telephones that were written as words, as 0026, 0027 and 0028 make it. It stays as it is."""


def phones_mended(table: str, pattern: str, *others: str) -> list[str]:
    """Statements that keep the number in what stood there before the check, and empty what has none.

    Looked for are up to fifteen digits, then each of `others`; none begins within a longer number or after the colon
    of an hour. A row written twice has its foreign keys looked at once more, which comes before its table is altered.
    """
    numbers = (r"[0-9](?:[ ()转-]*[0-9]){4,14}", *others)
    found = ", ".join(f"substring(phone FROM '((?<![0-9:])(?:{one}))(?![0-9])')" for one in numbers)
    whole = f"""
        UPDATE {table} SET phone = left(btrim(normalize(phone, NFKC)), 30)
         WHERE phone <> btrim(normalize(phone, NFKC))
    """  # noqa: S608 - names of tables
    parts = f"""
        UPDATE {table} SET phone = COALESCE({found}, '')
         WHERE phone <> '' AND phone !~ '{pattern}'
    """  # noqa: S608 - names of tables
    return [whole, parts, "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"]
