"""系统管理 with a list of contents of its own."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "qianjiang_portal.pages.site.AdministrationSite"
