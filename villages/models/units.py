from django.db import models


class Unit(models.Model):
    """A district member unit: a department or mass organisation that helps paired villages.

    Lists, summaries and pairings find it by its name: two of one name could not be told apart.
    """

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    is_lead = models.BooleanField("牵头单位", default=False)
    position = models.PositiveSmallIntegerField("排序", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "成员单位"

    def __str__(self) -> str:
        return self.name
