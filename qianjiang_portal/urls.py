from django.urls import include, path

urlpatterns = [
    path("", include("qianjiang_portal.pages.urls")),
    path("accounts/", include("villages.urls")),
    path("", include("points.urls")),
    path("", include("reports.urls")),
]
