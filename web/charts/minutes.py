"""What came per minute as bars made on the server: accepted below, refused on top of them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_WIDTH, _HEIGHT, _FOOT, _GAP = 720, 96, 4, 2


def minute_bars(counts: Sequence[tuple[int, int]], label: str) -> Markup:
    """One bar per minute, oldest first, from (accepted, refused); `label` says in words what the picture shows.

    Every minute has at least a hair of a bar, so that silence is seen as silence and not as a missing picture.
    """
    if not counts:
        return Markup("")
    most = max(accepted + refused for accepted, refused in counts) or 1
    step = _WIDTH / len(counts)
    parts = []
    for place, (accepted, refused) in enumerate(counts):
        low, high = _height(accepted, most), _height(refused, most)
        x, width = round(place * step + _GAP / 2, 1), round(step - _GAP, 1)
        base = _HEIGHT - _FOOT
        parts.append(_bar("accepted", x, base - low, width, low))
        if refused:
            parts.append(_bar("refused", x, base - low - high, width, high))
        parts.append(_bar("silence", x, base, width, _FOOT / 2))
    return Markup(
        '<svg class="minute-bars" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(_WIDTH, _HEIGHT, label, Markup("").join(parts))


def _height(count: int, most: int) -> float:
    return round(count / most * (_HEIGHT - 2 * _FOOT), 1)


def _bar(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="minute-{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, x, round(y, 1), width, height
    )
