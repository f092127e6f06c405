from django.db import migrations

from qianjiang_portal.foundation import history


class Migration(migrations.Migration):
    dependencies = [("points", "0027_register_files"), ("foundation", "0007_history_of_master_data")]

    operations = [
        migrations.RunSQL(*history.triggers("points_ruleset", skip=("version",))),
        migrations.RunSQL(*history.triggers("points_rule", skip=("initials",))),
    ]
