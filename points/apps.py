from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "points"
    verbose_name = "积分"

    def ready(self) -> None:
        from points import metrics, purchases, tasks  # noqa: F401  (they register figures, purchases and kinds of jobs)
        from qianjiang_portal.foundation import history

        history.track("points_ruleset", "points_rule")
