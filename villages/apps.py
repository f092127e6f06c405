from django.apps import AppConfig


class VillagesConfig(AppConfig):
    name = "villages"
    verbose_name = "村与人"

    def ready(self) -> None:
        from villages import metrics  # noqa: F401  (it registers figures)
