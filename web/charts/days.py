"""A value per day as bars made on the server, small enough to stand beside a form."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _FOOT, _GAP = 560, 96, 2, 3


def day_bars(values: Sequence[float | None], label: str) -> Markup:
    """One bar per day, oldest first; `label` says in words what the picture shows.

    Bars stand on 0, values below it hang from it. A day without a value has no bar, one of 0 a hair on the line.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    top, bottom = max(0.0, *known), min(0.0, *known)
    reach = (top - bottom) or 1.0
    step, room = _WIDTH / len(values), _HEIGHT - 2 * _FOOT
    zero = _FOOT + top / reach * room
    parts = [Markup('<rect class="day-line" x="0" y="{}" width="{}" height="1"/>').format(round(zero, 1), _WIDTH)]
    for place, value in enumerate(values):
        if value is not None:
            height = abs(value) / reach * room
            parts.append(
                Markup('<rect class="day-bar" x="{}" y="{}" width="{}" height="{}"/>').format(
                    round(place * step + _GAP / 2, 1),
                    round(zero - height if value > 0 else zero, 1),
                    round(step - _GAP, 1),
                    round(height, 1),
                )
            )
    return Markup(
        '<svg class="day-bars" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(_WIDTH, _HEIGHT, label, Markup("").join(parts))
