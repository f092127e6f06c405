"""The project: settings, processes, and the foundation on which the apps stand."""

from qianjiang_portal.celery import app as celery_app

__all__ = ["celery_app"]
