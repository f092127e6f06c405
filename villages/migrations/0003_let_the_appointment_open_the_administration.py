from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("villages", "0002_count_villages_that_adopted_rules")]

    operations = [migrations.RemoveField(model_name="user", name="is_staff")]
