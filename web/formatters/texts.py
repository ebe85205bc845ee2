"""Longer texts made readable."""

from __future__ import annotations

import json
from typing import Any

#: A text is shown to be understood, not to be copied out.
MOST = 2_000


def pretty_json(value: Any) -> str:
    """Indented JSON with the letters people typed, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return text if len(text) <= MOST else text[:MOST] + "\n…"
