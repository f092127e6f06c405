from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from points import seals
from points.models import Seal
from villages.models import Village


class Command(BaseCommand):
    help = "Walk the chain of seals of every village (or of --village CODE); exit 1 and name what was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--village", default="", help="statistics code of one village")

    def handle(self, *, village: str, **options: object) -> None:
        only = list(Village.objects.filter(code=village).values_list("pk", flat=True)) if village else None
        if village and not only:
            raise CommandError(f"There is no village {village}.")
        faults = list(seals.verify(only))
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} faults", returncode=1)
        self.stdout.write(f"{Seal.objects.count()} seals verified: every chain is intact.")
