"""A progress bar on standard error, so that standard output stays clean; nothing is drawn where nobody watches."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A callback that takes how much is done and how much there is."""
    with ExitStack() as stack:
        bars: list[ProgressBar[int]] = []

        def report(done: int, total: int) -> None:
            if not sys.stderr.isatty():
                return
            if not bars:
                bars.append(stack.enter_context(click.progressbar(length=max(total, 1), label=label, file=sys.stderr)))
            bars[0].update(done - bars[0].pos)

        yield report


@contextmanager
def rated_bar(label: str) -> Iterator[Callable[[int, int, int], None]]:
    """A callback for rows done, how much of the file was read, and how much there is; shows rate and time left."""
    started, rows = time.monotonic(), [0]

    def rate(_item: int | None) -> str:
        return f"{rows[0]:,} rows, {rows[0] / max(time.monotonic() - started, 0.001):,.0f} a second"

    with ExitStack() as stack:
        bars: list[ProgressBar[Any]] = []

        def report(done: int, position: int, size: int) -> None:
            rows[0] = done
            if not sys.stderr.isatty():
                return
            if not bars:
                bar = click.progressbar(
                    length=max(size, 1), label=label, file=sys.stderr, show_eta=True, item_show_func=rate
                )
                bars.append(stack.enter_context(bar))
            bars[0].update(position - bars[0].pos, done)

        yield report
