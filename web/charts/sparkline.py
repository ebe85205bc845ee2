"""A word-sized line of the last values, made on the server."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _EDGE = 96, 24, 3


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """A small line with a dot on its newest value; gaps where a value is None.

    `label` says in words what the line shows. Fewer than two known values give no drawing.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    low, reach = min(known), (max(known) - min(known)) or 1.0
    step = (_WIDTH - 2 * _EDGE) / (len(values) - 1)

    def place(index: int, value: float) -> tuple[float, float]:
        return round(_EDGE + index * step, 1), round(_HEIGHT - _EDGE - (value - low) / reach * (_HEIGHT - 2 * _EDGE), 1)

    commands: list[str] = []
    pen = "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x, y = place(index, value)
        commands.append(f"{pen}{x} {y}")
        pen = "L"
    last = max(index for index, value in enumerate(values) if value is not None)
    x, y = place(last, known[-1])
    return Markup(
        '<svg class="sparkline" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<path d="{}"/><circle cx="{}" cy="{}" r="2.5"/></svg>'
    ).format(_WIDTH, _HEIGHT, _WIDTH, _HEIGHT, label, "".join(commands), x, y)
