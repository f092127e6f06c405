"""What the database itself refuses in the store. Plain SQL: nothing a session may set switches these off."""

from django.db import migrations

TABLES = ("points_stockmove", "points_redemptionline")

APPEND_ONLY = "".join(
    f"""
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER {table}_is_never_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
"""
    for table in TABLES
)

STOCK = """
CREATE FUNCTION points_stock_follows_its_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE points_item SET stock = stock + NEW.quantity WHERE id = NEW.item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER points_stock_follows_its_moves AFTER INSERT ON points_stockmove
    FOR EACH ROW EXECUTE FUNCTION points_stock_follows_its_moves();

CREATE FUNCTION points_refuse_stock_without_a_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'INSERT' AND NEW.stock <> 0)
       OR (TG_OP = 'UPDATE' AND NEW.stock <> OLD.stock AND pg_trigger_depth() < 2) THEN
        RAISE EXCEPTION 'stock is the sum of its moves: it is not set' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_item_stock_moves_by_moves BEFORE INSERT OR UPDATE ON points_item
    FOR EACH ROW EXECUTE FUNCTION points_refuse_stock_without_a_move();
"""

SLIPS = """
CREATE FUNCTION points_redemption_may_only_be_undone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL
       OR (to_jsonb(NEW) - ARRAY['undone_at', 'undone_by_id', 'undo_reason'])
          IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['undone_at', 'undone_by_id', 'undo_reason']) THEN
        RAISE EXCEPTION 'a redemption may only be undone, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_redemption_may_only_be_undone BEFORE UPDATE ON points_redemption
    FOR EACH ROW EXECUTE FUNCTION points_redemption_may_only_be_undone();
CREATE TRIGGER points_redemption_is_never_deleted BEFORE DELETE ON points_redemption
    FOR EACH ROW EXECUTE FUNCTION points_refuse_change();
CREATE TRIGGER points_redemption_is_never_truncated BEFORE TRUNCATE ON points_redemption
    FOR EACH STATEMENT EXECUTE FUNCTION points_refuse_change();
"""

# Fires after the roll-up, whose name sorts before it: the balance it reads is locked by that very upsert.
BALANCE = """
CREATE FUNCTION points_redemption_stays_within_the_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT household_id FROM new_entries WHERE kind = 'redemption') AS fresh
          JOIN points_balance b USING (household_id)
         WHERE b.posted + coalesce((
             SELECT sum(c.points) FROM points_claim c
              WHERE c.household_id = fresh.household_id AND c.points < 0
                AND c.state IN ('submitted', 'approved', 'published', 'contested')), 0) < 0
    ) THEN
        RAISE EXCEPTION 'the household redeems more than is available' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER points_redemption_stays_within_the_balance AFTER INSERT ON points_entry
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION points_redemption_stays_within_the_balance();
"""

UNDO = """
DROP TRIGGER points_redemption_stays_within_the_balance ON points_entry;
DROP FUNCTION points_redemption_stays_within_the_balance();
DROP TRIGGER points_redemption_is_never_truncated ON points_redemption;
DROP TRIGGER points_redemption_is_never_deleted ON points_redemption;
DROP TRIGGER points_redemption_may_only_be_undone ON points_redemption;
DROP FUNCTION points_redemption_may_only_be_undone();
DROP TRIGGER points_item_stock_moves_by_moves ON points_item;
DROP FUNCTION points_refuse_stock_without_a_move();
DROP TRIGGER points_stock_follows_its_moves ON points_stockmove;
DROP FUNCTION points_stock_follows_its_moves();
""" + "".join(
    f"DROP TRIGGER {table}_is_never_truncated ON {table}; DROP TRIGGER {table}_is_append_only ON {table};"
    for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("points", "0009_outlets_and_redemptions")]

    operations = [migrations.RunSQL(APPEND_ONLY + STOCK + SLIPS + BALANCE, UNDO)]
