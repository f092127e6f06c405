"""What is handed over is handed over whole: nothing is left, nothing is on its way, nothing comes later, and every
transfer stands in the book of moves with its counterpart. Plain SQL: nothing a session may set switches it off."""

from django.db import migrations

SQL = """
CREATE FUNCTION points_refuse_partial_hand_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM points_householdmove m
                    WHERE m.household_id = NEW.id AND m.target_id = NEW.successor_id AND m.kind <> 'grid') THEN
        RAISE EXCEPTION 'points_hand_over_stands_in_the_book' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM points_balance b WHERE b.household_id = NEW.id AND b.posted <> 0) THEN
        RAISE EXCEPTION 'points_hand_over_leaves_nothing' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM points_claim c WHERE c.household_id = NEW.id
                  AND c.state IN ('submitted', 'approved', 'published', 'contested')) THEN
        RAISE EXCEPTION 'points_hand_over_waits_for_claims' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM points_suspension s
                WHERE s.household_id = NEW.id AND s.lifted_at IS NULL AND s.ends_on >= NEW.left_on
                  AND NOT EXISTS (SELECT 1 FROM points_suspension t WHERE t.household_id = NEW.successor_id
                                     AND t.lifted_at IS NULL AND t.ends_on >= s.ends_on)) THEN
        RAISE EXCEPTION 'points_hand_over_carries_the_suspension' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_household_is_handed_over_whole BEFORE UPDATE OF successor_id ON villages_household
    FOR EACH ROW WHEN (NEW.successor_id IS NOT NULL AND OLD.successor_id IS NULL)
    EXECUTE FUNCTION points_refuse_partial_hand_over();

CREATE FUNCTION points_refuse_claim_of_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM villages_household h WHERE h.id = NEW.household_id AND h.successor_id IS NOT NULL) THEN
        RAISE EXCEPTION 'points_handed_over_household_claims_nothing' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_claim_is_of_a_household_still_there BEFORE INSERT OR UPDATE OF state, household_id ON points_claim
    FOR EACH ROW WHEN (NEW.state IN ('submitted', 'approved', 'published', 'contested'))
    EXECUTE FUNCTION points_refuse_claim_of_handed_over();

CREATE FUNCTION points_refuse_entry_of_handed_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_entries n JOIN villages_household h ON h.id = n.household_id
                WHERE h.successor_id IS NOT NULL) THEN
        RAISE EXCEPTION 'points_handed_over_household_takes_no_entries' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER points_entry_is_of_a_household_still_there AFTER INSERT ON points_entry
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_entry_of_handed_over();

CREATE FUNCTION points_refuse_lone_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM points_householdmove m
          JOIN points_entry o ON o.source = 'move:' || m.id || ':out'
          JOIN points_entry i ON i.source = 'move:' || m.id || ':in'
         WHERE m.id::text = split_part(NEW.source, ':', 2) AND NEW.id IN (o.id, i.id)
           AND o.household_id = m.household_id AND o.points = -m.points
           AND i.household_id = m.target_id AND i.points = m.points) THEN
        RAISE EXCEPTION 'points_transfer_has_two_sides: %', NEW.source USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER points_transfer_has_two_sides AFTER INSERT ON points_entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'transfer') EXECUTE FUNCTION points_refuse_lone_transfer();
"""
UNDO = """
DROP TRIGGER points_transfer_has_two_sides ON points_entry;
DROP FUNCTION points_refuse_lone_transfer();
DROP TRIGGER points_entry_is_of_a_household_still_there ON points_entry;
DROP FUNCTION points_refuse_entry_of_handed_over();
DROP TRIGGER points_claim_is_of_a_household_still_there ON points_claim;
DROP FUNCTION points_refuse_claim_of_handed_over();
DROP TRIGGER points_household_is_handed_over_whole ON villages_household;
DROP FUNCTION points_refuse_partial_hand_over();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0017_household_moves"), ("villages", "0014_households_go_on")]
    operations = [migrations.RunSQL(SQL, UNDO)]
