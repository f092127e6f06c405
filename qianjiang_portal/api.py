"""The REST API: one router over the routes of all rooms, and its schema."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from demos.api import routes as demos
from points.api import routes as points
from reports.api import routes as reports
from villages.api import routes as villages


class Elsewhere(APIView):
    """An address below /api/v1/ that nobody answers: told in JSON, as everything else here."""

    permission_classes = [AllowAny]
    schema = None

    def http_method_not_allowed(  # type: ignore[override]
        self, request: Request, *args: object, **kwargs: object
    ) -> Response:
        raise NotFound


router = SimpleRouter(use_regex_path=True)
for prefix, resource, basename in [*villages.routes, *points.routes, *demos.routes, *reports.routes]:
    router.register(prefix, resource, basename)

urlpatterns = [
    path("v1/", include((router.urls, "api"))),
    re_path(r"^v1/.*$", Elsewhere.as_view(), name="api-elsewhere"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
]
