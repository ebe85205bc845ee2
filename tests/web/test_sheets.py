"""Files that people open in a spreadsheet, which takes UTF-8 for something else unless a mark says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from web import sheets


@pytest.fixture
def answer() -> Callable[[str, str], bytes]:
    """The body of a file with one cell, asked for at an address."""
    app = Flask("sheets")
    sheets.register(app)

    @app.get("/<path:path>")
    def file(path: str) -> object:
        return sheets.sheet("a", ("finding",), [[app.config["CELL"]]])

    def body(path: str, cell: str) -> bytes:
        app.config["CELL"] = cell
        return app.test_client().get(path).data

    return body


def test_a_file_with_more_than_ascii_says_that_it_is_utf_8(answer: Callable[[str, str], bytes]) -> None:
    assert answer("/learnings.csv", "Net −€875") == "\ufefffinding\r\nNet −€875\r\n".encode()


def test_a_plain_file_and_one_for_programs_have_no_mark(answer: Callable[[str, str], bytes]) -> None:
    assert answer("/learnings.csv", "Net 875") == b"finding\r\nNet 875\r\n"
    assert answer("/api/v1/learnings", "Net −€875").startswith(b"finding")
