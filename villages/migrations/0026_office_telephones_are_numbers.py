"""The office telephone of an account is a number; of what was written otherwise the number in it is kept."""

from django.db import migrations, models
from django.db.models import Q

from qianjiang_portal.foundation import personal
from villages.migrations import _telephones

PHONE = r"^([\s+()转,-]*[0-9]){5,20}[\s+()转,-]*$"
MENDED = _telephones.phones_mended("villages_user", PHONE)


class Migration(migrations.Migration):
    dependencies = [
        ("villages", "0025_units_have_names_of_their_own"),
    ]

    operations = [
        migrations.RunSQL(MENDED, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=personal.PhoneField(blank=True, max_length=30, verbose_name="办公电话"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=PHONE), name="villages_user_phone_is_a_number"
            ),
        ),
    ]
