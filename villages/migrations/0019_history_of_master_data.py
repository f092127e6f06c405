from django.db import migrations

from qianjiang_portal.foundation import history

TABLES = ("villages_township", "villages_village", "villages_grid", "villages_unit", "villages_appointment")
# Registers come in by the thousand; each row says itself since when it is there.
REGISTERS = {"villages_household": ("version", "initials", "pinyin"), "villages_resident": ()}


class Migration(migrations.Migration):
    dependencies = [("villages", "0018_second_factors"), ("foundation", "0007_history_of_master_data")]

    operations = [
        *(migrations.RunSQL(*history.triggers(table)) for table in TABLES),
        *(migrations.RunSQL(*history.triggers(name, skip=skip, inserts=False)) for name, skip in REGISTERS.items()),
    ]
