from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "qianjiang_portal.foundation"
    label = "foundation"
    verbose_name = "基础"
