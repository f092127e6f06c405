"""What the words in the workbooks of a village mean, and what each is taken for in one."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("points", "0042_give_up_a_sheet"),
        ('villages', '0023_history_of_covered_villages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='words',
            field=models.JSONField(db_default={}, default=dict, verbose_name='叫法'),
        ),
        migrations.CreateModel(
            name='ImportWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=40, verbose_name='叫法')),
                ('said_at', models.DateTimeField(verbose_name='认定时间')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='points.rule', verbose_name='事项')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='认定')),
                ('village', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='import_words', to='villages.village', verbose_name='村')),
            ],
            options={
                'verbose_name': '表里的叫法',
                'verbose_name_plural': '表里的叫法',
                'constraints': [models.UniqueConstraint(fields=('village', 'word'), name='points_word_means_one_item_in_a_village'), models.CheckConstraint(condition=models.Q(('word', ''), _negated=True), name='points_word_is_written')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='importword',
            trigger=pgtrigger.compiler.Trigger(name='fits', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    IF NOT EXISTS (\n        SELECT 1 FROM points_rule r JOIN points_ruleset s ON s.id = r.rule_set_id\n            JOIN villages_village v ON v.id = NEW.village_id\n        WHERE r.id = NEW.rule_id AND s.state IN ('published', 'retired')\n            AND (s.village_id = v.id OR s.township_id = v.township_id)\n    ) THEN\n        RAISE EXCEPTION 'points_word_means_an_adopted_item_of_its_village' USING ERRCODE = 'check_violation';\n    END IF;\n    IF foundation_personal_number(NEW.word) <> '' THEN\n        RAISE EXCEPTION 'points_word_holds_no_personal_number' USING ERRCODE = 'check_violation';\n    END IF;\n    RETURN NEW;\n", hash='4a2517b8be6b53b56a907bc0a55e7512c1ee1e3d', operation='INSERT OR UPDATE', pgid='pgtrigger_fits_f3528', table='points_importword', when='BEFORE')),
        ),
    ]
