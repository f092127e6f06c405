"""A file nobody reads or changes without the key: AES-256-GCM in pieces, each bound to its place in the file.

    header: 4 bytes QJB1, 16 bytes salt        piece: up to 1 MiB of text, encrypted, with its 16-byte tag

The key of a file is drawn from the portal's key and the salt. The nonce of a piece holds its number and whether it is
the last, so that a piece cannot be left out, moved or cut off at the end.
"""

import io
import secrets
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qianjiang_portal.foundation.refusals import Refused

MAGIC = b"QJB1"
SALT = 16
PIECE = 1 << 20
TAG = 16


class CannotOpen(Refused):
    """The file is not whole, was changed, or belongs to another key."""


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, b"qianjiang backup").derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealer(io.RawIOBase):
    """Takes text by `write`, puts pieces into `target`; `close` writes the last one."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        salt = secrets.token_bytes(SALT)
        self._target, self._cipher = target, _cipher(key, salt)
        self._held, self._number = bytearray(), 0
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, text: bytes) -> int:  # type: ignore[override]
        self._held += text
        # One byte more than a piece has to be there: only then is the piece known not to be the last.
        while len(self._held) > PIECE:
            self._put(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]
        return len(text)

    def close(self) -> None:
        if not self.closed:
            self._put(bytes(self._held), last=True)
        super().close()

    def _put(self, piece: bytes, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), piece, MAGIC))
        self._number += 1


class Opener(io.RawIOBase):
    """Reads what a `Sealer` wrote. Raises CannotOpen as soon as a piece does not fit."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        if source.read(len(MAGIC)) != MAGIC:
            raise CannotOpen("这不是加密的备份文件")
        self._source, self._cipher = source, _cipher(key, source.read(SALT))
        self._next, self._number = source.read(PIECE + TAG), 0
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        if not self._held:
            self._held = self._piece()
        size = min(len(room), len(self._held))
        room[:size], self._held = self._held[:size], self._held[size:]
        return size

    def _piece(self) -> bytes:
        if not self._next:
            return b""
        present, self._next = self._next, self._source.read(PIECE + TAG)
        try:
            text = self._cipher.decrypt(_nonce(self._number, not self._next), present, MAGIC)
        except InvalidTag:
            raise CannotOpen("备份文件不完整、被改动过，或密钥不对") from None
        self._number += 1
        return text
