from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.foundation import calendar
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.backups import backups


class Command(BaseCommand):
    help = "Back up database and files, and restore the backup once beside the portal to prove it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-trial", action="store_true", help="do not restore it; the health page will say so")

    def handle(self, *, no_trial: bool, **options: object) -> None:
        try:
            path = backups.make(now=calendar.now(), trial=not no_trial)
        except (Refused, OSError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"{path} ({path.stat().st_size / 2**20:.1f} MiB)")
