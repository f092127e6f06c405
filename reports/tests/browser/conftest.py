"""The chart bundle is built or there is nothing to test."""

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from qianjiang_portal.testing_browser import base_url, browser_context_args, context, errors, page, room, sign_in
from reports.templatetags.charts import BUNDLE

__all__ = ["base_url", "browser_context_args", "context", "errors", "page", "room", "sign_in"]


@pytest.fixture(scope="session")
def bundle() -> Path:
    found = finders.find(BUNDLE)
    if not found:
        pytest.skip("the chart bundle is not built: npm is missing here")
    return Path(found)


def weight(path: Path) -> int:
    """Bytes as they travel."""
    return len(gzip.compress(path.read_bytes(), 9))
