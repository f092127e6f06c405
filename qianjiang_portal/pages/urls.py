from django.urls import include, path

from qianjiang_portal.pages import jobs
from qianjiang_portal.pages.views import audit, clock, guides, health, home, open_villages, rights, search

jobs_urls = (
    [
        path("", jobs.job_list, name="list"),
        path("<uuid:job_uuid>/", jobs.progress, name="progress"),
        path("<uuid:job_uuid>/cancel/", jobs.cancel, name="cancel"),
        path("<uuid:job_uuid>/retry/", jobs.retry, name="retry"),
    ],
    "jobs",
)

urlpatterns = [
    path("", home.index, name="index"),
    path("home/", home.home, name="home"),
    path("jobs/", include(jobs_urls)),
    path("status/", health.status, name="status"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.audit_export, name="audit-export"),
    path("audit/changes/", audit.audit_changes, name="audit-changes"),
    path("audit/seals/", audit.audit_seal_list, name="audit-seals"),
    path("audit/<int:pk>/", audit.audit_event, name="audit-event"),
    path("rights/", rights.village_rights, name="rights"),
    path("rights/people/", rights.people_rights, name="rights-people"),
    path("rights/people/<int:pk>/", rights.person_rights, name="rights-person"),
    path("gk/", open_villages.public_villages, name="public-villages"),
    path("search/", search.search, name="search"),
    path("help/", guides.guide_list, name="help"),
    path("help/keys/", guides.keys, name="help-keys"),
    path("help/api/", guides.api, name="help-api"),
    path("help/clock/", clock.clock, name="help-clock"),
    path("help/components/", guides.components, name="components"),
    path("help/<slug:slug>/", guides.guide, name="help-guide"),
]
