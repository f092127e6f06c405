"""The triggers that keep personal numbers off claims look before they are called.

The same rows are refused with the same words. The function turned every row into JSON three times to find its texts,
which was more than half of what importing a row cost. Plain SQL.
"""

from django.db import migrations

SQL = r"""
DROP TRIGGER points_new_claim_holds_no_personal_number ON points_claim;
DROP TRIGGER points_claim_holds_no_personal_number ON points_claim;
CREATE TRIGGER points_new_claim_holds_no_personal_number BEFORE INSERT ON points_claim
    FOR EACH ROW WHEN (NEW.note <> '' AND foundation_personal_number(
        concat_ws(E'\n', NEW.note, NEW.return_note, NEW.contest_reason)) <> '')
    EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_claim_holds_no_personal_number BEFORE UPDATE ON points_claim
    FOR EACH ROW WHEN (NEW.note || NEW.return_note || NEW.contest_reason <> ''
        AND (NEW.note <> OLD.note OR NEW.return_note <> OLD.return_note OR NEW.contest_reason <> OLD.contest_reason
             OR (NEW.state = 'published' AND OLD.state <> 'published'))
        AND foundation_personal_number(concat_ws(E'\n', NEW.note, NEW.return_note, NEW.contest_reason)) <> '')
    EXECUTE FUNCTION points_refuse_personal_number();
"""
UNDO = r"""
DROP TRIGGER points_new_claim_holds_no_personal_number ON points_claim;
DROP TRIGGER points_claim_holds_no_personal_number ON points_claim;
CREATE TRIGGER points_new_claim_holds_no_personal_number BEFORE INSERT ON points_claim
    FOR EACH ROW WHEN (NEW.note <> '') EXECUTE FUNCTION points_refuse_personal_number();
CREATE TRIGGER points_claim_holds_no_personal_number BEFORE UPDATE ON points_claim
    FOR EACH ROW WHEN (NEW.note || NEW.return_note || NEW.contest_reason <> ''
        AND (NEW.note <> OLD.note OR NEW.return_note <> OLD.return_note OR NEW.contest_reason <> OLD.contest_reason
             OR (NEW.state = 'published' AND OLD.state <> 'published')))
    EXECUTE FUNCTION points_refuse_personal_number();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0039_entries_name_what_is_there"),
        ("foundation", "0008_tell_personal_numbers_sooner"),
    ]
    operations = [migrations.RunSQL(SQL, UNDO)]
