"""Where words of the product lead; what they mean stands in `web.understanding`."""

from __future__ import annotations

from web.documents import METHOD, document
from web.understanding import word_of

__all__ = ["in_method", "word_href", "word_of"]


def in_method(anchor: str) -> bool:
    """Whether the method has a section of this name."""
    method = document("method")
    return method is not None and anchor in method.anchors


def word_href(anchor: str) -> str:
    """Where a word leads: to the section of the method that computes it, else to its definition."""
    return f"{METHOD}#{anchor}" if in_method(anchor) else f"/definitions#{anchor}"
