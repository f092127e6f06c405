from django.urls import path

from reports.views import dashboards, villages

app_name = "reports"

urlpatterns = [
    path("dashboard/", dashboards.dashboard, name="dashboard"),
    path("dashboard/t/<str:code>/", dashboards.dashboard_township, name="dashboard-township"),
    path("villages/", villages.village_list, name="village-list"),
    path("villages/<str:code>/", villages.village, name="village"),
]
