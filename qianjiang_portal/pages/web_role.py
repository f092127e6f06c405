"""What the role of web, worker and beat may do with the tables: all its work, and nothing to what is written once."""

from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

# What is written once: whoever breaks into the web process still cannot change it. The keys are there once entries
# are partitioned; partitions of these tables are treated as they are.
WRITTEN_ONCE = (
    "points_entry",
    "points_entrykey",
    "points_seal",
    "foundation_auditevent",
    "foundation_auditseal",
    "foundation_change",
    "django_migrations",
)
ONCE = "REVOKE UPDATE, DELETE ON {table} FROM {role}"
GRANTS = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
)
THERE = """
    SELECT t.relname FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = 'public'
     WHERE t.relkind IN ('r', 'p')
       AND (t.relname = ANY(%(once)s)
            OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class whole ON whole.oid = i.inhparent
                        WHERE i.inhrelid = t.oid AND whole.relname = ANY(%(once)s)))
     ORDER BY 1
"""
HOLDERS = """
    SELECT DISTINCT r.rolname FROM pg_class t
      JOIN pg_namespace s ON s.oid = t.relnamespace AND s.nspname = 'public',
           aclexplode(t.relacl) a JOIN pg_roles r ON r.oid = a.grantee
     WHERE t.relname = 'points_entry' AND a.privilege_type = 'INSERT' AND a.grantee <> t.relowner
     ORDER BY 1
"""


def grant(role: str) -> list[str]:
    """Give a role that is there its rights, or renew them; the tables it may only add to are told."""
    with transaction.atomic(), connection.cursor() as cursor:
        names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.settings_dict["NAME"])}
        for statement in GRANTS:
            cursor.execute(sql.SQL(statement).format(**names))
        cursor.execute(THERE, {"once": list(WRITTEN_ONCE)})
        once = _first(cursor)
        for table in once:
            cursor.execute(sql.SQL(ONCE).format(table=sql.Identifier(table), **names))
    return once


def holders() -> list[str]:
    """Roles beside the owner that may enter points: those that were granted it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS)
        return _first(cursor)


def _first(cursor: Any) -> list[str]:
    return [first for (first,) in cursor.fetchall()]
