"""Keyed hashes that stand for visitors, customers, agents, orders and messages; raw ids stay out of tables and logs."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Literal
from unicodedata import normalize

IdKind = Literal["visitor", "customer", "agent", "order"]

#: blake2b takes keys of at most 64 bytes.
MAX_KEY_BYTES = 64
#: Longer ids are hashed each time, so that nobody can fill the memory with them.
MAX_REMEMBERED = 100
UUID_LENGTH = 36


def hash_id(kind: IdKind, raw: object, key: bytes) -> int | None:
    """Signed 64-bit blake2b of `kind:id`, keyed; None where there is no id.

    The id is trimmed and NFC-normalised, so that two ways of writing one name are one unit. Anything but a string is
    refused: a JSON number loses digits on its way and would merge units.
    """
    if not isinstance(raw, str):
        return None
    return _remembered(kind, raw, key) if len(raw) <= MAX_REMEMBERED else _hash_text(kind, raw, key)


def _hash_text(kind: IdKind, raw: str, key: bytes) -> int | None:
    text = clean_id(raw)
    if text is None:
        return None
    data = f"{kind}:{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8, key=_fitting(key)).digest(), "big", signed=True)


#: A visitor sends many events in a row.
_remembered = lru_cache(maxsize=16_384)(_hash_text)


def clean_id(raw: object) -> str | None:
    """The trimmed, NFC-normalised id; None where it is no string or nothing is left."""
    if not isinstance(raw, str):
        return None
    trimmed = raw.strip()
    if trimmed.isascii():
        return trimmed or None
    return normalize("NFC", trimmed).strip() or None


def message_id(source_id: int, message: str) -> bytes:
    """128 bits that stand for (source, messageId): a message is unique per source, never globally.

    They are a hash; where the messageId is a UUID of version 7 its first 64 bits, time and run of the sender, stay in
    front of a 64-bit hash. Messages sent together then lie together in the index of keys, which a database writes
    page by page: random keys cost it a page for every event.
    """
    data = f"{source_id}:{message}".encode("utf-8", "surrogatepass")
    if len(message) == UUID_LENGTH and message[14] == "7" and (run := _run_of(message[:18])):
        return run + blake2b(data, digest_size=8).digest()
    return blake2b(data, digest_size=16).digest()


@lru_cache(maxsize=1_024)
def _run_of(head: str) -> bytes:
    """64 bits of the first 18 characters of a UUID in its usual writing, else nothing."""
    try:
        return (int(head[:8], 16) << 32 | int(head[9:13] + head[14:18], 16)).to_bytes(8, "big")
    except (ValueError, OverflowError):
        return b""


def content_id(source_id: int, content: bytes, key: bytes) -> bytes:
    """128-bit hash of a message that came without an id: the same content sent again is the same message.

    Keyed, because the content holds raw ids; and no messageId can ever give the same bytes.
    """
    return blake2b(b"%d#%b" % (source_id, content), digest_size=16, key=_fitting(key)).digest()


def _fitting(key: bytes) -> bytes:
    return key if len(key) <= MAX_KEY_BYTES else blake2b(key).digest()
