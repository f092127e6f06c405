"""What is doubted waits for its answer, and an answer stands. Plain SQL."""

from django.db import migrations

SQL = """
CREATE FUNCTION points_doubted_honours_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_doubt d JOIN points_honour h ON h.id = d.honour_id
                WHERE h.notice_id = NEW.id AND h.state = 'published' AND d.state = 'received') THEN
        RAISE EXCEPTION 'points_doubted_honours_wait' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_doubted_honours_wait BEFORE UPDATE OF closed_at ON points_honournotice
    FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL)
    EXECUTE FUNCTION points_doubted_honours_wait();

CREATE FUNCTION points_doubted_year_end_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM points_doubt d JOIN points_yearendline l ON l.id = d.line_id
                WHERE l.year_end_id = NEW.id AND d.state = 'received') THEN
        RAISE EXCEPTION 'points_doubted_year_end_waits' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_doubted_year_end_waits BEFORE UPDATE OF state ON points_yearend
    FOR EACH ROW WHEN (NEW.state = 'posted' AND OLD.state <> 'posted')
    EXECUTE FUNCTION points_doubted_year_end_waits();

CREATE FUNCTION points_doubt_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'points_doubt_is_kept' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER points_doubt_is_never_deleted BEFORE DELETE ON points_doubt
    FOR EACH ROW EXECUTE FUNCTION points_doubt_is_kept();
CREATE TRIGGER points_answered_doubt_stands BEFORE UPDATE OF state, outcome, answer, decided_by_id, decided_at, text
    ON points_doubt FOR EACH ROW WHEN (OLD.state = 'settled') EXECUTE FUNCTION points_doubt_is_kept();
"""
UNDO = """
DROP TRIGGER points_answered_doubt_stands ON points_doubt;
DROP TRIGGER points_doubt_is_never_deleted ON points_doubt;
DROP FUNCTION points_doubt_is_kept();
DROP TRIGGER points_doubted_year_end_waits ON points_yearend;
DROP FUNCTION points_doubted_year_end_waits();
DROP TRIGGER points_doubted_honours_wait ON points_honournotice;
DROP FUNCTION points_doubted_honours_wait();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0029_doubts")]
    operations = [migrations.RunSQL(SQL, UNDO)]
