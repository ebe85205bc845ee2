"""Keyed hashes that stand for visitors, customers, orders and messages; raw ids stay out of tables and logs."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal
from unicodedata import normalize

IdKind = Literal["visitor", "customer", "order"]

#: blake2b takes keys of at most 64 bytes.
MAX_KEY_BYTES = 64


def hash_id(kind: IdKind, raw: object, key: bytes) -> int | None:
    """Signed 64-bit blake2b of `kind:id`, keyed; None where there is no id.

    The id is trimmed and NFC-normalised, so that two ways of writing one name are one unit. Anything but a string is
    refused: a JSON number loses digits on its way and would merge units.
    """
    text = clean_id(raw)
    if text is None:
        return None
    data = f"{kind}:{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8, key=_fitting(key)).digest(), "big", signed=True)


def clean_id(raw: object) -> str | None:
    """The trimmed, NFC-normalised id; None where it is no string or nothing is left."""
    if not isinstance(raw, str):
        return None
    trimmed = raw.strip()
    if trimmed.isascii():
        return trimmed or None
    return normalize("NFC", trimmed).strip() or None


def message_id(source_id: int, message: str) -> bytes:
    """128-bit hash of (source, messageId): a message is unique per source, never globally."""
    return blake2b(f"{source_id}:{message}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def content_id(source_id: int, content: bytes, key: bytes) -> bytes:
    """128-bit hash of a message that came without an id: the same content sent again is the same message.

    Keyed, because the content holds raw ids; and no messageId can ever give the same bytes.
    """
    return blake2b(b"%d#%b" % (source_id, content), digest_size=16, key=_fitting(key)).digest()


def _fitting(key: bytes) -> bytes:
    return key if len(key) <= MAX_KEY_BYTES else blake2b(key).digest()
