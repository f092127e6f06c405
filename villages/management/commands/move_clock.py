from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qianjiang_portal.foundation import calendar


class Command(BaseCommand):
    help = "Move the clock of a demonstration: move_clock +8d, and back: move_clock -- -3h."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("by", nargs="+", help="+8d, -3h, 90m; several add up")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("Only a demonstration's clock may be moved.")
        try:
            calendar.move(calendar.parse_offset(" ".join(options["by"])))
        except (ValueError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The portal's clock now says {calendar.now():%Y-%m-%d %H:%M}.")
