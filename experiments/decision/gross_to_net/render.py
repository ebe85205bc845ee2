"""The blocks of one variant as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.decision.aligned import aligned
from experiments.decision.formats import count, fixed, percent
from experiments.decision.gross_to_net.block import GrossToNet, VariantNet
from experiments.decision.gross_to_net.service import DigitalShare
from experiments.decision.gross_to_net.waterfall import TITLES, Net, Step, Waterfall

#: Break-evens so many times the assumption are no warning and not printed.
_FAR = 5.0
_HEADER = ("From gross to net", "Change", "Interval", "")


def block_lines(block: GrossToNet | None, variant: str) -> list[str]:
    """Waterfall, rate, curve, service and segments of one variant; the reason where there are none."""
    if block is None:
        return []
    mine = block.of(variant)
    if mine is None:
        return ["", f"From gross to net: {block.status.replace('_', ' ')}. {block.reason or ''}".rstrip()]
    assumed = block.declared.assumed if block.declared else ()
    notes = [f"Assumed, because the plan does not say: {', '.join(assumed)}."] if assumed else []
    return ["", *_waterfall(mine.waterfall), *(f"- {line}" for line in [*_sentences(mine), *notes])]


def _waterfall(fall: Waterfall) -> list[str]:
    rows = [_HEADER, *(_step(step) for step in fall.steps), _net(fall.net)]
    return [_head(fall), *aligned(rows, right=(1, 2))]


def _head(fall: Waterfall) -> str:
    cohort = fall.cohort
    units = ", ".join(f"{key} {count(n)}" for key, n in cohort.units.items())
    money = f"{fall.currency} " if fall.currency else ""
    linked = ", known to be a customer at exposure" if cohort.linked_only else ""
    repeated = "" if fall.bar.critical is None else ", repeated"
    return (
        f"{money}per {fall.per:,} {fall.unit}s over {cohort.days} days (old enough{linked}: {units}; "
        f"{100 * fall.bar.level:.4g}% intervals{repeated})"
    )


def _step(step: Step) -> tuple[str, str, str, str]:
    if step.value is None:
        return step.title, "not measured", "", step.reason or ""
    return step.title, _money(step.value, sign=True), _interval(step.lo, step.hi), step.words or step.reason or ""


def _net(net: Net) -> tuple[str, str, str, str]:
    title = TITLES["net"] if net.status == "ok" else "Sum of the measured steps"
    if net.value is None:
        return title, "not measured", "", ""
    missing = f"without {', '.join(TITLES[key].lower() for key in net.missing)}" if net.missing else ""
    return title, _money(net.value, sign=True), _interval(net.lo, net.hi), missing


def _interval(lo: float | None, hi: float | None) -> str:
    return "" if lo is None or hi is None else f"{_money(lo)} to {_money(hi)}"


def _money(value: float, *, sign: bool = False) -> str:
    return fixed(value, 0 if abs(value) >= 100 else 2, sign=sign)


def _sentences(mine: VariantNet) -> Iterator[str]:
    yield mine.rate.words
    if mine.rate.break_even is not None:
        yield f"Break-even: {fixed(10 * mine.rate.break_even, 1)} protected orders lost per 10 promoted ones gained."
    yield from (each.sentence for each in mine.waterfall.break_even if (each.factor or _FAR) < _FAR)
    yield mine.curve.words
    yield _share(mine.digital_share)
    yield mine.kpi.words
    yield from (f"{test.words}" for test in mine.segments if test.variable == "holding")


def _share(share: DigitalShare) -> str:
    shares = [percent(each.share) for each in share.shares if each.share is not None]
    if share.effect.lo is None or share.effect.hi is None or len(shares) < len(share.shares):
        return "Digital share of sales: too few sales."
    span = f"{fixed(100 * share.effect.lo, 1)} to {fixed(100 * share.effect.hi, 1)}"
    change = fixed(100 * (share.effect.value or 0.0), 1, sign=True)
    return f"Digital share of sales: {' against '.join(reversed(shares))}, {change} points ({span})."
