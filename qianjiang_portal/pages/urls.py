from django.urls import include, path

from qianjiang_portal.pages import jobs, views

jobs_urls = ([path("<uuid:job_uuid>/", jobs.progress, name="progress")], "jobs")

urlpatterns = [
    path("", views.index, name="index"),
    path("home/", views.home, name="home"),
    path("jobs/", include(jobs_urls)),
    path("help/components/", views.components, name="components"),
]
