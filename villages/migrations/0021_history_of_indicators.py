from django.db import migrations

from qianjiang_portal.foundation import history


class Migration(migrations.Migration):
    dependencies = [("villages", "0020_meaning_of_indicators"), ("foundation", "0007_history_of_master_data")]

    operations = [migrations.RunSQL(*history.triggers("villages_indicator"))]
