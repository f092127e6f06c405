from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.foundation import calendar, sealed
from qianjiang_portal.foundation.refusals import Refused
from qianjiang_portal.pages.backups import backups


class Command(BaseCommand):
    help = "Bring the portal back from a backup. Stop web, worker and beat first; what was there is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="although there are accounts already")

    def handle(self, *, file: Path, replace: bool, **options: object) -> None:
        try:
            manifest = backups.restore(path=file, replace=replace, now=calendar.now(), say=self.stdout.write)
        except (Refused, OSError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.stdout.write(f"The portal is as it was at {manifest.moment:%Y-%m-%d %H:%M}: the books come out.")
        if closed := sealed.unreadable():
            self.stderr.write(
                f"{closed} telephone numbers cannot be read: they were sealed with another FIELD_KEY. "
                "Put the key of that time into FIELD_KEYS_OLD and run `manage.py reseal`."
            )
