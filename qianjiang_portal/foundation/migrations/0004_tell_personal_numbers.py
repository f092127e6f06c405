"""What `foundation/personal.py` tells, told by the database itself, for the triggers of public texts. Plain SQL."""

from django.db import migrations

SQL = r"""
CREATE FUNCTION foundation_personal_number(said text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE
        WHEN plain ~ '(?<![0-9])[0-9]{6}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3}[0-9Xx](?![0-9])' THEN '身份证号'
        WHEN plain ~ '(?<![0-9])(\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])' THEN '手机号'
        WHEN plain ~ '(?<![0-9])([0-9]{16,19}|[0-9]{4}([ -][0-9]{4}){3}([ -][0-9]{1,3})?)(?![0-9])' THEN '银行卡号'
        ELSE '' END
    FROM (SELECT normalize(said, NFKC)) AS one (plain)
$$;
"""
UNDO = "DROP FUNCTION foundation_personal_number(text);"


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_portal_keeps_itself_well")]
    operations = [migrations.RunSQL(SQL, UNDO)]
