from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "材料报送"

    def ready(self) -> None:
        from reports import tasks  # noqa: F401 - tells the job machinery what this room can do
