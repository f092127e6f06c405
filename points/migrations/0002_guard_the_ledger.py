"""What the database itself refuses. Plain SQL on purpose: nothing a session may set switches these off."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION points_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER points_entry_is_append_only BEFORE UPDATE OR DELETE ON points_entry
    FOR EACH ROW EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER points_entry_is_never_truncated BEFORE TRUNCATE ON points_entry
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER points_seal_is_append_only BEFORE UPDATE OR DELETE ON points_seal
    FOR EACH ROW EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER points_seal_is_never_truncated BEFORE TRUNCATE ON points_seal
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
"""

SEALED = """
CREATE FUNCTION points_entries_join_their_own_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT seal_id, village_id FROM new_entries) AS fresh
        LEFT JOIN points_seal s ON s.id = fresh.seal_id
        WHERE s.id IS NULL OR s.transaction <> txid_current() OR s.village_id <> fresh.village_id
    ) THEN
        RAISE EXCEPTION 'entries must be sealed in the transaction that posts them'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER points_entry_joins_its_own_seal AFTER INSERT ON points_entry
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION points_entries_join_their_own_seal();

CREATE FUNCTION points_seal_covers_its_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found_count integer;
    found_sum bigint;
BEGIN
    SELECT count(*), coalesce(sum(points), 0) INTO found_count, found_sum
      FROM points_entry WHERE seal_id = NEW.id;
    IF found_count <> NEW.entry_count OR found_sum <> NEW.points_sum THEN
        RAISE EXCEPTION 'seal % covers % entries of % points, not % of %',
            NEW.digest, found_count, found_sum, NEW.entry_count, NEW.points_sum
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER points_seal_covers_its_entries AFTER INSERT ON points_seal
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION points_seal_covers_its_entries();
"""

CHECKER = """
CREATE FUNCTION points_refuse_editor_as_checker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM points_batcheditor e WHERE e.batch_id = NEW.batch_id AND e.user_id = NEW.checker_id
    ) THEN
        RAISE EXCEPTION 'whoever edited a batch may not check its claims'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'points_claim_checker_is_not_an_editor';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_claim_checker_is_not_an_editor
    BEFORE INSERT OR UPDATE OF checker_id ON points_claim
    FOR EACH ROW WHEN (NEW.checker_id IS NOT NULL)
    EXECUTE FUNCTION points_refuse_editor_as_checker();
"""

UNDO = """
DROP TRIGGER points_claim_checker_is_not_an_editor ON points_claim;
DROP FUNCTION points_refuse_editor_as_checker();
DROP TRIGGER points_seal_covers_its_entries ON points_seal;
DROP FUNCTION points_seal_covers_its_entries();
DROP TRIGGER points_entry_joins_its_own_seal ON points_entry;
DROP FUNCTION points_entries_join_their_own_seal();
DROP TRIGGER points_seal_is_never_truncated ON points_seal;
DROP TRIGGER points_seal_is_append_only ON points_seal;
DROP TRIGGER points_entry_is_never_truncated ON points_entry;
DROP TRIGGER points_entry_is_append_only ON points_entry;
DROP FUNCTION points_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0001_rules_batches_notices_ledger")]

    operations = [migrations.RunSQL(APPEND_ONLY + SEALED + CHECKER, UNDO)]
