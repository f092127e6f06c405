import django.db.models.deletion
import qianjiang_portal.foundation.sealed
from django.conf import settings
from django.db import migrations, models

GUARD = r"""
ALTER TABLE villages_secondfactor ADD CONSTRAINT villages_secondfactor_secret_is_sealed
    CHECK (secret ~ '^q[as]1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}$');
CREATE FUNCTION villages_factor_goes_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'villages_factor_goes_forward: a code that was used does not become new again'
        USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER villages_factor_goes_forward BEFORE UPDATE ON villages_secondfactor FOR EACH ROW
    WHEN (OLD.last_step IS NOT NULL AND (NEW.last_step IS NULL OR NEW.last_step < OLD.last_step))
    EXECUTE FUNCTION villages_factor_goes_forward();
CREATE FUNCTION villages_recovery_code_is_used_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'villages_recovery_code_is_used_once' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER villages_recovery_code_is_used_once BEFORE UPDATE ON villages_recoverycode FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL OR NEW.hash <> OLD.hash)
    EXECUTE FUNCTION villages_recovery_code_is_used_once();
"""
UNDO = """
DROP TRIGGER villages_recovery_code_is_used_once ON villages_recoverycode;
DROP FUNCTION villages_recovery_code_is_used_once();
DROP TRIGGER villages_factor_goes_forward ON villages_secondfactor;
DROP FUNCTION villages_factor_goes_forward();
ALTER TABLE villages_secondfactor DROP CONSTRAINT villages_secondfactor_secret_is_sealed;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("villages", "0017_trainings_and_appraisals"),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', qianjiang_portal.foundation.sealed.SealedField(editable=False, longest=64, marked='')),
                ('made_at', models.DateTimeField(verbose_name='开始时间')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='启用时间')),
                ('last_step', models.BigIntegerField(blank=True, editable=False, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='连续没对上')),
                ('locked_until', models.DateTimeField(blank=True, null=True, verbose_name='等到')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='second_factor', to=settings.AUTH_USER_MODEL, verbose_name='用户')),
            ],
            options={'verbose_name': '两步验证', 'verbose_name_plural': '两步验证'},
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(editable=False, max_length=128)),
                ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='用过')),
                ('factor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='villages.secondfactor')),
            ],
            options={'verbose_name': '备用码', 'verbose_name_plural': '备用码'},
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
