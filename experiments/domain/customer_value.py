"""What a customer is worth: yearly spend x gross margin x years."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.domain.checks import check_range

MAX_SPEND = 1e12
MAX_YEARS = 100.0
#: How far each input is moved, one at a time, to show what the result hangs on.
SWING = 0.2


def customer_value(spend: float, margin: float, years: float) -> float:
    """Gross margin that a customer leaves over the years, undiscounted.

    Args:
        spend: a year, in any unit of money, which the result has too.
        margin: gross margin as a share of spend, -1 to 1: below 0 a customer costs more than they bring.
        years: expected years a customer stays.

    Raises:
        DomainError: a number is out of its bounds, with its field.
    """
    check_range(spend, "spend", low=0, high=MAX_SPEND)
    check_range(margin, "margin", low=-1, high=1)
    check_range(years, "years", low=0, high=MAX_YEARS, open_low=True)
    return spend * margin * years


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The value where one input is lower or higher and the others stay; inputs stop at their bounds."""

    name: str
    low_input: float
    low: float
    high_input: float
    high: float


def sensitivity(spend: float, margin: float, years: float, swing: float = SWING) -> tuple[Sensitivity, ...]:
    """One row per input, moved by `swing` either way."""
    check_range(swing, "swing", low=0, high=1, open_low=True, open_high=True)
    given = {"spend": spend, "margin": margin, "years": years}
    most = {"spend": MAX_SPEND, "margin": 1.0, "years": MAX_YEARS}
    rows = []
    for name, value in given.items():
        low, high = sorted((value * (1 - swing), value * (1 + swing)))
        low, high = max(low, -most[name]), min(high, most[name])
        rows.append(Sensitivity(name, low, customer_value(**{**given, name: low}),
                                high, customer_value(**{**given, name: high})))  # fmt: skip
    return tuple(rows)
