"""One promise beside what simulated experiments showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A right method misses its promise by more than four Monte-Carlo standard errors once in 16,000 rows.
STANDARD_ERRORS = 4.0


Kind = Literal["equal", "at_most", "at_least"]
_SIGNS: dict[Kind, str] = {"equal": "", "at_most": "≤ ", "at_least": "≥ "}


@dataclass(frozen=True)
class Row:
    """A share promised and a share seen.

    Attributes:
        study: what was simulated.
        case: the data and the truth.
        quantity: what was counted.
        promise: the share that the method promises.
        kind: "equal" where it must be met, "at_most" where it is an upper bound, "at_least" a lower one.
        hits: simulated experiments counted.
        runs: simulated experiments in all.
    """

    study: str
    case: str
    quantity: str
    promise: float
    kind: Kind
    hits: int
    runs: int

    @property
    def seen(self) -> float:
        """Share seen."""
        return self.hits / self.runs

    @property
    def error(self) -> float:
        """Monte-Carlo standard error of the share if the promise is true."""
        return float((self.promise * (1 - self.promise) / self.runs) ** 0.5)

    @property
    def kept(self) -> bool:
        """Whether the share seen is compatible with the promise."""
        excess = self.seen - self.promise
        missed = {"equal": abs(excess), "at_most": excess, "at_least": -excess}[self.kind]
        return missed <= STANDARD_ERRORS * self.error


def table(rows: list[Row]) -> str:
    """Markdown table of rows."""
    head = "| study | case | counted | promised | seen | Monte-Carlo error | runs | kept |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row.study} | {row.case} | {row.quantity} | {_SIGNS[row.kind]}{row.promise:.4g} | {row.seen:.4f} | "
            f"{row.error:.4f} | {row.runs:,} | {'yes' if row.kept else '**no**'} |"
        )
    return "\n".join(lines)
