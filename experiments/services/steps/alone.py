"""How a step, or an item of one, is done apart from the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Alone(Protocol):
    """Does `work` and returns what it returned; None where it failed, or failed lately and is not tried yet."""

    def __call__(self, step: str, work: Callable[[], T], item: str = "") -> T | None:
        """Do it."""


class _Together:
    def __call__(self, step: str, work: Callable[[], T], item: str = "") -> T | None:  # noqa: ARG002
        return work()


#: Outside the worker nothing is apart: the first error is for whoever called.
together: Alone = _Together()
