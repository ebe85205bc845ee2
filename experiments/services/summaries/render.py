"""Analysed experiments as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.decision.aligned import aligned
from experiments.decision.formats import count, p_value, percent
from experiments.decision.render_text import Cell, to_rows, to_text
from experiments.decision.words import Action
from experiments.domain.spreadsheet import safe_row
from experiments.services.summaries.analyse import Analysed, GoalP, LookTaken
from experiments.services.summaries.meta import MetaRow

_META = ("Metric", "Tests", "Left out", "Mean change (95% interval)", "Spread of true changes", "I²", "Do they differ?")


def text_of(found: Sequence[Analysed]) -> Iterator[str]:
    """One block per experiment."""
    for each in found:
        lines = [to_text(each.report).rstrip("\n")]
        if len(each.looks) > 1:
            lines += ["", "Looks", *(f"- {_look(look)}" for look in each.looks)]
        if len(found) > 1:
            lines += ["", f"Goals among all {count(len(found))} experiments", *(f"- {_goal(p)}" for p in each.goals)]
        yield "\n".join(lines) + "\n"


def json_of(items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A JSON list, one item per line."""
    yield "["
    for place, item in enumerate(items, start=1):
        yield json.dumps(item, ensure_ascii=False, allow_nan=False) + ("," if place < len(items) else "")
    yield "]"


def csv_of(rows: Sequence[Mapping[str, Cell]]) -> str:
    """A table with a header; empty cells where there is no number."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]) if rows else ["metric"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(safe_row, rows))
    return out.getvalue()


def rows_of(found: Sequence[Analysed]) -> list[dict[str, Cell]]:
    """The report's rows of every experiment at its last look, with what the whole file adds."""
    return [row for each in found for row in _rows(each)]


def meta_text(rows: Sequence[MetaRow]) -> str:
    """One line per metric."""
    lines = aligned([_META, *(_meta(row) for row in rows)], right=(1, 2))
    return "\n".join(lines) + "\n"


def _rows(each: Analysed) -> Iterator[dict[str, Cell]]:
    goals = {(goal.metric, goal.variant): goal for goal in each.goals}
    for row in to_rows(each.report):
        goal = goals.get((str(row["metric"]), str(row["variant"])))
        decided = _decided(each, str(row["variant"]))
        yield {
            **row,
            "split": each.report.split.status,
            "split_p": each.report.split.p,
            "looks": len(each.looks),
            "decided_look": decided.number if decided else None,
            "decided_action": decided.actions[str(row["variant"])].value if decided else None,
            "holm_over_file": goal.holm if goal else None,
            "bh_over_file": goal.benjamini_hochberg if goal else None,
        }


def _decided(each: Analysed, variant: str) -> LookTaken | None:
    """The first look at which a variant was not open any more."""
    return next((look for look in each.looks if look.actions[variant] is not Action.INCONCLUSIVE), None)


def _look(look: LookTaken) -> str:
    when = f" ({look.time})" if look.time else ""
    actions = ", ".join(f"{variant}: {action.label.lower()}" for variant, action in look.actions.items())
    return f"Look {look.number}{when}, {percent(look.information, 0)} of the units: {actions}"


def _goal(goal: GoalP) -> str:
    name = f"{goal.metric}, {goal.variant}"
    if goal.p is None or goal.holm is None or goal.benjamini_hochberg is None:
        return f"{name}: not among them (not testable, or judged at several looks)"
    return (
        f"{name}: p {p_value(goal.p)}, adjusted {p_value(goal.holm)} (Holm), "
        f"{p_value(goal.benjamini_hochberg)} (Benjamini and Hochberg)"
    )


def _meta(row: MetaRow) -> tuple[str, ...]:
    spread = row.spread
    if spread is None or row.lo is None or row.hi is None:
        return (row.metric, count(row.experiments), count(row.left_out), "too few", "", "", "")
    mean = f"{percent(spread.mean, 2, sign=True)} ({percent(row.lo, 2)} to {percent(row.hi, 2)})"
    differ = "" if spread.p is None else f"Q = {spread.q:.1f}, df {spread.df}, p {p_value(spread.p)}"
    spread_text = f"tau = {percent(spread.tau2**0.5, 2)}"
    return (row.metric, count(row.experiments), count(row.left_out), mean, spread_text, percent(spread.i2, 0), differ)
