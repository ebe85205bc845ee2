"""A progress bar on standard error, so that standard output stays clean; nothing is drawn where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """A callback that takes how much is done and how much there is."""
    with ExitStack() as stack:
        bars: list[click.progressbar[int]] = []

        def report(done: int, total: int) -> None:
            if not sys.stderr.isatty():
                return
            if not bars:
                bars.append(stack.enter_context(click.progressbar(length=max(total, 1), label=label, file=sys.stderr)))
            bars[0].update(done - bars[0].pos)

        yield report
