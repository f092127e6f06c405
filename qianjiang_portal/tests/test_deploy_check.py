"""A real portal's settings pass Django's own look at a deployment, and weak ones do not start at all."""

import os
import secrets
import subprocess
import sys

import pytest

from qianjiang_portal import env

STRONG = {
    "DEBUG": "0",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "FIELD_KEY": secrets.token_hex(32),
    "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "jf.example.gov.cn",
}


def check(data, *words, **given):
    """`check --deploy` with a real portal's environment; it needs no database."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", *words]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment = {name: value for name, value in (STRONG | given).items() if value is not None}
    return subprocess.run(
        command,
        cwd=env.ROOT,
        env=kept | {"PORTAL_DATA": str(data)} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_real_portal_is_deployed_well(tmp_path):
    done = check(tmp_path)

    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("SECRET_KEY", None), ("SECRET_KEY", "secret"), ("FIELD_KEY", None), ("FIELD_KEY", "00" * 32)],
)
def test_a_weak_or_missing_key_does_not_start(tmp_path, name, value):
    done = check(tmp_path, **{name: value})

    assert done.returncode != 0
    assert done.stderr.startswith(f"{name} must be ")


@pytest.mark.parametrize(
    ("name", "value", "found"), [("SSL_REDIRECT", "0", "security.W008"), ("HTTPS", "0", "security.W012")]
)
def test_a_portal_without_https_is_found(tmp_path, name, value, found):
    """The check does look: switched off, it says so. Only what is about safety is looked at, which loads no pages."""
    done = check(tmp_path, "--tag", "security", **{name: value})

    assert done.returncode == 1
    assert found in done.stderr
