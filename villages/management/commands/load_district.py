from typing import Any

from django.core.management.base import BaseCommand

from qianjiang_portal.foundation import calendar, periods
from villages import disclosures, indicators, roster


class Command(BaseCommand):
    help = "Load the district's townships and villages. Running it again changes nothing that was set since."

    def handle(self, *args: Any, **options: Any) -> None:
        townships, villages = roster.load_district()
        indicators.load_defaults()
        disclosures.load_defaults(since=periods.of(calendar.today(), "quarter").begins_on)
        if options["verbosity"]:
            self.stdout.write(f"{townships} townships and streets, {villages} villages and communities.")
