"""Where the chart bundle is, if it was built: without it no script is asked for and the tables stand alone."""

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static

register = template.Library()

BUNDLE = "build/echarts.js"


@register.simple_tag
def chart_bundle() -> str:
    if not finders.find(BUNDLE):
        return ""
    try:
        return static(BUNDLE)
    except ValueError:  # built after the static files were collected
        return ""
