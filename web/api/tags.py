"""ETag, If-Match and If-None-Match: who changes a thing says which state of it they saw, and overwrites no other."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import g, request

from experiments.domain.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

ETAG = {"ETag": {"description": "State of the thing, for If-Match.", "schema": {"type": "string"}}}
FORM = re.compile(r'\*|(W/)?"[!#-~]+"(, *(W/)?"[!#-~]+")*')
PARAMETERS = [
    {
        "name": "If-Match",
        "in": "header",
        "description": "ETag of the state you saw; anything newer is refused with 412.",
        "schema": {"type": "string", "maxLength": 200, "pattern": '^"[a-z0-9]{1,64}"$'},
    },
    {
        "name": "If-None-Match",
        "in": "header",
        "description": "* to add and never to replace.",
        "schema": {"type": "string", "maxLength": 200, "enum": ["*"]},
    },
]


def tagged(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document as it goes out, its state told in the header ETag."""
    g.etag = _tag(document)
    return document


def check_form() -> None:
    """Refuse a header that is no tag: whoever sent it believes to be protected.

    Raises:
        DomainError: `bad_tag`.
    """
    for name in ("If-Match", "If-None-Match"):
        given = request.headers.get(name)
        if given is not None and request.method not in ("GET", "HEAD") and not FORM.fullmatch(given):
            raise DomainError("bad_tag", f"{name} == {given[:200]!r}, must be an ETag in quotes, or *.", name)
    if request.method not in ("GET", "HEAD") and request.headers.get("If-None-Match", "*") != "*":
        given = request.headers["If-None-Match"]
        raise DomainError("bad_tag", f"If-None-Match == {given[:200]!r}, must be *.", "If-None-Match")


def check(current: Mapping[str, Any] | None) -> None:
    """Refuse a change that was made on another state than the one that stands.

    Args:
        current: the thing inside the transaction that changes it; None where there is none.

    Raises:
        DomainError: `changed_since`, with the ETag of what stands.
    """
    if request.if_none_match.star_tag and current is not None:
        raise _refused(current, "*", "must be of nothing: it exists")
    if not request.if_match:
        return
    seen = request.headers.get("If-Match", "")
    if current is None:
        raise DomainError("changed_since", f"If-Match == {seen[:200]!r}, must be absent: nothing exists.", "If-Match")
    if not request.if_match.contains(_tag(current)):
        raise _refused(current, seen, f'must be "{_tag(current)}"{_revision(current)}')


def require(revision: object) -> None:
    """Refuse a change of which nobody said what it was made on.

    Raises:
        DomainError: `precondition_required`.
    """
    if revision is None and not request.if_match:
        told = "If-Match is empty, must be the ETag of what you saw (or give `revision`)."
        raise DomainError("precondition_required", told, "If-Match")


def add(response: Response) -> Response:
    """Tell the state in the header, and answer 304 to who has seen it; given to `after_request`."""
    if response.status_code >= 300 or response.is_streamed:
        return response
    if (known := g.get("etag")) is not None:
        response.set_etag(known)
    elif request.method in ("GET", "HEAD"):
        response.add_etag()
    if request.method in ("GET", "HEAD"):
        response.make_conditional(request)
    return response


def _tag(document: Mapping[str, Any]) -> str:
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:24]


def _revision(current: Mapping[str, Any]) -> str:
    return f" (revision {current['revision']})" if "revision" in current else ""


def _refused(current: Mapping[str, Any], seen: str, bound: str) -> DomainError:
    g.etag_of_refused = _tag(current)
    field = "If-None-Match" if seen == "*" else "If-Match"
    return DomainError("changed_since", f"{field} == {seen[:200]!r}, {bound}.", field)
