from django.core.management.base import BaseCommand

from qianjiang_portal.foundation import audit_seals, calendar


class Command(BaseCommand):
    help = (
        "Take out audit events older than the setting audit_keep_days (at least 180); their seals stay. Run it as the "
        "owner of the tables, after a backup."
    )

    def handle(self, **options: object) -> None:
        self.stdout.write(f"{audit_seals.expire(now=calendar.now())} events taken out.")
