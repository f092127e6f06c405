"""An opening that was taken back may be entered once more; the index that knew of one only goes.

What it held, a plain trigger holds now: an opening is the first entry, or the one before was taken back. It locks the
household before it looks, so that of two at once the second one sees the first.
"""

from django.db import migrations

ONCE_MORE = """
CREATE OR REPLACE FUNCTION points_opening_comes_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM villages_household WHERE id = NEW.household_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM points_entry e WHERE e.household_id = NEW.household_id AND e.kind = 'opening'
        AND NOT EXISTS (SELECT FROM points_entry r WHERE r.reverses_id = e.id)) THEN
        RAISE EXCEPTION 'points_household_has_one_opening' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM points_entry e WHERE e.household_id = NEW.household_id)
        AND NOT EXISTS (SELECT FROM points_entry e WHERE e.household_id = NEW.household_id AND e.kind = 'opening') THEN
        RAISE EXCEPTION 'points_opening_comes_first' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
ONLY_ONCE = """
CREATE OR REPLACE FUNCTION points_opening_comes_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_entry e WHERE e.household_id = NEW.household_id) THEN
        RAISE EXCEPTION 'points_opening_comes_first' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0045_entries_say_where_they_count")]

    operations = [
        migrations.RunSQL(ONCE_MORE, ONLY_ONCE),
        migrations.RemoveConstraint("entry", "points_household_has_one_opening"),
    ]
