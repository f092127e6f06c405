"""Sessions for tests that are about something else: what signing in leaves behind, without the way there.

The way has tests of its own; it asks the database twenty times, and some three thousand tests begin with it.
"""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from villages.models import User
from villages.sessions import SessionStore

BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin(user: User) -> str:
    """The key of a session that this person began."""
    session, hashed = SessionStore(), user.get_session_auth_hash()
    session.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: hashed})
    session.create()
    return str(session.session_key)


def sign_in(client: Client, user: User) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = begin(user)
