from django.db import migrations

import qianjiang_portal.foundation.sealed
from qianjiang_portal.foundation import sealed

WALL = r"""
ALTER TABLE demos_pairing ADD CONSTRAINT demos_pairing_phone_is_sealed
    CHECK (phone = '' OR phone ~ '^q[as]1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}$');
"""
# A table is not altered while checks of its rows wait for the end of the transaction.
SETTLE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


def seal(apps, editor):
    sealed.reseal("demos_pairing", "phone")


def lay_open(apps, editor):
    sealed.lay_open("demos_pairing", "phone")


class Migration(migrations.Migration):
    # One transaction: nobody writes a number in clear meanwhile, and what is interrupted has changed nothing.
    dependencies = [
        ("demos", "0006_monthly_dispatch"),
    ]

    operations = [
        migrations.RunSQL("LOCK TABLE demos_pairing IN ACCESS EXCLUSIVE MODE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='pairing',
            name='phone',
            field=qianjiang_portal.foundation.sealed.SealedField(blank=True, longest=30, marked='', verbose_name='联系电话'),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, SETTLE),
        migrations.RunPython(seal, lay_open),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.RunSQL(WALL, "ALTER TABLE demos_pairing DROP CONSTRAINT demos_pairing_phone_is_sealed"),
    ]
