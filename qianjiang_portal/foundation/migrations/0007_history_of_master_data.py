import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from qianjiang_portal.foundation import history

# One function for each way, since a statement can only name the rows its trigger has. `%I` is nobody's text: the
# columns left out come from the trigger.
NOTE = """
CREATE FUNCTION foundation_note_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_out text[] := TG_ARGV[0]::text[];
BEGIN
    INSERT INTO foundation_change (at, actor_id, request, "table", row, kind, old, new)
    SELECT coalesce(nullif(current_setting('portal.now', true), '')::timestamptz, clock_timestamp()),
           nullif(current_setting('portal.actor', true), '')::bigint,
           coalesce(current_setting('portal.request', true), ''),
           TG_TABLE_NAME, changed.row, '{kind}', changed.old, changed.new
      FROM ({rows}) changed
     ORDER BY changed.row;
    RETURN NULL;
END $$;
"""
ROWS = {
    "insert": "SELECT (to_jsonb(n)->>'id')::bigint AS row, '{}'::jsonb AS old, to_jsonb(n) - left_out AS new FROM new_rows n",
    "delete": "SELECT (to_jsonb(o)->>'id')::bigint AS row, to_jsonb(o) - left_out AS old, '{}'::jsonb AS new FROM old_rows o",
    "update": """
        SELECT o.id AS row, jsonb_object_agg(one.key, one.value) AS old,
               jsonb_object_agg(one.key, to_jsonb(n)->one.key) AS new
          FROM old_rows o JOIN new_rows n ON n.id = o.id CROSS JOIN LATERAL jsonb_each(to_jsonb(o) - left_out) one
         WHERE one.value IS DISTINCT FROM to_jsonb(n)->one.key
         GROUP BY o.id""",
}
GUARD = "".join(NOTE.replace("{kind}", kind).replace("{rows}", rows) for kind, rows in ROWS.items()) + """
CREATE TRIGGER foundation_change_is_append_only BEFORE UPDATE OR DELETE ON foundation_change
    FOR EACH ROW EXECUTE FUNCTION foundation_refuse_change();
CREATE TRIGGER foundation_change_is_never_truncated BEFORE TRUNCATE ON foundation_change
    FOR EACH STATEMENT EXECUTE FUNCTION foundation_refuse_change();
"""
UNDO = """
DROP TRIGGER foundation_change_is_never_truncated ON foundation_change;
DROP TRIGGER foundation_change_is_append_only ON foundation_change;
DROP FUNCTION foundation_note_insert();
DROP FUNCTION foundation_note_update();
DROP FUNCTION foundation_note_delete();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("foundation", "0006_note_the_request"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('request', models.CharField(max_length=36, verbose_name='请求编号')),
                ('table', models.CharField(max_length=63, verbose_name='资料')),
                ('row', models.BigIntegerField(verbose_name='编号')),
                ('kind', models.CharField(choices=[('insert', '新建'), ('update', '修改'), ('delete', '删除')], max_length=6, verbose_name='怎么改的')),
                ('old', models.JSONField(verbose_name='原来')),
                ('new', models.JSONField(verbose_name='现在')),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='人')),
            ],
            options={
                'verbose_name': '资料变更',
                'verbose_name_plural': '资料变更',
                'indexes': [
                    models.Index(fields=['-at', '-id'], name='foundation_change_at_idx'),
                    models.Index(fields=['table', 'row'], name='foundation_change_row_idx'),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNDO),
        migrations.RunSQL(*history.triggers("foundation_option", skip=("updated_at",))),
    ]
