from django.db import connection, migrations, models

import qianjiang_portal.foundation.sealed
from qianjiang_portal.foundation import sealed

# A settled objection stays as it is; only how its telephone number is sealed may change, as when the key is renewed.
STAYS = r"""
CREATE OR REPLACE FUNCTION points_objection_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.phone ~ '^q[as]1\.'
        AND to_jsonb(OLD) - 'phone' - 'phone_mark' = to_jsonb(NEW) - 'phone' - 'phone_mark' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'points_settled_objection_is_not_changed: %', OLD.number USING ERRCODE = 'check_violation';
END $$;
"""
STAYED = """
CREATE OR REPLACE FUNCTION points_objection_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_settled_objection_is_not_changed: %', OLD.number USING ERRCODE = 'check_violation';
END $$;
"""
# On the way back the numbers of settled objections are laid open as well.
OPENS = """
CREATE OR REPLACE FUNCTION points_objection_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'phone' = to_jsonb(NEW) - 'phone' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'points_settled_objection_is_not_changed: %', OLD.number USING ERRCODE = 'check_violation';
END $$;
"""
WALL = r"""
ALTER TABLE points_objection ADD CONSTRAINT points_objection_phone_is_sealed
    CHECK (phone = '' OR phone ~ '^q[as]1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}$');
"""
# A table is not altered while checks of its rows wait for the end of the transaction.
SETTLE = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


def seal(apps, editor):
    sealed.reseal("points_objection", "phone", "phone_mark")


def lay_open(apps, editor):
    with connection.cursor() as cursor:
        cursor.execute(OPENS)
    sealed.lay_open("points_objection", "phone")


class Migration(migrations.Migration):
    # One transaction: nobody writes a number in clear meanwhile, and what is interrupted has changed nothing.
    dependencies = [
        ("points", "0024_guard_village_mergers"),
    ]

    operations = [
        migrations.RunSQL("LOCK TABLE points_objection IN ACCESS EXCLUSIVE MODE", migrations.RunSQL.noop),
        migrations.AddField(
            model_name='objection',
            name='phone_mark',
            field=models.CharField(blank=True, db_default='', default='', max_length=32),
        ),
        migrations.AlterField(
            model_name='objection',
            name='phone',
            field=qianjiang_portal.foundation.sealed.SealedField(blank=True, longest=30, marked='phone_mark', verbose_name='联系电话'),
        ),
        migrations.AddIndex(
            model_name='objection',
            index=models.Index(condition=models.Q(('phone_mark', ''), _negated=True), fields=['phone_mark'], name='points_objection_phone_idx'),
        ),
        migrations.RunSQL(STAYS, STAYED),
        migrations.RunSQL(migrations.RunSQL.noop, SETTLE),
        migrations.RunPython(seal, lay_open),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.RunSQL(WALL, "ALTER TABLE points_objection DROP CONSTRAINT points_objection_phone_is_sealed"),
    ]
