from django.db import migrations

from qianjiang_portal.foundation import history


class Migration(migrations.Migration):
    """Which villages a counter or a liaison is there for, noted as the rest of an appointment is."""

    dependencies = [("villages", "0022_guides_taken_down"), ("foundation", "0007_history_of_master_data")]

    operations = [migrations.RunSQL(*history.triggers("villages_appointment_villages"))]
