from django.core.management.base import BaseCommand, CommandError

from qianjiang_portal.foundation import sealed


class Command(BaseCommand):
    help = (
        "Seal every telephone number and secret anew with FIELD_KEY and FIELD_CIPHER; texts under FIELD_KEYS_OLD are "
        "opened by those. Safe while the portal is in use, and safe to repeat."
    )

    def handle(self, **options: object) -> None:
        for field in sealed.fields():
            table, column = field.model._meta.db_table, field.column
            self.stdout.write(f"{table}.{column}: {sealed.reseal(table, column, field.marked)} rows sealed anew")
        if closed := sealed.unreadable():
            raise CommandError(f"{closed} texts stay as they are: no key of FIELD_KEY and FIELD_KEYS_OLD opens them.")
