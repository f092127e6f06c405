"""Who a claim is for: the head of its household where no member is named, else another member of that household."""

import pgtrigger

MEMBER_FITS = """
    IF NOT EXISTS (
        SELECT 1 FROM villages_resident p, points_rule r
        WHERE p.id = NEW.resident_id AND p.household_id = NEW.household_id AND NOT p.is_head
            AND r.id = NEW.rule_id AND r.unit = 'person'
    ) THEN
        RAISE EXCEPTION 'points_claim_names_a_member_where_persons_count' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

on_claims = (
    pgtrigger.Trigger(
        name="member_on_insert",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.resident_id IS NOT NULL"),
        func=MEMBER_FITS,
    ),
    pgtrigger.Trigger(
        name="member_when_changed",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("resident_id", "household_id", "rule_id"),
        condition=pgtrigger.Condition(
            "NEW.resident_id IS NOT NULL AND (NEW.resident_id, NEW.household_id, NEW.rule_id)"
            " IS DISTINCT FROM (OLD.resident_id, OLD.household_id, OLD.rule_id)"
        ),
        func=MEMBER_FITS,
    ),
)
