"""What the database keeps of evidence: a claim that needs it has some when it leaves its maker, and keeps it after."""

import pgtrigger

OPEN = "('draft', 'returned', 'withdrawn')"

# A rule that asks for evidence gets none through without it. A reversal has the entry it names.
NEEDED = """
    IF NEW.reverses_id IS NULL
        AND EXISTS (SELECT 1 FROM points_rule r WHERE r.id = NEW.rule_id AND r.evidence = 'required')
        AND NOT EXISTS (
            SELECT 1 FROM points_evidence e WHERE e.batch_id = NEW.batch_id AND e.withdrawn_at IS NULL
            AND (e.claim_id IS NULL OR e.claim_id = NEW.id)
        )
    THEN
        RAISE EXCEPTION 'points_claim_has_its_evidence' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Evidence comes and goes with rows that are still their maker's; what has been sent keeps what it was sent with.
STANDS = """
    DECLARE
        loose boolean;
    BEGIN
        IF TG_OP = 'UPDATE' AND (
            OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
            OR to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_by_id' <> to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_by_id'
        ) THEN
            RAISE EXCEPTION 'points_evidence_is_only_withdrawn' USING ERRCODE = 'check_violation';
        END IF;
        IF TG_OP = 'INSERT' AND foundation_personal_number(NEW.caption) <> '' THEN
            RAISE EXCEPTION 'points_evidence_holds_no_personal_number' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.claim_id IS NOT NULL THEN
            SELECT c.state IN ('draft', 'returned') AND c.batch_id = NEW.batch_id INTO loose
                FROM points_claim c WHERE c.id = NEW.claim_id FOR SHARE;
        ELSIF TG_OP = 'INSERT' THEN
            SELECT b.state IN ('draft', 'returned') INTO loose FROM points_batch b WHERE b.id = NEW.batch_id FOR SHARE;
        ELSE
            PERFORM 1 FROM points_batch b WHERE b.id = NEW.batch_id FOR SHARE;
            SELECT COALESCE(bool_and(c.state IN ('draft', 'returned', 'withdrawn')), true) INTO loose
                FROM points_claim c WHERE c.batch_id = NEW.batch_id;
        END IF;
        IF NOT COALESCE(loose, false) THEN
            RAISE EXCEPTION 'points_evidence_stands_once_it_is_sent' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END;
"""

on_claims = (
    pgtrigger.Trigger(
        name="evidence_on_insert",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition(f"NEW.state NOT IN {OPEN}"),
        func=NEEDED,
    ),
    pgtrigger.Trigger(
        name="evidence_when_sent",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state", "rule_id"),
        condition=pgtrigger.Condition(
            f"NEW.state NOT IN {OPEN} AND (OLD.state IN {OPEN} OR OLD.rule_id <> NEW.rule_id)"
        ),
        func=NEEDED,
    ),
)
on_evidence = (
    pgtrigger.Trigger(name="stands", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update, func=STANDS),
    pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
)
