from django.db import migrations

WALL = r"""
ALTER TABLE points_doubt ADD CONSTRAINT points_doubt_phone_is_sealed
    CHECK (phone = '' OR phone ~ '^q[as]1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}$');
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0034_rule_rhythm")]

    operations = [migrations.RunSQL(WALL, "ALTER TABLE points_doubt DROP CONSTRAINT points_doubt_phone_is_sealed")]
