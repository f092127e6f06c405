"""Nobody is named or appointed to a village for days after it became part of another one."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("villages", "0023_history_of_covered_villages"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='appointment',
            trigger=pgtrigger.compiler.Trigger(name='to_an_open_village', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF (TG_OP = 'INSERT' OR NEW.village_id IS DISTINCT FROM OLD.village_id) AND EXISTS (\n        SELECT 1 FROM villages_village v\n        WHERE v.id = NEW.village_id AND v.closed_on < COALESCE(NEW.ends_on, 'infinity'::date))\n    THEN\n        RAISE EXCEPTION 'villages_term_is_in_an_open_village' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='c60469c2e4d88f66b074226dd09410e5131e44d6', operation='INSERT OR UPDATE OF "village_id"', pgid='pgtrigger_to_an_open_village_6c9c0', table='villages_appointment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='post',
            trigger=pgtrigger.compiler.Trigger(name='to_an_open_village', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF (TG_OP = 'INSERT' OR NEW.village_id IS DISTINCT FROM OLD.village_id) AND EXISTS (\n        SELECT 1 FROM villages_village v\n        WHERE v.id = NEW.village_id AND v.closed_on < COALESCE(NEW.ends_on, 'infinity'::date))\n    THEN\n        RAISE EXCEPTION 'villages_term_is_in_an_open_village' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='d4231e265056567031937081555871e693ee2c63', operation='INSERT OR UPDATE OF "village_id"', pgid='pgtrigger_to_an_open_village_54aa6', table='villages_post', when='BEFORE')),
        ),
    ]
