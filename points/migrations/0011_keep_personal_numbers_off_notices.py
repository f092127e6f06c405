"""No notice, no remark of a row on one and no answer to an objection holds somebody's number. Plain SQL.

A row that held one before this was refused stays readable; it only cannot be saved with another, nor go on a notice.
"""

from django.db import migrations

SQL = r"""
CREATE FUNCTION points_refuse_personal_number() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text := CASE TG_TABLE_NAME
        WHEN 'points_claim' THEN concat_ws(E'\n', to_jsonb(NEW) ->> 'note', to_jsonb(NEW) ->> 'return_note',
                                           to_jsonb(NEW) ->> 'contest_reason')
        WHEN 'points_notice' THEN to_jsonb(NEW) ->> 'rules_title'
        WHEN 'points_noticeline' THEN concat_ws(E'\n', to_jsonb(NEW) ->> 'masked_name', to_jsonb(NEW) ->> 'grid_name')
        ELSE to_jsonb(NEW) ->> 'answer' END;
    kind text := foundation_personal_number(words);
BEGIN
    IF kind <> '' THEN
        RAISE EXCEPTION '%_holds_no_personal_number: %', TG_TABLE_NAME, kind USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER points_new_claim_holds_no_personal_number BEFORE INSERT ON points_claim
    FOR EACH ROW WHEN (NEW.note <> '') EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_claim_holds_no_personal_number BEFORE UPDATE ON points_claim
    FOR EACH ROW WHEN (NEW.note || NEW.return_note || NEW.contest_reason <> ''
        AND (NEW.note <> OLD.note OR NEW.return_note <> OLD.return_note OR NEW.contest_reason <> OLD.contest_reason
             OR (NEW.state = 'published' AND OLD.state <> 'published')))
    EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_notice_holds_no_personal_number BEFORE INSERT OR UPDATE OF rules_title ON points_notice
    FOR EACH ROW EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_noticeline_holds_no_personal_number
    BEFORE INSERT OR UPDATE OF masked_name, grid_name ON points_noticeline
    FOR EACH ROW EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_objection_holds_no_personal_number BEFORE INSERT OR UPDATE OF answer ON points_objection
    FOR EACH ROW WHEN (NEW.answer <> '') EXECUTE FUNCTION points_refuse_personal_number();
"""
UNDO = """
DROP TRIGGER points_objection_holds_no_personal_number ON points_objection;
DROP TRIGGER points_noticeline_holds_no_personal_number ON points_noticeline;
DROP TRIGGER points_notice_holds_no_personal_number ON points_notice;
DROP TRIGGER points_claim_holds_no_personal_number ON points_claim;
DROP TRIGGER points_new_claim_holds_no_personal_number ON points_claim;
DROP FUNCTION points_refuse_personal_number();
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0010_guard_the_store"), ("foundation", "0004_tell_personal_numbers")]
    operations = [migrations.RunSQL(SQL, UNDO)]
