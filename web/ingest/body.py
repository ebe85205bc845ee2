"""From the bytes of a request to its items: limits, compression, JSON."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from experiments.services.ingest import decode_mended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Request

#: How many times the largest body is read of one that is refused.
DRAINED = 4
GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Envelope:
    """What one request brings: its items still as JSON, and what stands around them."""

    items: Sequence[bytes]
    write_key: str | None = None
    sent_at: str | None = None
    evaluations: Any = None


class _Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    write_key: str | None = None
    sent_at: str | None = None
    evaluations: Any = None


class _Single(msgspec.Struct, rename="camel"):
    write_key: str | None = None


_BATCH = msgspec.json.Decoder(_Batch)
_SINGLE = msgspec.json.Decoder(_Single)
_LIST: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def read_body(request: Request, limit: int) -> bytes:
    """The body, unpacked; neither its packed nor its unpacked form may be larger than `limit` bytes."""
    request.max_content_length = limit
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        _drain(request, DRAINED * limit)
        raise
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise UnsupportedMediaType(f"Content-Encoding == {encoding[:40]!r}, must be gzip or absent.")
    return _unpacked(body, limit)


def _drain(request: Request, most: int) -> None:
    """Read what is on its way, so that the refusal arrives.

    A proxy whose sending breaks off tells of a bad gateway instead, and whoever hears that sends the same again.
    """
    left, source = min(request.content_length or 0, most), request.environ["wsgi.input"]
    while left > 0 and (read := source.read(min(left, 65_536))):
        left -= len(read)


def read_envelope(body: bytes, *, batch: bool) -> Envelope:
    """Items, key and time of sending; a text/plain body is read like any other."""
    try:
        if batch and body.lstrip()[:1] == b"[":  # tools that pass events on send the bare list
            items = decode_mended(_LIST, body)
            return Envelope(items)
        if batch:
            told = decode_mended(_BATCH, body)
            return Envelope(told.batch, told.write_key, told.sent_at, told.evaluations)
        return Envelope([body], decode_mended(_SINGLE, body).write_key)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body has the wrong shape: {error}.") from None
    except ValueError:
        raise BadRequest("The body is no valid JSON.") from None


def _unpacked(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(GZIP)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise BadRequest("The body is no valid gzip.") from None
    if len(unpacked) > limit:
        raise RequestEntityTooLarge(f"The unpacked body has over {limit} bytes.")
    if not unpacker.eof or unpacker.unused_data:
        raise BadRequest("The body is no single, complete gzip member.")
    return unpacked
