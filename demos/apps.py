from django.apps import AppConfig


class DemosConfig(AppConfig):
    name = "demos"
    verbose_name = "示范创建"

    def ready(self) -> None:
        from demos import metrics  # noqa: F401  (it registers figures)
