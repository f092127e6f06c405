from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "qianjiang_portal.foundation"
    label = "foundation"
    verbose_name = "基础"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from qianjiang_portal.foundation import history

        connection_created.connect(history.accompany, dispatch_uid="history")
        history.track("foundation_option")
