from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.foundation import audit_seals
from qianjiang_portal.foundation.models import AuditSeal


class Command(BaseCommand):
    help = (
        "Walk the chain of seals over the audit log, every event of it; exit 1 and name the seals that do not come out."
    )

    def handle(self, **options: object) -> None:
        faults = list(audit_seals.verify())
        for fault in faults:
            self.stdout.write(str(fault))
        if faults:
            raise CommandError(f"{len(faults)} faults", returncode=1)
        last = AuditSeal.objects.order_by("-number").first()
        self.stdout.write(f"{last.number} seals verified, the last is {last.short}." if last else "No seal yet.")
