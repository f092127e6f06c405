"""No two member units have one name; where two had, the later ones are told apart by their code."""

from django.db import migrations, models

TOLD_APART = """
    UPDATE villages_unit later SET name = left(later.name, 28) || '（' || later.code || '）'
     WHERE EXISTS (SELECT 1 FROM villages_unit one WHERE one.name = later.name AND one.id < later.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("villages", "0024_terms_in_open_villages"),
    ]

    operations = [
        migrations.RunSQL(TOLD_APART, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="unit",
            name="name",
            field=models.CharField(max_length=60, unique=True, verbose_name="名称"),
        ),
    ]
