"""What schemathesis cannot know of a request that it makes up."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import schemathesis


@schemathesis.hook
def before_call(_context: Any, case: Any, _options: dict[str, Any]) -> None:
    """Give every change a key of its own, and a made-up tag the quotes that were lost on the way into the header."""
    headers = case.headers or {}
    given, tag = headers.get("Idempotency-Key"), headers.get("If-Match")
    if isinstance(given, str) and re.fullmatch("[!-~]{1,200}", given):
        headers["Idempotency-Key"] = uuid4().hex
    if isinstance(tag, str) and re.fullmatch("[a-z0-9]{1,64}", tag):
        headers["If-Match"] = f'"{tag}"'
