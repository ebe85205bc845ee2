"""Parts of the results pages that follow from stored reports alone, written once per process and report.

A block is kept under the stamp of its page, which changes with every report, every change of the test and everything
else the block prints. Nothing that differs between people, and no token of a form, may stand in one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from markupsafe import Markup

from experiments.services.remembered import PerOwner
from web.deployment import deployment

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from flask import Flask

T = TypeVar("T")
#: Blocks and values one process keeps, about 60 kB each.
_KEPT = PerOwner(200)


def register(app: Flask) -> None:
    """Give the templates `kept_block`."""
    app.add_template_global(kept_block)


def kept_block(name: str, stamp: Hashable, caller: Callable[[], str]) -> Markup:
    """The text of a block: `{% call kept_block("metrics", page.stamp) %}…{% endcall %}`."""
    return kept_value(("block", name, stamp), lambda: Markup(caller()))  # noqa: S704 - what a template wrote, escaped there


def kept_value(key: Hashable, make: Callable[[], T]) -> T:
    """A value that follows from its key, made once."""
    return _KEPT.of(deployment().engine).get(key, make)
