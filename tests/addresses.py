"""Two functions per address of an app, compiled once for all the apps of a process.

werkzeug compiles them in every app anew: a tenth of a second, for each of some six hundred tests with their own app.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


def share() -> None:
    """Let equal addresses have one function each; it knows its rule by its first argument only."""
    compiled, made = Rule._compile_builder, {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compiled(rule, append_unknown)
        return made[key]

    Rule._compile_builder = builder
