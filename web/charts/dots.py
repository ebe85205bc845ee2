"""Values with their intervals by step, drawn on the server: dots on whiskers above a labelled foot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 520, 190, 48, 12, 40


@dataclass(frozen=True, slots=True)
class Dot:
    """One step: its name, what it rests on, and the value with its interval; None where there is none."""

    name: str
    note: str
    value: float | None
    low: float | None = None
    high: float | None = None


def dots(steps: Sequence[Dot], low: float, high: float, ticks: Sequence[tuple[float, str]], label: str) -> Markup:
    """An axis from `low` to `high`; nothing where no step has a value. `label` says in words what it shows."""
    if all(step.value is None for step in steps):
        return Markup("")

    def y(value: float) -> float:
        inside = min(max(value, low), high)
        return round(_TOP + (high - inside) / (high - low) * (_HEIGHT - _TOP - _FOOT), 1)

    lines = [
        Markup('<path class="dots-grid" d="M{} {}H{}"/><text class="dots-tick" x="{}" y="{}">{}</text>').format(
            _LEFT, y(value), _WIDTH, _LEFT - 8, y(value) + 4, text
        )
        for value, text in ticks
    ]
    gap = (_WIDTH - _LEFT) / len(steps)
    marks = [_mark(step, round(_LEFT + (place + 0.5) * gap, 1), y) for place, step in enumerate(steps)]
    return Markup('<svg class="dots" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        _WIDTH, _HEIGHT, label, Markup("").join(lines), Markup("").join(marks)
    )


def _mark(step: Dot, x: float, y: Callable[[float], float]) -> Markup:
    label = Markup('<text class="{}" x="{}" y="{}">{}</text>')
    names = label.format("dots-name", x, _HEIGHT - 20, step.name) + label.format("dots-note", x, _HEIGHT - 5, step.note)
    if step.value is None:
        return names
    span = Markup("")
    if step.low is not None and step.high is not None:
        span = Markup('<path class="dots-span" d="M{} {}V{}"/>').format(x, y(step.low), y(step.high))
    return span + Markup('<circle class="dots-dot" cx="{}" cy="{}" r="4.5"/>').format(x, y(step.value)) + names
