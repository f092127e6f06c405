"""What entries name is there and stays: looked up once for a whole posting instead of row by row.

A foreign key asks for every entry, five times, and a posting of thousands names a few hundred households and rules.
This does for the statement what the keys did for each row: it locks what is named as a key does, so that nobody takes
it away meanwhile, and refuses to delete what entries name. Seal and village need no lock of their own: a seal is made by
the same transaction and never deleted, and its village is held by its foreign key. Plain SQL, like every guard of the
ledger: nothing a session may set switches it off.
"""

import django.db.models.deletion
from django.db import migrations, models

NAMED = {"household": "villages_household", "grid": "villages_grid", "rule": "points_rule"}


def _is_there(name: str, table: str) -> str:
    return f"""
    WITH named AS (SELECT DISTINCT {name}_id AS id FROM new_entries WHERE {name}_id IS NOT NULL),
         held AS (SELECT id FROM {table} WHERE id IN (SELECT id FROM named) ORDER BY id FOR KEY SHARE)
    SELECT n.id INTO missing FROM named n LEFT JOIN held USING (id) WHERE held.id IS NULL LIMIT 1;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'points_entry_names_a_{name}: there is no %', missing USING ERRCODE = 'foreign_key_violation';
    END IF;
    """


def _stays(name: str, table: str) -> str:
    return f"""
CREATE FUNCTION points_refuse_to_lose_a_{name}_of_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_entry e WHERE e.{name}_id = OLD.id) THEN
        RAISE EXCEPTION 'points_{name}_of_entries_stays: %', OLD.id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER points_{name}_of_entries_stays BEFORE DELETE OR UPDATE OF id ON {table}
    FOR EACH ROW EXECUTE FUNCTION points_refuse_to_lose_a_{name}_of_entries();
"""


THERE = f"""
CREATE FUNCTION points_entries_name_what_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
BEGIN
    {"".join(_is_there(name, table) for name, table in NAMED.items())}
    RETURN NULL;
END $$;
CREATE TRIGGER points_entry_names_what_is_there AFTER INSERT ON points_entry
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION points_entries_name_what_is_there();
{"".join(_stays(name, table) for name, table in NAMED.items())}
"""

THERE_UNDO = "".join(
    f"DROP TRIGGER points_{name}_of_entries_stays ON {table};"
    f"DROP FUNCTION points_refuse_to_lose_a_{name}_of_entries();"
    for name, table in NAMED.items()
) + (
    "DROP TRIGGER points_entry_names_what_is_there ON points_entry;"
    "DROP FUNCTION points_entries_name_what_is_there();"
)


def _unkeyed(name: str, to: str, **rest: object) -> migrations.AlterField:
    protected = {"on_delete": django.db.models.deletion.PROTECT, "db_constraint": False}
    return migrations.AlterField("entry", name, models.ForeignKey(to=to, **protected, **rest))


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0038_opening_reversals"),
        ("villages", "0022_guides_taken_down"),
    ]

    operations = [
        migrations.RunSQL(THERE, THERE_UNDO),
        _unkeyed("household", "villages.household", db_index=False, related_name="entries", verbose_name="农户"),
        _unkeyed("grid", "villages.grid", db_index=False, related_name="+", verbose_name="组"),
        _unkeyed(
            "rule", "points.rule", blank=True, null=True, db_index=False, related_name="+", verbose_name="事项"
        ),
        _unkeyed("village", "villages.village", db_index=False, related_name="+", verbose_name="村"),
        _unkeyed("seal", "points.seal", related_name="entries", verbose_name="封签"),
    ]
