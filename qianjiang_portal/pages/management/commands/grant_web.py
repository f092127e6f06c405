import os
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from psycopg2 import sql

# What is written once: whoever breaks into the web process still cannot change it.
WRITTEN_ONCE = (
    "points_entry",
    "points_seal",
    "foundation_auditevent",
    "foundation_auditseal",
    "foundation_change",
    "django_migrations",
)
ALL = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
ONCE = "REVOKE UPDATE, DELETE ON {table} FROM {role}"
REST = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
)


class Command(BaseCommand):
    help = (
        "Make the role that web, worker and beat use, or renew what it may do; run it as the owner after each "
        "migration. Its password is read from WEB_PASSWORD. It cannot change or remove entries, seals, audit events."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role")

    def handle(self, *, role: str, **options: object) -> None:
        if role == connection.settings_dict["USER"]:
            raise CommandError("The owner of the tables cannot be the web's role as well.")
        with transaction.atomic(), connection.cursor() as cursor:
            names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.settings_dict["NAME"])}
            self.make(cursor, role)
            for statement in (*REST, ALL):
                cursor.execute(sql.SQL(statement).format(**names))
            for table in WRITTEN_ONCE:
                cursor.execute(sql.SQL(ONCE).format(table=sql.Identifier(table), **names))
        self.stdout.write(f"{role} may read and write; {', '.join(WRITTEN_ONCE)} only read and add to.")

    def make(self, cursor: object, role: str) -> None:
        password = os.environ.get("WEB_PASSWORD", "")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        there = cursor.fetchone() is not None
        if not there and not password:
            raise CommandError("WEB_PASSWORD is needed to make the role.")
        if not there:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if password:
            cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
