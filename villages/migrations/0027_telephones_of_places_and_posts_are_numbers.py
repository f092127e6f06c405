"""The telephones of places and of 人员 are numbers; of what was written otherwise the number in it is kept."""

from django.db import migrations, models
from django.db.models import Q

from qianjiang_portal.foundation import personal
from villages.migrations import _telephones

PHONE = r"^([\s+()转,-]*[0-9]){5,20}[\s+()转,-]*$"
LABELS = {"township": "监督电话", "village": "监督电话", "post": "办公电话"}
MENDED = [statement for name in LABELS for statement in _telephones.phones_mended(f"villages_{name}", PHONE)]


class Migration(migrations.Migration):
    dependencies = [
        ("villages", "0026_office_telephones_are_numbers"),
    ]

    operations = [
        migrations.RunSQL(MENDED, migrations.RunSQL.noop),
        *(
            migrations.AlterField(
                model_name=name,
                name="phone",
                field=personal.PhoneField(blank=True, max_length=30, verbose_name=label),
            )
            for name, label in LABELS.items()
        ),
        *(
            migrations.AddConstraint(
                model_name=name,
                constraint=models.CheckConstraint(
                    condition=Q(phone="") | Q(phone__regex=PHONE), name=f"villages_{name}_phone_is_a_number"
                ),
            )
            for name in LABELS
        ),
    ]
