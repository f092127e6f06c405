from django.urls import path, register_converter

from reports import converters
from reports.views import dashboards, reports, villages

app_name = "reports"

register_converter(converters.Span, "span")
register_converter(converters.PlaceCode, "place")
register_converter(converters.Suffix, "paper")

A_REPORT = "reports/<span:period>/<place:code>/"

urlpatterns = [
    path("dashboard/", dashboards.dashboard, name="dashboard"),
    path("dashboard/t/<str:code>/", dashboards.dashboard_township, name="dashboard-township"),
    path("villages/", villages.village_list, name="village-list"),
    path("villages/<str:code>/", villages.village, name="village"),
    path("reports/", reports.report_list, name="report-list"),
    path("reports/<span:period>/request/", reports.report_request_missing, name="report-request-missing"),
    path(A_REPORT, reports.report, name="report"),
    path(f"{A_REPORT}row/", reports.report_row, name="report-row"),
    path(f"{A_REPORT}request/", reports.report_request, name="report-request"),
    path(f"{A_REPORT}<int:number>/download.<paper:suffix>", reports.report_download, name="report-download"),
]
