"""The progress bar: on standard error, and only where somebody watches."""

from __future__ import annotations

import io
import sys

import pytest

from web.cli.progress import progress_bar


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


def _draw() -> None:
    with progress_bar("Rows") as report:
        for done in (1, 2, 2, 4):
            report(done, 4)


def test_it_is_drawn_on_standard_error_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    _draw()
    assert "Rows" in terminal.getvalue()
    assert "100%" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def test_nothing_is_drawn_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    _draw()
    assert file.getvalue() == ""
