"""Markdown as accessible HTML of the app.

Anchors written as `<a id="…"></a>` are kept; headings without one get one from their words. Tables with an empty head
(what | says what) get row heads instead, and every table can be scrolled by keyboard. Links between documents lead to
their pages; links to files that are not shown, such as tests, become plain words.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

ANCHOR = re.compile(r'<a id="([\w-]+)"></a>')
#: A letter with an index, as formulas are typed: m_t, S_xx,pooled, z_{α/2}.
_INDEXED = re.compile(r"(?<![\w/])([A-Za-zΑ-ω][\u0300-\u036f]?²?)_(?:\{([^}]+)\}|([A-Za-zα-ω0-9]+(?:,[a-z]+)?))")
_LOCAL = re.compile(r"([\w-]+)\.md(#[\w-]+)?")


@dataclass(frozen=True)
class Heading:
    """A section of the table of contents."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Document:
    """A document ready for a page.

    Attributes:
        title: its first heading.
        body: the rest as HTML of our own text.
        contents: its sections.
        anchors: every address inside it.
    """

    title: str
    body: Markup
    contents: tuple[Heading, ...]
    anchors: frozenset[str]


def render(text: str, known: frozenset[str] = frozenset()) -> Document:
    """A document from Markdown we wrote ourselves; `known` names the documents that have a page."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(text)
    title = _title(tokens)
    contents = _anchored(tokens)
    _tables(tokens, title)
    _code(tokens)
    _links(tokens, known)
    _indices(tokens)
    body = parser.renderer.render(tokens, parser.options, {})
    anchors = frozenset(re.findall(r'\bid="([\w-]+)"', body))
    return Document(title, Markup(body), contents, anchors)  # noqa: S704 - the documents are part of the product


def title_of(text: str) -> str:
    """The first heading of a document, empty where it has none."""
    found = re.match(r"# (.+)", text)
    return found[1].strip() if found else ""


def _title(tokens: list[Token]) -> str:
    """Take the first heading out: the page prints it."""
    if len(tokens) > 2 and tokens[0].tag == "h1":
        title = plain_words(tokens[1])
        del tokens[:3]
        return title
    return ""


def _anchored(tokens: list[Token]) -> tuple[Heading, ...]:
    """Move anchors into the heading they stand above, and give the sections' headings back."""
    contents = []
    for place in [place for place, token in enumerate(tokens) if token.type == "heading_open"]:
        heading, inline = tokens[place], tokens[place + 1]
        words = plain_words(inline)
        own = _anchors_above(tokens, place)
        inline.children = [*(_html(f'<a id="{name}"></a>', "html_inline") for name in own), *(inline.children or ())]
        heading.attrs["id"] = _slug(words)
        if heading.tag == "h2":
            contents.append(Heading(own[0] if own else _slug(words), words))
    tokens[:] = [token for token in tokens if not token.meta.get("moved")]
    return tuple(contents)


def _anchors_above(tokens: list[Token], heading: int) -> list[str]:
    """Anchors of a paragraph that holds nothing else; the paragraph is marked as moved."""
    paragraph = tokens[max(0, heading - 3) : heading]
    kinds = [token.type for token in paragraph]
    if kinds != ["paragraph_open", "inline", "paragraph_close"] or ANCHOR.sub("", paragraph[1].content).strip():
        return []
    for token in paragraph:
        token.meta["moved"] = True
    return ANCHOR.findall(paragraph[1].content)


def _slug(words: str) -> str:
    return "section-" + re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _tables(tokens: list[Token], title: str) -> None:
    section, headless, seen = title, False, Counter[str]()
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            section = plain_words(tokens[place + 1])
        elif token.type == "table_open":
            headless = _is_headless(tokens, place)
            seen[section] += 1  # regions are told apart by their names
            token.meta["region"] = section if seen[section] == 1 else f"{section}, table {seen[section]}"
        elif token.type == "th_open":
            _column_head(tokens, place)
        elif headless and token.type == "td_open" and tokens[place - 1].type == "tr_open":
            _row_head(tokens, place)
    _wrapped(tokens)
    _without_empty_heads(tokens)


def _is_headless(tokens: list[Token], table: int) -> bool:
    """Whether all heads of the table are empty, so that its first column says what each row is."""
    end = next(place for place in range(table, len(tokens)) if tokens[place].type == "thead_close")
    return not any(token.content for token in tokens[table:end] if token.type == "inline")


def _column_head(tokens: list[Token], place: int) -> None:
    """A head says what its column holds; an empty corner is a cell like any other."""
    if tokens[place + 1].content.strip():
        tokens[place].attrs["scope"] = "col"
    else:
        tokens[place].tag = tokens[place + 2].tag = "td"


def _row_head(tokens: list[Token], place: int) -> None:
    closing = next(token for token in tokens[place:] if token.type == "td_close")
    tokens[place].tag = closing.tag = "th"
    tokens[place].attrs["scope"] = "row"


def _wrapped(tokens: list[Token]) -> None:
    """Put every table into a region that a keyboard can scroll."""
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.type == "table_open":
            label = escape(token.meta["region"])
            tokens.insert(place, _html(f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">\n'))
        elif token.type == "table_close":
            tokens.insert(place + 1, _html("</div>\n"))


def _code(tokens: list[Token]) -> None:
    """A line of code may be wider than the screen, so a keyboard must be able to scroll it."""
    for place, token in enumerate(tokens):
        if token.type in ("fence", "code_block"):
            tokens[place] = _html(f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>\n')


def _without_empty_heads(tokens: list[Token]) -> None:
    for place in range(len(tokens) - 1, -1, -1):
        if tokens[place].type == "thead_open":
            end = next(after for after in range(place, len(tokens)) if tokens[after].type == "thead_close")
            if not any(token.content for token in tokens[place:end] if token.type == "inline"):
                del tokens[place : end + 1]


def _links(tokens: list[Token], known: frozenset[str]) -> None:
    for token in tokens:
        kept: list[Token] = []
        dropped = False
        for child in token.children or ():
            if child.type == "link_open":
                target = _address(str(child.attrs["href"]), known)
                dropped = target is None
                child.attrs["href"] = target or ""
            if not (dropped and child.type in ("link_open", "link_close")):
                kept.append(child)
        if token.children is not None:
            token.children = kept


def _indices(tokens: list[Token]) -> None:
    """Set the indices of formulas low; text in code stays as it is."""
    for token in tokens:
        if token.children is None:
            continue
        children: list[Token] = []
        for child in token.children:
            children += _indexed(child.content) if child.type == "text" else [child]
        token.children = children


def _indexed(text: str) -> list[Token]:
    parts: list[Token] = []
    done = 0
    for found in _INDEXED.finditer(text):
        parts.append(_text(text[done : found.end(1)]))
        parts.append(_html(f"<sub>{escape(found[2] or found[3])}</sub>", "html_inline"))
        done = found.end()
    return [*parts, _text(text[done:])]


def _text(text: str) -> Token:
    return Token("text", "", 0, content=text)


def _address(target: str, known: frozenset[str]) -> str | None:
    """Where a link of a document leads inside the app; None where its file is not shown."""
    if target.startswith(("#", "https://", "http://")):
        return target
    local = _LOCAL.fullmatch(target)
    if local is None or local[1] not in known:
        return None
    return f"/docs/{local[1]}{local[2] or ''}"


def plain_words(inline: Token) -> str:
    """The text of an inline token without its marks."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline")).strip()


def _html(text: str, kind: str = "html_block") -> Token:
    return Token(kind, "", 0, content=text)
