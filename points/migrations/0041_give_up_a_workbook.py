"""A workbook may be given up: one state more, told to the form; the table stays as it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("points", "0040_look_at_remarks_sooner"),
    ]

    operations = [
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "正在校验"),
                    ("checked", "待确认"),
                    ("confirming", "正在导入"),
                    ("done", "已导入"),
                    ("failed", "没有读出来"),
                    ("undone", "已撤销"),
                    ("dropped", "不再导入"),
                ],
                default="checking",
                max_length=10,
                verbose_name="状态",
            ),
        ),
    ]
