"""Plain text as HTML: escaped, its lines and paragraphs kept, its web addresses made links."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

#: An address up to the first space, bracket or quote; full stops and the like at its end belong to the sentence.
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}]")
_PARAGRAPH = re.compile(r"\n\s*\n")


def linked_text(text: str) -> Markup:
    """Paragraphs of the text; nothing in it can become any other tag than a link to http or https."""
    return Markup("").join(Markup("<p>{}</p>").format(_lines(part)) for part in _PARAGRAPH.split(text) if part.strip())


def _lines(text: str) -> Markup:
    return Markup("<br>").join(_line(line) for line in text.strip().split("\n"))


def _line(line: str) -> Markup:
    parts, end = [], 0
    for found in _ADDRESS.finditer(line):
        parts.append(escape(line[end : found.start()]))
        parts.append(Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>').format(found[0]))
        end = found.end()
    return Markup("").join([*parts, escape(line[end:])])
