from django.db import migrations

# Worked out under one setting and put up under another, points would be lost that the district wants carried over.
FOLLOWS = """
CREATE FUNCTION points_year_end_follows_the_setting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.mode IS DISTINCT FROM (SELECT value #>> '{}' FROM foundation_option WHERE name = 'year_end') THEN
        RAISE EXCEPTION 'a year end is put up as the district has set it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_year_end_follows_the_setting BEFORE UPDATE ON points_yearend
    FOR EACH ROW WHEN (OLD.state = 'prepared' AND NEW.state = 'open')
    EXECUTE FUNCTION points_year_end_follows_the_setting();
"""
FREE = """
DROP TRIGGER points_year_end_follows_the_setting ON points_yearend;
DROP FUNCTION points_year_end_follows_the_setting();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0046_openings_once_more"), ("foundation", "0006_note_the_request")]

    operations = [migrations.RunSQL(FOLLOWS, FREE)]
