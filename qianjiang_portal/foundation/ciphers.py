"""Short texts nobody reads without the portal's key, which lies outside the database: telephone numbers, secrets.

    sealed: qa1.<key>.<text>    qa1 AES-256-GCM, qs1 SM4-GCM; which key; nonce, ciphertext and tag as base64url

A sealed text is bound to what it is (`label`), so that one column's text says nothing in another. The setting
`FIELD_KEY` seals; `FIELD_KEYS_OLD` still opens. `mark` is a keyed digest: the same text has the same mark, and
without the key nobody can try all telephone numbers against it.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from qianjiang_portal.foundation.refusals import Refused

KINDS = {"aes": "qa1", "sm4": "qs1"}
NONCE, TAG, MARK = 12, 16, 32
# Of what the database may hold; the constraint of each sealed column says the same.
SEALED = r"^q[as]1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}$"


class CannotOpen(Refused):
    """The text was sealed with another key, or changed."""


@dataclass(frozen=True)
class Key:
    """What one key of the settings gives: a cipher key for each algorithm, a key for marks, and a name."""

    aes: bytes
    sm4: bytes
    marks: bytes
    name: str

    @classmethod
    def of(cls, text: str) -> "Key":
        master = bytes.fromhex(text)
        aes, sm4, marks, name = (
            HKDF(hashes.SHA256(), length, None, f"qianjiang field {use}".encode()).derive(master)
            for use, length in (("aes", 32), ("sm4", 16), ("mark", 32), ("name", 4))
        )
        return cls(aes, sm4, marks, name.hex())


def seal(text: str, label: str) -> str:
    """The text sealed with the present key. Nothing stays nothing."""
    if not text:
        return ""
    key, kind, nonce = _keys()[0], KINDS[settings.FIELD_CIPHER], secrets.token_bytes(NONCE)
    encryptor = Cipher(_algorithm(key, kind), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(label.encode())
    sealed = nonce + encryptor.update(text.encode()) + encryptor.finalize() + encryptor.tag
    return f"{kind}.{key.name}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


def unseal(sealed: str, label: str) -> str:
    """The text again. Raises CannotOpen."""
    kind, name, body = _parts(sealed)
    key = next((key for key in _keys() if key.name == name), None)
    if key is None:
        raise CannotOpen("密钥不对，读不出来")
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        decryptor = Cipher(_algorithm(key, kind), modes.GCM(raw[:NONCE], raw[-TAG:])).decryptor()
        decryptor.authenticate_additional_data(label.encode())
        return (decryptor.update(raw[NONCE:-TAG]) + decryptor.finalize()).decode()
    except (InvalidTag, ValueError):
        raise CannotOpen("内容被改动过，读不出来") from None


def opens(sealed: str, label: str) -> bool:
    try:
        unseal(sealed, label)
    except CannotOpen:
        return False
    return True


def is_sealed(text: str) -> bool:
    return text[:4] in {f"{kind}." for kind in KINDS.values()}


def is_present(sealed: str) -> bool:
    """Whether a text is sealed as the settings say now, and not with an older key or the other algorithm."""
    return sealed.startswith(f"{KINDS[settings.FIELD_CIPHER]}.{_keys()[0].name}.")


def mark(text: str, label: str) -> str:
    """What tells that two sealed texts are the same, in hex; nothing for nothing."""
    return hmac.new(_keys()[0].marks, f"{label}|{text}".encode(), "sha256").hexdigest()[:MARK] if text else ""


def _keys() -> tuple[Key, ...]:
    return _derived((settings.FIELD_KEY, *settings.FIELD_KEYS_OLD))


@lru_cache(maxsize=4)
def _derived(texts: tuple[str, ...]) -> tuple[Key, ...]:
    return tuple(Key.of(text) for text in texts)


def _algorithm(key: Key, kind: str) -> "algorithms.AES | algorithms.SM4":
    return algorithms.AES(key.aes) if kind == KINDS["aes"] else algorithms.SM4(key.sm4)


def _parts(sealed: str) -> tuple[str, str, str]:
    parts = sealed.split(".")
    if len(parts) != 3 or parts[0] not in KINDS.values():
        raise CannotOpen("内容被改动过，读不出来")
    return parts[0], parts[1], parts[2]
