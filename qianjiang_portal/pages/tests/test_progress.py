"""The fragment that shows a job's progress."""

from django.template.loader import render_to_string

from conftest import NOW
from qianjiang_portal.foundation.models import Job


def test_a_fragment_replaces_itself_and_not_the_region_around_it():
    """A page may give its region a target of its own; the fragment must not take it over."""
    html = render_to_string("pages/jobs/_progress.html", {"job": Job(kind="x", queued_at=NOW)})

    assert 'hx-target="this" hx-swap="outerHTML"' in html
