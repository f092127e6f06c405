from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from points import proofs
from qianjiang_portal.foundation import calendar
from villages.models import Village


class Command(BaseCommand):
    help = "Write a village's ledger with its seals, notices and a stand-alone verifier into one zip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--village", required=True, help="statistics code of the village")
        parser.add_argument("--out", required=True, type=Path, help="the zip to write; not overwritten")

    def handle(self, *, village: str, out: Path, **options: object) -> None:
        found = Village.objects.filter(code=village).first()
        if found is None:
            raise CommandError(f"There is no village {village}.")
        if out.exists():
            raise CommandError(f"{out} is already there.")
        out.write_bytes(proofs.pack(village=found, by=None, now=calendar.now()))
        self.stdout.write(f"{out}: {out.stat().st_size} bytes. Unpack it and run: python verify.py")
