"""The same words as documents: docs/glossary.md and docs/how-to-read.md, written from their one source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.understanding.blocks import AREAS
from web.understanding.words import WORDS, word_of

if TYPE_CHECKING:
    from web.understanding.blocks import Reading

_GLOSSARY = """# Glossary

Every word with the one meaning it has on all pages, in exports and in the API. The [method](method.md) has the formula
behind each number, [how to read](how-to-read.md) says it block by block.
"""
_READING = """# How to read each block

What every block of the pages unfolds under “How to read this”, in one place. Each text says what to look at first and
what not to conclude. The words in it are in the [glossary](glossary.md), the formulas in the [method](method.md).
"""


def documents() -> dict[str, str]:
    """Markdown by name of the document."""
    return {"glossary": glossary(), "how-to-read": how_to_read()}


def glossary() -> str:
    """All words by title."""
    words = sorted(WORDS, key=lambda word: word.title.lower())
    return "\n".join([_GLOSSARY, *(f'<a id="{word.anchor}"></a>**{word.title}.** {word.meaning}\n' for word in words)])


def how_to_read() -> str:
    """All blocks by area."""
    parts = [_READING]
    for title, readings in AREAS:
        parts += [f"## {title}\n", *map(_block, readings)]
    return "\n".join(parts)


def _block(reading: Reading) -> str:
    links = ", ".join(f"[{word_of(anchor).title}](glossary.md#{anchor})" for anchor in reading.words)
    words = f"\nWords: {links}.\n" if links else ""
    return f'<a id="{reading.key}"></a>\n### {reading.title}\n\n{reading.text}\n{words}'
