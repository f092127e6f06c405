"""Running numbers without gaps that matter and without repeats: batches, notices, receipts."""

from django.db import connection, transaction

from qianjiang_portal.foundation.models import Counter

TAKE = """
    INSERT INTO {table} (series, last) VALUES (%s, 1)
    ON CONFLICT (series) DO UPDATE SET last = {table}.last + 1
    RETURNING last
"""


@transaction.atomic
def take(series: str) -> int:
    """The next number of a series, such as `batch:2611`. Holds the series until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE.format(table=Counter._meta.db_table), [series])
        return int(cursor.fetchone()[0])
