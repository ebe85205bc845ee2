"""A period's days as a line beside the days of the period before, made on the server."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _EDGE = 560, 120, 4
Values = Sequence[float | None]


def trend(now: Values, before: Values, label: str) -> Markup:
    """A full line for the period and a dashed one for the one before, on a shared axis that begins at 0.

    A day without a value is a gap. `label` says in words what the picture shows.
    """
    known = [value for value in (*now, *before) if value is not None]
    if not known:
        return Markup("")
    top = max(*known, 0.0) or 1.0
    lines = [
        Markup('<path class="{}" d="{}" vector-effect="non-scaling-stroke"/>').format(name, path)
        for name, path in (("trend-before", _path(before, top)), ("trend-now", _path(now, top)))
        if path
    ]
    foot = _HEIGHT - _EDGE
    axis = Markup('<path class="trend-axis" d="M0 {}H{}" vector-effect="non-scaling-stroke"/>').format(foot, _WIDTH)
    return Markup(
        '<svg class="trend" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}{}</svg>'
    ).format(_WIDTH, _HEIGHT, label, axis, Markup("").join(lines))


def _path(values: Values, top: float) -> str:
    step = (_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    commands, pen = [], "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        y = _HEIGHT - _EDGE - value / top * (_HEIGHT - 2 * _EDGE)
        commands.append(f"{pen}{_EDGE + index * step:.1f} {y:.1f}")
        pen = "L"
    return "".join(commands)
