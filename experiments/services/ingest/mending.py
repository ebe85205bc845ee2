"""JSON that a strict decoder cannot take as a whole, although only one string or one value of it is broken.

A browser that cuts a text inside an emoji sends half a surrogate pair; one item can be nested thousands deep. Neither
may cost the other items of its request, so the body is mended and decoded once more.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

T = TypeVar("T")

#: Deeper than any accepted item, so that a cut one is still refused for its depth.
DEEPEST = 64
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)", re.DOTALL
)
#: Strings as a whole, so that brackets inside them do not count; possessive, so that the scan stays linear.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_LONE = 6


def decode_mended(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The decoded body, mended first where it must be.

    Raises:
        msgspec.ValidationError: readable, but of another shape.
        ValueError: no JSON even so.
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError):
        pass
    try:
        return decoder.decode(without_depth(with_whole_characters(body)))
    except RecursionError:
        raise ValueError("JSON is nested too deep.") from None


def with_whole_characters(body: bytes) -> bytes:
    """Half surrogate pairs and bytes that are no UTF-8 become the replacement character U+FFFD."""
    text = body.decode("utf-8-sig", "replace").encode()
    return _ESCAPE.sub(lambda match: rb"\ufffd" if _is_half_pair(match.group()) else match.group(), text)


def without_depth(body: bytes) -> bytes:
    """What is nested deeper than 64 levels becomes null."""
    parts, start, depth = [], 0, 0
    for match in _TOKEN.finditer(body):
        token = match.group()
        if token in (b"[", b"{"):
            if depth == DEEPEST:
                parts.append(body[start : match.start()])
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
            if depth == DEEPEST:
                parts.append(b"null")
                start = match.end()
    return b"".join([*parts, body[start:]])


def _is_half_pair(escape: bytes) -> bool:
    return len(escape) == _LONE and escape[2:3] in b"dD"
