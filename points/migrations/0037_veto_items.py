"""Veto items are marked in the rules; a reference's stays one in the versions made from it (plain SQL)."""

from django.db import migrations, models

NARROWER = """
CREATE OR REPLACE FUNCTION points_refuse_wider_rule() RETURNS trigger LANGUAGE plpgsql AS $$
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
        OR (source.evidence = 'required' AND NEW.evidence <> 'required')%s
        OR (source.cap_period <> '' AND (
            whole IS NULL OR whole < part OR (part > 0 AND whole %% part <> 0)
            OR (source.cap_count IS NOT NULL AND coalesce(NEW.cap_count, 2147483647) > source.cap_count)
            OR (source.cap_points IS NOT NULL AND coalesce(NEW.cap_points, 2147483647) > source.cap_points)))
    THEN
        RAISE EXCEPTION 'points_rule_only_narrows_its_source: %%', NEW.code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
KEEPS_VETO = "\n        OR (source.veto AND NOT NEW.veto)"


class Migration(migrations.Migration):
    dependencies = [("points", "0036_claims_move_on_without_their_indexes")]
    operations = [
        migrations.AddField(
            model_name="rule",
            name="veto",
            field=models.BooleanField(db_default=False, default=False, verbose_name="一票否决"),
        ),
        migrations.AddConstraint(
            model_name="rule",
            constraint=models.CheckConstraint(
                condition=models.Q(("veto", False), ("kind", "deduction"), _connector="OR"),
                name="points_veto_item_is_a_deduction",
            ),
        ),
        migrations.RunSQL(NARROWER % KEEPS_VETO, NARROWER % ""),
    ]
