"""The telephone of a 便民事项 is a number; of what was written otherwise the number in it is kept."""

from django.db import migrations, models
from django.db.models import Q

from villages.migrations import _telephones

SHORT = "11[0249]|12[0-2]"
PHONE = rf"^({SHORT})$|^([\s+()转,-]*[0-9]){{5,20}}[\s+()转,-]*$"
MENDED = _telephones.phones_mended("villages_guide", PHONE, SHORT)


class Migration(migrations.Migration):
    dependencies = [
        ("villages", "0027_telephones_of_places_and_posts_are_numbers"),
    ]

    operations = [
        migrations.RunSQL(MENDED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="guide",
            constraint=models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=PHONE), name="villages_guide_phone_is_a_number"
            ),
        ),
    ]
