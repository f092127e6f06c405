"""A household sheet may be given up: one state more, and never what is written or waits for its checker."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("points", "0041_give_up_a_workbook"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='registerfile',
            name='done_stays',
        ),
        migrations.AlterField(
            model_name='registerfile',
            name='state',
            field=models.CharField(choices=[('checking', '正在比对'), ('checked', '待确认'), ('waiting', '待复核'), ('writing', '正在写入'), ('done', '已写入'), ('failed', '没有读出来'), ('dropped', '不再导入')], default='checking', max_length=8, verbose_name='状态'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registerfile',
            trigger=pgtrigger.compiler.Trigger(name='done_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IN ('done', 'dropped'))", func="\n    RAISE EXCEPTION 'points_written_register_file_stays' USING ERRCODE = 'check_violation';\n", hash='c7d9e16ba5c10363fb8026ee4dadc1c1ed0da4c4', operation='UPDATE', pgid='pgtrigger_done_stays_84a7d', table='points_registerfile', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registerfile',
            trigger=pgtrigger.compiler.Trigger(name='given_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (NEW.state = 'dropped')", func="\n    IF OLD.state NOT IN ('checked', 'failed') AND NOT (OLD.state IN ('checking', 'writing') AND EXISTS (\n        SELECT 1 FROM foundation_job j WHERE j.id = OLD.job_id AND j.state = 'failed'))\n    THEN\n        RAISE EXCEPTION 'points_register_file_is_not_given_up' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='62d8ce22b3c2181a448792a2f80f6370176f0333', operation='UPDATE OF "state"', pgid='pgtrigger_given_up_dc86a', table='points_registerfile', when='BEFORE')),
        ),
    ]
