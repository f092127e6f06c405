from django.conf import settings
from django.db import models


class File(models.Model):
    """A stored file under a random name outside the static tree; `name` is what a person sees.

    `place` is the statistics code that decides who may fetch it: 6 digits the district, 9 a township, 12 a village.
    """

    name = models.CharField("文件名", max_length=160)
    content = models.FileField("内容", upload_to="%Y/%m", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveIntegerField("字节")
    sha256 = models.CharField(max_length=64)
    place = models.CharField("地方代码", max_length=12, db_index=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.name
