"""The JavaScript SDK, built."""

from __future__ import annotations

from tests.sdk_javascript.building import built

__all__ = ["built"]
