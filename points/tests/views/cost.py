"""What a page asks of the database by itself, the frame that every page stands in left out."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse


def own_queries(client: Client, url: str) -> int:
    return _queries(client, url) - _queries(client, reverse("components"))


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)
