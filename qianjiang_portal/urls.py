from django.contrib import admin
from django.urls import include, path

from villages.views.accounts import administration_door

urlpatterns = [
    path("admin/login/", administration_door, name="administration-door"),
    path("admin/", admin.site.urls),
    path("api/", include("qianjiang_portal.api")),
    path("", include("qianjiang_portal.pages.urls")),
    path("", include("villages.urls")),
    path("", include("points.urls")),
    path("", include("demos.urls")),
    path("", include("reports.urls")),
]
