"""Links for messages."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from points.models import Batch


def batch_link(request: HttpRequest, batch: Batch) -> str:
    """A batch by its number, which opens it for whoever may see it."""
    if not Batch.objects.visible_to(request.user).filter(pk=batch.pk).exists():
        return batch.number
    return format_html('<a class="d" href="{}">{}</a>', reverse("points:batch", args=[batch.number]), batch.number)
