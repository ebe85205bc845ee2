"""The banner of a judged look: title and sentence, written here and nowhere else.

Every sentence quotes the numbers that decided and stands alone, so that a table on paper or a message needs no
heading. What is not significant is never called "no effect".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from experiments.decision.arms import Rows
from experiments.decision.banner import Banner
from experiments.decision.evidence import Arm, Evidence, excludes_plan
from experiments.decision.formats import day, listed, planned_percent
from experiments.decision.net_words import net_aside, net_figures, net_sentence
from experiments.decision.openness import blocked_rows, open_rows, settled
from experiments.decision.phrases import change, held, moved, name, unsettled, verb
from experiments.decision.words import Action, Verdict

_MOST_CLAUSES = 3
#: Verbs of such a remainder where it is a single one.
_OF_ONE = {"are": "is", "hold": "holds"}


def overall_banner(evidence: Evidence, arm: Arm, actions: Mapping[str, Action]) -> Banner:
    """Banner of the decision: the leading variant in full, the others in a few words."""
    banner = _WRITERS[actions[arm.variant.key]](evidence, arm)
    others = [other for other in evidence.arms if other.variant.key != arm.variant.key]
    unit = evidence.experiment.unit
    tail = "".join(f" {other.variant.title}: {in_short(other, actions[other.variant.key], unit)}." for other in others)
    return Banner(banner.title, banner.sentence + tail)


def in_short(arm: Arm, action: Action, unit: str) -> str:
    """What becomes of a variant that the decision is not about."""
    if action in (Action.CANNIBALISING, Action.HARM):
        return f"do not ship, {moved((*arm.broken, *arm.worse_goals)[0], unit)}"
    if action is Action.NET_LOSS and arm.net is not None:
        return f"do not ship, net {net_figures(arm.net, unit)}"
    if action is Action.SHIP:
        return f"could ship too, {change(arm.better_goals[0], unit)}"
    if action is Action.NO_GAIN:
        return f"no gain, {change(_short_goals(arm)[0], unit)}"
    return "not settled"


def _ship(evidence: Evidence, arm: Arm) -> Banner:
    unit = evidence.experiment.unit
    goals = [change(row, unit) for row in arm.better_goals]
    clauses = _few([*goals, *(held(row, unit) for row in arm.guardrails)], "hold too")
    titles = [f"{name(row)} {verb(row)}" for row in arm.better_goals]
    lead = f"Ship {arm.variant.title}" if _several(evidence) else "Ship"
    kept = _kept(arm)
    return Banner(
        f"{lead if _several(evidence) else 'Ship it'}: {listed(titles)}{kept}",
        f"{lead}: {'; '.join(clauses)}.{net_sentence(arm.net, unit)}",
    )


def _cannibalising(evidence: Evidence, arm: Arm) -> Banner:
    unit = evidence.experiment.unit
    taken = [row for row in arm.broken if row.protected]
    lost = _few([moved(row, unit) for row in taken], "are worse too")
    gained = _few([moved(row, unit) for row in arm.better_goals], "are better too")
    return Banner(
        f"{_refusal(evidence, arm)}: the gain is taken from {listed([name(row) for row in taken])}",
        f"{_refusal(evidence, arm)}: {'; '.join(lost)} while {listed(gained)}.{net_aside(arm.net, unit)}",
    )


def _harm(evidence: Evidence, arm: Arm) -> Banner:
    unit = evidence.experiment.unit
    worse = (*arm.worse_goals, *arm.broken)
    clauses = "; ".join(_few([moved(row, unit) for row in worse], "are worse too"))
    better = [moved(row, unit) for row in arm.better_goals]
    although = f", although {listed(better)}" if better else ""
    first = worse[0]
    more = f" and {len(worse) - 1} more worse" if len(worse) > 1 else ""
    refusal = _refusal(evidence, arm)
    return Banner(f"{refusal}: {name(first)} {verb(first)}{more}", f"{refusal}: {clauses}{although}.")


def _net_loss(evidence: Evidence, arm: Arm) -> Banner:
    unit = evidence.experiment.unit
    net = net_figures(arm.net, unit) if arm.net else ""
    rate = f"; {arm.net.rate}" if arm.net and arm.net.rate else ""
    gained = listed([moved(row, unit) for row in arm.better_goals])
    hold = " and every guardrail holds" if arm.guardrails else ""
    refusal = _refusal(evidence, arm)
    return Banner(f"{refusal}: the net is a loss", f"{refusal}: net {net}, although {gained}{hold}{rate}.")


def _no_gain(evidence: Evidence, arm: Arm) -> Banner:
    unit = evidence.experiment.unit
    short = _short_goals(arm)
    goals = [f"{change(row, unit)}, short of the planned {planned_percent(row.planned_effect or 0.0)}" for row in short]
    clauses = _few([*goals, *(held(row, unit) for row in arm.guardrails)], "hold too")
    wanted = "rise" if short[0].direction > 0 else "fall"
    return Banner(
        f"No gain: {name(short[0])} did not {wanted} as planned",
        f"No gain{_about(evidence, arm)}: {'; '.join(clauses)}.",
    )


def _inconclusive(evidence: Evidence, arm: Arm) -> Banner:
    if not arm.goals:
        return Banner("Cannot decide: the plan has no goal", "Cannot decide: no metric has the role goal.")
    unit, look = evidence.experiment.unit, evidence.look
    blocked = blocked_rows(arm)
    rows = open_rows(arm)
    clauses = _few([unsettled(row, unit, not look.final) for row in rows], "are not settled either")
    known = _few([settled(row, unit) for row in _settled_rows(arm, rows)], "are settled")
    body = "; ".join([*clauses, *known])
    if blocked:
        reason = f"{name(blocked[0])} {_BLOCKED[blocked[0].verdict]}"
        return Banner(f"Cannot decide: {reason}", f"Cannot decide{_about(evidence, arm)}: {body}.")
    topic = _topic(rows)
    if look.final:
        return Banner(
            f"Not decided: {topic}",
            f"Do not ship on this evidence{_about(evidence, arm)}: {body}. This was the last planned look.",
        )
    return Banner(f"Keep running: {topic}", f"Keep running{_about(evidence, arm)}: {body}.{_next(evidence)}")


_BLOCKED = {Verdict.NOT_MEASURABLE: "not measurable here", Verdict.NOT_TESTABLE: "not testable"}
_WRITERS: dict[Action, Callable[[Evidence, Arm], Banner]] = {
    Action.SHIP: _ship,
    Action.CANNIBALISING: _cannibalising,
    Action.HARM: _harm,
    Action.NET_LOSS: _net_loss,
    Action.NO_GAIN: _no_gain,
    Action.INCONCLUSIVE: _inconclusive,
}


def _short_goals(arm: Arm) -> Rows:
    """Goals whose interval excludes what the plan was sized for."""
    return tuple(row for row in arm.goals if row.verdict is not Verdict.BETTER and excludes_plan(row))


def _kept(arm: Arm) -> str:
    if not arm.guardrails:
        return ""
    if len(arm.guardrails) == 1:
        return f", {name(arm.guardrails[0])} held"
    number = "both" if len(arm.guardrails) == 2 else f"all {len(arm.guardrails)}"
    return f", {number} guardrails held"


def _topic(rows: Rows) -> str:
    names = [name(row) for row in rows]
    if len(names) <= 2:
        return f"{listed(names)} not settled"
    return f"{len(names)} metrics not settled"


def _settled_rows(arm: Arm, unsettled_rows: Rows) -> Rows:
    return tuple(row for row in (*arm.goals, *arm.guardrails) if row not in unsettled_rows)


def _next(evidence: Evidence) -> str:
    look = evidence.look
    following = f"; the next is on {day(look.next_at)}" if look.next_at else ""
    return f" Look {look.number} of {look.planned}{following}."


def _few(clauses: list[str], more: str) -> list[str]:
    """The first clauses, and how many more there are."""
    if len(clauses) <= _MOST_CLAUSES:
        return clauses
    rest = len(clauses) - _MOST_CLAUSES
    verb, _, predicate = more.partition(" ")
    return [*clauses[:_MOST_CLAUSES], f"{rest} more {_OF_ONE[verb] if rest == 1 else verb} {predicate}"]


def _refusal(evidence: Evidence, arm: Arm) -> str:
    return f"Do not ship {arm.variant.title}" if _several(evidence) else "Do not ship"


def _about(evidence: Evidence, arm: Arm) -> str:
    return f" ({arm.variant.title})" if _several(evidence) else ""


def _several(evidence: Evidence) -> bool:
    return len(evidence.arms) > 1
