"""A village is closed by a merger in the book, and its chain of seals ends there. Plain SQL."""

from django.db import migrations

SQL = """
CREATE FUNCTION points_refuse_closing_without_merger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM points_villagemerger m
                    WHERE m.source_id = NEW.id AND m.into_id = NEW.successor_id AND m.on = NEW.closed_on) THEN
        RAISE EXCEPTION 'points_village_is_closed_by_a_merger' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM points_claim c JOIN points_batch b ON b.id = c.batch_id
                WHERE b.village_id = NEW.id AND c.state NOT IN ('effective', 'withdrawn'))
        OR EXISTS (SELECT 1 FROM points_notice n WHERE n.village_id = NEW.id AND n.state = 'open')
        OR EXISTS (SELECT 1 FROM points_objection o WHERE o.village_id = NEW.id AND o.state <> 'settled')
        OR EXISTS (SELECT 1 FROM points_honour h
                    WHERE h.village_id = NEW.id AND h.state IN ('nominated', 'passed', 'published'))
        OR EXISTS (SELECT 1 FROM points_yearend y WHERE y.village_id = NEW.id AND y.state IN ('prepared', 'open')) THEN
        RAISE EXCEPTION 'points_closed_village_has_nothing_unfinished' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_village_is_closed_by_a_merger BEFORE UPDATE OF closed_on ON villages_village
    FOR EACH ROW WHEN (NEW.closed_on IS NOT NULL AND OLD.closed_on IS NULL)
    EXECUTE FUNCTION points_refuse_closing_without_merger();

CREATE FUNCTION points_refuse_row_of_closed_village() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM villages_village v WHERE v.id = NEW.village_id AND v.closed_on IS NOT NULL) THEN
        RAISE EXCEPTION '%_of_a_closed_village', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
UNDO = """
DROP FUNCTION points_refuse_row_of_closed_village();
DROP TRIGGER points_village_is_closed_by_a_merger ON villages_village;
DROP FUNCTION points_refuse_closing_without_merger();
"""


# What a village that became part of another one gets no more of: its chain of seals has ended.
TABLES = ("seal", "batch", "notice", "honour", "yearend")
ROWS = "".join(
    f"CREATE TRIGGER points_{table}_is_of_an_open_village BEFORE INSERT ON points_{table}"
    " FOR EACH ROW EXECUTE FUNCTION points_refuse_row_of_closed_village();\n"
    for table in TABLES
)
NO_ROWS = "".join(f"DROP TRIGGER points_{table}_is_of_an_open_village ON points_{table};\n" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("points", "0023_village_mergers"), ("villages", "0016_villages_merge")]
    operations = [migrations.RunSQL(SQL + ROWS, NO_ROWS + UNDO)]
