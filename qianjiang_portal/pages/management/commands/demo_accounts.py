from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.pages.management.commands.seed_demo import accounts_file


class Command(BaseCommand):
    help = "Print the demonstration's accounts again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(accounts_file().read_text(encoding="utf-8"), ending="")
        except FileNotFoundError:
            raise CommandError("No demonstration has been made here: python manage.py seed_demo") from None
