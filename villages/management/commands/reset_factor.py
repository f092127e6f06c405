from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.foundation import calendar
from villages import factors
from villages.models import User


class Command(BaseCommand):
    help = "Take the second factor off an account whose owner lost telephone and recovery codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account")

    def handle(self, *, account: str, **options: object) -> None:
        user = User.objects.filter(username=account).first()
        if user is None:
            raise CommandError(f"There is no account {account}.", returncode=1)
        was_there = factors.reset_by_hand(user=user, by=None, now=calendar.now())
        self.stdout.write(f"{account} signs in by password alone." if was_there else f"{account} has no second factor.")
