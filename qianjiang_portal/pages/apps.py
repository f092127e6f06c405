from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "qianjiang_portal.pages"
    label = "pages"
    verbose_name = "页面"
