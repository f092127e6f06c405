from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from points import reconcile


class Command(BaseCommand):
    help = "Compare every balance, rollup, participation, claim and seal with the entries; exit 1 where one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=50, help="how many differences to print")

    def handle(self, *, most: int, **options: object) -> None:
        found = list(reconcile.differences())
        for difference in found[:most]:
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{len(found)} differences", returncode=1)
        self.stdout.write("The ledger adds up: 0 differences.")
