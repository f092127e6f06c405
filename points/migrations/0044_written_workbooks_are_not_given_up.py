"""What was given up stays so, and a workbook that is at work or written is not given up."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("points", "0043_words_of_a_village"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='import',
            trigger=pgtrigger.compiler.Trigger(name='given_up', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state <> NEW.state AND 'dropped' IN (OLD.state, NEW.state))", func="\n    IF OLD.state = 'dropped' THEN\n        RAISE EXCEPTION 'points_given_up_workbook_stays' USING ERRCODE = 'check_violation';\n    END IF;\n    IF OLD.state NOT IN ('checked', 'failed') AND NOT (OLD.state IN ('checking', 'confirming') AND EXISTS (\n        SELECT 1 FROM foundation_job j WHERE j.id = OLD.job_id AND j.state = 'failed'))\n    THEN\n        RAISE EXCEPTION 'points_workbook_is_not_given_up' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='eba64731c1b50cfa5695875b842e7649988d7b03', operation='UPDATE OF "state"', pgid='pgtrigger_given_up_d14c2', table='points_import', when='BEFORE')),
        ),
    ]
