from django.apps import AppConfig


class VillagesConfig(AppConfig):
    name = "villages"
    verbose_name = "村与人"

    def ready(self) -> None:
        from qianjiang_portal.foundation import history
        from villages import metrics  # noqa: F401  (it registers figures)

        history.track(
            "villages_township",
            "villages_village",
            "villages_grid",
            "villages_unit",
            "villages_appointment",
            "villages_appointment_villages",
            "villages_household",
            "villages_resident",
            "villages_indicator",
        )
