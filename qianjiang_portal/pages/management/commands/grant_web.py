import os
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from psycopg2 import sql

from qianjiang_portal.pages import web_role


class Command(BaseCommand):
    help = (
        "Give the role that web, worker and beat use what it may do; run it as the owner after each upgrade. It cannot "
        "change or remove entries, seals, audit events. A role that is not there yet is made with the password in "
        "WEB_PASSWORD, where the owner may make roles."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role")

    def handle(self, *, role: str, **options: object) -> None:
        if role == connection.settings_dict["USER"]:
            raise CommandError("The owner of the tables cannot be the web's role as well.")
        with transaction.atomic():
            self.make(role)
            once = web_role.grant(role)
        self.stdout.write(f"{role} may read and write; {', '.join(once)} only read and add to.")

    def make(self, role: str) -> None:
        """Make the role, or renew its password where one is given."""
        password = os.environ.get("WEB_PASSWORD", "")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            there = cursor.fetchone() is not None
            if there and not password:
                return
            if not password:
                raise CommandError(f"{role} is not there: make it with {BY_HAND}{role}, or give WEB_PASSWORD.")
            change = "ALTER ROLE {} PASSWORD {}" if there else "CREATE ROLE {} LOGIN PASSWORD {}"
            try:
                cursor.execute(sql.SQL(change).format(sql.Identifier(role), sql.Literal(password)))
            except ProgrammingError:
                raise CommandError(
                    f"The owner may not make roles or their passwords: make {role} with {BY_HAND}{role}, "
                    "then run this without WEB_PASSWORD."
                ) from None


BY_HAND = "sudo -u postgres createuser --pwprompt "
