"""HTML as a small tree, for tests that walk through pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass
class Node:
    """One element with its attributes, its children and the text directly inside it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    parent: Node | None = field(default=None, repr=False)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        """All text below, with single spaces."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join(" ".join(parts).split())

    def walk(self) -> Iterator[Node]:
        """This element and all below it."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def find(self, wanted: Callable[[Node], bool]) -> list[Node]:
        return [node for node in self.walk() if wanted(node)]

    def links(self) -> list[str]:
        """Targets of all links below."""
        return [node.attributes["href"] for node in self.walk() if node.tag == "a" and "href" in node.attributes]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.place = Node("document")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, parent=self.place)
        self.place.children.append(node)
        if tag not in VOID:
            self.place = node

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self.place
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self.place = node.parent

    def handle_data(self, data: str) -> None:
        self.place.children.append(data)


def tree(html: str) -> Node:
    """The page as a tree."""
    builder = _Builder()
    builder.feed(html)
    return builder.root


def assert_in_order(page: str, order: list[str]) -> None:
    """Every piece of text stands on the page, each behind the one before."""
    place = 0
    for words in order:
        place = page.find(words, place)
        assert place >= 0, words
