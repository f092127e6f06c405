"""A place's version never goes beyond what it is made from, and a published version keeps its items. Plain SQL."""

from django.db import migrations

SQL = """
CREATE FUNCTION points_cap_months(period text) RETURNS integer IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE period WHEN 'day' THEN 0 WHEN 'month' THEN 1 WHEN 'two-months' THEN 2 WHEN 'quarter' THEN 3
        WHEN 'half-year' THEN 6 WHEN 'year' THEN 12 WHEN 'once' THEN 1200 END
$$;

CREATE FUNCTION points_refuse_wider_rule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    source points_rule;
    whole integer := points_cap_months(NEW.cap_period);
    part integer;
BEGIN
    SELECT above.* INTO source FROM points_ruleset own JOIN points_rule above ON above.rule_set_id = own.based_on_id
    WHERE own.id = NEW.rule_set_id AND own.scope <> 'district' AND above.code = NEW.code;
    IF NOT FOUND THEN RETURN NEW; END IF;
    part := points_cap_months(source.cap_period);
    IF NEW.kind <> source.kind OR NEW.unit <> source.unit
        OR NEW.min_points < source.min_points OR NEW.max_points > source.max_points
        OR (source.evidence = 'required' AND NEW.evidence <> 'required')
        OR (source.cap_period <> '' AND (
            whole IS NULL OR whole < part OR (part > 0 AND whole % part <> 0)
            OR (source.cap_count IS NOT NULL AND coalesce(NEW.cap_count, 2147483647) > source.cap_count)
            OR (source.cap_points IS NOT NULL AND coalesce(NEW.cap_points, 2147483647) > source.cap_points)))
    THEN
        RAISE EXCEPTION 'points_rule_only_narrows_its_source: %', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_rule_only_narrows_its_source BEFORE INSERT OR UPDATE ON points_rule
    FOR EACH ROW EXECUTE FUNCTION points_refuse_wider_rule();

CREATE FUNCTION points_refuse_changing_published_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_ruleset WHERE id = OLD.rule_set_id AND state IN ('published', 'retired')) THEN
        RAISE EXCEPTION 'points_published_rules_stand: %', OLD.code USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_published_rules_stand BEFORE UPDATE OR DELETE ON points_rule
    FOR EACH ROW EXECUTE FUNCTION points_refuse_changing_published_rules();
"""

UNDO = """
DROP TRIGGER points_published_rules_stand ON points_rule;
DROP TRIGGER points_rule_only_narrows_its_source ON points_rule;
DROP FUNCTION points_refuse_changing_published_rules();
DROP FUNCTION points_refuse_wider_rule();
DROP FUNCTION points_cap_months(text);
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0007_rule_sets_are_carried_filed_and_guarded")]
    operations = [migrations.RunSQL(SQL, UNDO)]
