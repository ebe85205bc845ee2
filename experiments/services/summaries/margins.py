"""How a margin is written in a cell or on the command line: 5%, 2/1000, 0.4 absolute, 0.05 relative."""

from __future__ import annotations

import re

from experiments.domain.errors import DomainError
from experiments.domain.metric import Margin, Scale

#: What a margin must look like, in words.
FORMS = "a loss such as 5%, 2/1000 (per 1,000 units), 0.4 absolute or 0.05 relative"

_MARGIN = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(%|/1000|absolute|relative)")


def parse_margin(text: str, field: str) -> Margin:
    """The margin; a bare number is refused, because it could be meant either way.

    Raises:
        DomainError: `bad_margin`, or `out_of_range` where the loss is not above 0 or a share not below 1.
    """
    found = _MARGIN.fullmatch(text.strip())
    if found is None:
        raise DomainError("bad_margin", f"{field} == {text!r}, must be {FORMS}.", field)
    number, form = float(found[1]), found[2]
    scale = Scale.RELATIVE if form in ("%", "relative") else Scale.ABSOLUTE
    value = number / {"%": 100, "/1000": 1000}.get(form, 1)
    if not value > 0 or (scale is Scale.RELATIVE and value >= 1):
        bound = "> 0 and < 100%" if scale is Scale.RELATIVE else "> 0"
        raise DomainError("out_of_range", f"{field} == {text!r}, must be {bound}.", field)
    return Margin(scale, value)


def parse_assignment(text: str) -> tuple[str, Margin]:
    """METRIC=5% of the command line."""
    metric, equals, margin = text.rpartition("=")
    if not equals or not metric.strip():
        raise DomainError("bad_margin", f"--margin == {text!r}, must look like METRIC=5%.", "margin")
    return metric.strip(), parse_margin(margin, f"--margin {metric.strip()}")


def parse_split(text: str) -> tuple[float, ...]:
    """0.5,0.5 of the command line: planned shares in any unit, the control first."""
    parts = [part.strip() for part in text.split(",")]
    try:
        shares = tuple(float(part) for part in parts)
    except ValueError:
        shares = ()
    if len(shares) < 2 or not all(0 < share < float("inf") for share in shares):
        raise DomainError(
            "bad_split", f"--split == {text!r}, must be at least two numbers > 0 such as 0.5,0.5.", "split"
        )
    return shares
