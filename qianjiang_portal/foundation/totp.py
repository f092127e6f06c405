"""Codes of an authenticator on a telephone (RFC 6238): six digits of SHA-1, a new one every thirty seconds.

Every such program shows these. A clock that is half a minute off still opens; what was shown before that does not.
"""

import base64
import datetime as dt
import hmac
import secrets

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP, DIGITS, SECRET_BYTES = 30, 6, 20
DRIFT = 1


def new_secret() -> str:
    """What telephone and portal share, as base32 of 32 letters."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(now: dt.datetime) -> int:
    return int(now.timestamp()) // STEP


def code(secret: str, step: int) -> str:
    # SHA-1 is what the programs on telephones know; as a keyed digest it is not the broken one.
    return HOTP(base64.b32decode(secret), DIGITS, SHA1()).generate(step).decode()  # noqa: S303


def matching_step(secret: str, given: str, now: dt.datetime) -> int | None:
    """The step whose code was given, the present one or its neighbours; None for a wrong one."""
    present = step_at(now)
    steps = range(present - DRIFT, present + DRIFT + 1)
    return next((step for step in steps if hmac.compare_digest(code(secret, step).encode(), given.encode())), None)


def address(secret: str, account: str, issuer: str) -> str:
    """What the QR code says to the program on the telephone."""
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303
    return totp.get_provisioning_uri(account, issuer)


def picture(address: str) -> str:
    """The address as a QR code, an image that holds itself: no file that somebody else could ask for."""
    made = segno.make(address, error="m", micro=False)
    return made.svg_data_uri(border=2, omitsize=True, svgclass=None, lineclass=None)
