"""A report is restated by a new version; one that was kept stays as it was, whoever asks."""

from django.db import migrations

FROZEN = """
CREATE FUNCTION reports_refuse_changing_a_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a report never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER reports_version_never_changes BEFORE UPDATE OR DELETE ON reports_reportversion
    FOR EACH ROW EXECUTE FUNCTION reports_refuse_changing_a_version();
"""
LOOSE = """
DROP TRIGGER reports_version_never_changes ON reports_reportversion;
DROP FUNCTION reports_refuse_changing_a_version();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0005_papers_of_a_period_are_packed"),
    ]

    operations = [
        migrations.RunSQL(FROZEN, LOOSE),
    ]
