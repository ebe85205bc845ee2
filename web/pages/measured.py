"""What history said, as the fields of a plan show it: texts to fill in, notes beside them, its part in the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from experiments.domain.experiment import UnitKind
from experiments.domain.plan import GoalRule
from web.formatters import current_reader, numbers, times
from web.formatters.numbers import minor_digits
from web.pages.bars import bar_of
from web.pages.metric_forms import is_money, is_share

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from experiments.decision.sizing import Sizing
    from experiments.domain.metric import Metric
    from experiments.services.history_result import History, MetricHistory
    from experiments.services.measuring import Measured
    from web.pages.bars import Bar

#: Significant digits that a field is filled with: far below what any history knows, and no visible rounding in a plan.
DIGITS = 6


@dataclass(frozen=True)
class Measurement:
    """A finished look back beside the fields that name its metrics.

    Args:
        lines: metric by field that chooses it ("goal", "guardrail1"), of those that were measured.
        texts: by field, what it is filled with.
        notes: by line and for "traffic" and "correlation", what was measured, in a sentence.
        values: by line, what was measured, without when and of whom.
    """

    measured: Measured
    history: History
    lines: Mapping[str, str]
    texts: Mapping[str, str]
    notes: Mapping[str, str]
    values: Mapping[str, str]

    def lend(self, sizing: Sizing, typed: Callable[[str], str], *, explained: bool = False) -> Sizing:
        """The question with what no field can hold: the curve of new units, and correlations where none is stated.

        Args:
            typed: text of a field; whatever was typed over what was measured wins.
            explained: whether no field asks what covariates explain, so that it is taken as measured too.
        """
        history = self.history
        sizing = self._explained(sizing, typed) if explained else sizing
        if sizing.agents is None and self._is_kept("traffic", typed):
            sizing = replace(sizing, traffic_by_day=history.by_day)
        if not typed("window"):
            sizing = replace(sizing, window_days=history.window_days)
        keys = (*(goal.key for goal in sizing.goals), *(guardrail.key for guardrail in sizing.guardrails))
        several = sizing.goal_rule is GoalRule.ANY and len(sizing.goals) > 1
        if sizing.correlation is None and not several and keys == tuple(metric.key for metric in history.metrics):
            sizing = replace(sizing, correlation=history.correlation)
        return sizing

    def _explained(self, sizing: Sizing, typed: Callable[[str], str]) -> Sizing:
        shares = {each.key: each.r_squared for each in self.history.metrics}
        kept = {key: shares[key] for line, key in self.lines.items() if self._is_kept(f"{line}_baseline", typed)}
        goals = tuple(replace(line, variance_explained=kept.get(line.key, 0.0)) for line in sizing.goals)
        guards = tuple(replace(line, variance_explained=kept.get(line.key, 0.0)) for line in sizing.guardrails)
        return replace(sizing, goals=goals, guardrails=guards)

    def _is_kept(self, field: str, typed: Callable[[str], str]) -> bool:
        return typed(field) == self.texts.get(field)

    def own(self, typed: Callable[[str], str]) -> set[str]:
        """Lines, and "traffic", where something else is typed than was measured."""
        return {_line(field) for field, text in self.texts.items() if typed(field) and typed(field) != text}


def measurement(
    measured: Measured, chosen: Mapping[str, str], metrics: Mapping[str, Metric], currency: str
) -> Measurement | None:
    """What a look back gives to a form; None until it is done.

    Args:
        chosen: metric by the field that chooses it.
    """
    history = measured.history
    if history is None:
        return None
    found = {each.key: each for each in history.metrics}
    lines = {line: key for line, key in chosen.items() if key in found and key in metrics}
    of_agents = history.lookback.unit is UnitKind.AGENT
    texts = _agent_texts(history) if of_agents else {"traffic": f"{history.traffic_per_week:.0f}"}
    notes, values = {} if of_agents else {"traffic": _traffic_note(measured, history)}, {}
    for line, key in lines.items():
        scale = _scale(metrics[key], currency)
        texts |= _texts(line, found[key], scale)
        values[line] = _value(found[key], metrics[key], scale)
        notes[line] = f"Measured {_when(measured, history)}: {values[line]}."
    if len(history.metrics) == 2:
        texts["correlation"] = _plain(history.correlation[0][1])
        notes["correlation"] = f"Measured {_when(measured, history)}: {history.correlation[0][1]:+.2f}."
    return Measurement(measured, history, lines, texts, notes, values)


def _scale(metric: Metric, currency: str) -> float:
    """By what a measured value is multiplied to be typed: shares in %, money in major units."""
    return 100.0 if is_share(metric) else 10.0 ** -minor_digits(currency) if is_money(metric) else 1.0


def _agent_texts(history: History) -> dict[str, str]:
    """Agents, their contacts, and the largest share of a contact's variance that lies between them."""
    told = [metric.of_agents for metric in history.metrics if metric.of_agents is not None]
    alike = [each.icc for each in told if each.icc is not None]
    texts = {"agents": f"{history.units}"}
    if told:
        texts |= {"contacts": _plain(told[0].contacts), "contacts_cv": _plain(100 * told[0].cv)}
    return texts | ({"icc": _plain(100 * max(alike))} if alike else {})


def _texts(line: str, found: MetricHistory, scale: float) -> dict[str, str]:
    texts = {f"{line}_baseline": _plain(scale * found.baseline)}
    # Where agents are drawn the fields ask for one contact; that of a share follows from the share.
    sd = found.sd if found.of_agents is None else found.of_agents.sd
    shared = found.of_agents is not None and found.baseline < 1
    texts |= {} if sd is None or shared else {f"{line}_sd": _plain(scale * sd)}
    return texts | ({f"{line}_explained": _plain(100 * found.r_squared)} if found.r_squared else {})


def _value(found: MetricHistory, metric: Metric, scale: float) -> str:
    unit = " %" if is_share(metric) else ""
    half, reader = 1.96 * found.standard_error * scale, current_reader()
    digits = max(0, min(6, 1 - Decimal(f"{half:.6e}").adjusted())) if half else 2
    value, width = (numbers.number(number, digits, reader=reader) for number in (scale * found.baseline, half))
    events = "" if found.events is None else f"; {numbers.number(found.events, reader=reader)} had it"
    return f"{value} ± {width}{unit}{events}"


def _traffic_note(measured: Measured, history: History) -> str:
    reader = current_reader()
    weeks = [history.by_day[day] for day in range(6, len(history.by_day), 7)]
    mean = numbers.number(history.traffic_per_week, reader=reader)
    told = f"Measured {_day(measured)}: {mean} new a week"
    if len(weeks) > 1:
        first, last = (numbers.number(new, reader=reader) for new in (weeks[0], weeks[-1] - weeks[-2]))
        told += f" over {len(weeks)} weeks, {first} in the first and {last} in the last, as people come back"
    return f"{told}. Left as it is, the plan follows that curve."


def _when(measured: Measured, history: History) -> str:
    units = numbers.number(history.units, reader=current_reader())
    return f"{_day(measured)} from {units} {history.lookback.unit.value}s"


def _day(measured: Measured) -> str:
    return times.day(measured.finished_at, reader=current_reader())


def _plain(value: float) -> str:
    """Six significant digits without an exponent."""
    text = f"{Decimal(f'{value:.{DIGITS}g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _line(field: str) -> str:
    return field.partition("_")[0]


def measuring_bar(measured: Measured, now: int) -> Bar | None:
    """The bar of a look back; None where nothing is under way."""
    if not measured.is_busy:
        return None
    step = measured.step if measured.state == "running" else ""
    return bar_of(step, measured.done, measured.total, since=measured.since, usual=measured.usual, now=now)
