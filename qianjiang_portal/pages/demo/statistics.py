"""What the database thinks of its tables."""

from django.apps import apps
from django.db import connection

ROOMS = ("villages", "points")


def refresh() -> None:
    """Count the tables anew. Nobody else does while a transaction fills them, and plans for empty ones take minutes."""
    tables = [model._meta.db_table for room in ROOMS for model in apps.get_app_config(room).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(connection.ops.quote_name(table) for table in tables)}")
