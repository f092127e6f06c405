"""A token is never widened, handed on, put off or revived: after it was made it can be used and revoked, no more."""

from django.db import migrations

GUARD = """
CREATE FUNCTION villages_token_is_only_used_and_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
       OR (to_jsonb(NEW) - ARRAY['revoked_at', 'last_used_at', 'last_address'])
          IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['revoked_at', 'last_used_at', 'last_address']) THEN
        RAISE EXCEPTION 'a token may only be used and revoked' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER villages_token_is_only_used_and_revoked BEFORE UPDATE ON villages_token
    FOR EACH ROW EXECUTE FUNCTION villages_token_is_only_used_and_revoked();
CREATE TRIGGER villages_token_is_never_deleted BEFORE DELETE ON villages_token
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
"""

UNDO = """
DROP TRIGGER villages_token_is_never_deleted ON villages_token;
DROP TRIGGER villages_token_is_only_used_and_revoked ON villages_token;
DROP FUNCTION villages_token_is_only_used_and_revoked();
"""


class Migration(migrations.Migration):
    dependencies = [("villages", "0008_tokens_for_programs"), ("foundation", "0002_keep_audit_events")]

    operations = [migrations.RunSQL(GUARD, UNDO)]
