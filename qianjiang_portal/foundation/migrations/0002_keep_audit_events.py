from django.db import migrations

GUARD = """
CREATE FUNCTION foundation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER foundation_auditevent_is_append_only BEFORE UPDATE OR DELETE ON foundation_auditevent
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER foundation_auditevent_is_never_truncated BEFORE TRUNCATE ON foundation_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
"""

UNDO = """
DROP TRIGGER foundation_auditevent_is_never_truncated ON foundation_auditevent;
DROP TRIGGER foundation_auditevent_is_append_only ON foundation_auditevent;
DROP FUNCTION foundation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_jobs_audit_options_files")]

    operations = [migrations.RunSQL(GUARD, UNDO)]
