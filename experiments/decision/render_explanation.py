"""One number taken apart, as plain text for a terminal."""

from __future__ import annotations

from experiments.decision.aligned import aligned
from experiments.decision.explain import Explanation


def explanation_text(explanation: Explanation) -> str:
    """Sums, covariances and steps of one number, with all their digits."""
    lines = [f"{explanation.title} ({explanation.metric})"]
    for group in (explanation.control, explanation.variant):
        lines += ["", f"{group.variant}: n = {group.n}"]
        table = [("column", "sum", "mean per unit", *(f"cov with {name}" for name in group.columns))]
        for i, name in enumerate(group.columns):
            cells = (group.sums[i], group.means[i], *group.covariance[i])
            table.append((name, *(repr(cell) for cell in cells)))
        lines += aligned(table, right=tuple(range(1, len(table[0]))))
    steps = [(step.name, "" if step.value is None else repr(step.value), step.formula) for step in explanation.steps]
    return "\n".join([*lines, "", *aligned([("step", "result", "formula"), *steps], right=(1,))]) + "\n"
