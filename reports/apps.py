from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "材料报送"

    def ready(self) -> None:
        from reports import metrics, tasks  # noqa: F401 - figures for other rooms, work for the job machinery
