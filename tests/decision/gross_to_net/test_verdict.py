"""The net in the verdict, its sentence and its words, on groups drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.decision.analyse import build_report
from experiments.decision.gross_to_net.block import Declared
from experiments.decision.gross_to_net.data import MONEY as MONEY_BLOCK
from experiments.decision.gross_to_net.data import Arms, BlockMoments, NetData, NetGroup
from experiments.decision.gross_to_net.figures import Bar, Cohort
from experiments.decision.gross_to_net.rates import rate
from experiments.decision.gross_to_net.segments import SegmentTest
from experiments.decision.render_text import to_text
from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.stats.moments import Moments
from experiments.stats.net import displacement_rate, effect_vector

N = 4_000
SHIP = {"entry": {"cross": 0.125}}
DECLARED = Declared(("tv",), ("cross",), (), ("up",), ("web",), 14, 7, 7, "EUR", None, 0, {"second:phone": 1.0}, ())
MONEY = ("PE", "PX", "PL", "U", "O", "S", "n:P", "n:U", "once:P", "once:U")


def _rows(seed: int, gross: float, up: float, service: float) -> dict[str, np.ndarray]:
    """Units of one group; rates of early promoted and of protected orders, and cost per unit."""
    rng = np.random.default_rng(seed)
    early, later, lost = (rng.random(N) < rate for rate in (gross, 0.02, up))
    zero = np.zeros(N)
    money = [
        early * 1_000.0,
        zero,
        later * 1_000.0,
        lost * 2_000.0,
        zero,
        service + zero,
        early + later,
        lost,
        zero,
        zero,
    ]
    calls = rng.poisson(0.2, N).astype(float)
    return {
        "money": np.column_stack(money),
        "family": np.column_stack([early * 1_000.0, early]),
        "channel": np.column_stack([early * 1_000.0, early, lost]),
        "curve": np.column_stack([early * 1_000.0, later * 1_000.0]),
        "service": np.column_stack([calls, calls * 300, early]),
        "product": np.column_stack([early]),
    }


COLUMNS = {
    "money": MONEY, "family": ("v:tv", "n:tv"), "channel": ("v:web", "n:web", "n:phone"), "curve": ("d:7", "d:14"),
    "service": ("contacts:phone", "seconds:phone", "buyer"), "product": ("q:tv-1:P",),
}  # fmt: skip


def _group(variant: str, held: str, seed: int, gross: float, up: float, service: float = 0.0) -> NetGroup:
    rows = _rows(seed, gross, up, service)
    blocks = {name: BlockMoments.of(Moments.from_rows(rows[name], COLUMNS[name])) for name in rows}
    return NetGroup(variant, held, "web", blocks)


def _data(*, up: float = 0.10, service: float = 0.0, gains: tuple[float, float] = (0.13, 0.13), **more) -> NetData:
    groups = (
        _group("control", "mobile", 1, 0.10, 0.10),
        _group("control", "none", 2, 0.10, 0.10),
        _group("entry", "mobile", 3, gains[0], up, service),
        _group("entry", "none", 4, gains[1], up, service),
    )
    both = {"control": 2 * N, "entry": 2 * N}
    data = NetData(
        DECLARED, "visitor", Cohort(both, both, 0.4, 14, 14, 7, 7, False, True, None), groups, {},
        (("mobile", "Mobile only"), ("none", "Nothing")), (("tv", "TV"),), (("web", "Web"), ("phone", "Phone")),
        ("web",), (7, 14),
    )  # fmt: skip
    return replace(data, **more)


def test_a_ship_names_the_net_and_the_rate(build):
    report = build_report(build(SHIP, net_data=_data()))
    assert report.decision.action is Action.SHIP
    fall = report.waterfall
    assert report.decision.sentence.count(" Net +€") == 1
    assert " taken, so neither is shown)" in report.decision.sentence
    assert f"{abs(fall.net.value):,.0f}" in report.decision.sentence
    assert fall.net.lo > 0


def test_a_net_loss_forbids_a_ship_although_the_rule_is_met(build):
    report = build_report(build(SHIP, net_data=_data(up=0.05)))
    assert report.decision.action is Action.NET_LOSS
    assert report.decision.sentence.startswith("Do not ship: net −€")
    assert report.waterfall.net.hi < 0


def test_a_partial_sum_is_never_printed_as_net(build):
    missing = {"channel": "No sales of phone were delivered.", "service": "No cost of service is declared."}
    report = build_report(build(SHIP, net_data=_data(up=0.05, missing=missing)))
    assert report.decision.action is Action.SHIP, "a partial sum decides nothing"
    assert "Net gain not shown: other channels and service cost not measured" in report.decision.sentence
    text = to_text(report)
    assert "Sum of the measured steps" in text
    assert "\nNet  " not in text
    steps = {step.key: step.value for step in report.waterfall.steps}
    assert steps["channel"] is None
    assert report.waterfall.net.value == pytest.approx(sum(value for value in steps.values() if value is not None))


def test_an_exact_cost_has_an_exact_step(build):
    """The price of one offer per unit has no spread: it is known, and it is subtracted."""
    service = next(step for step in build_report(build(SHIP, net_data=_data(service=12.0))).waterfall.steps[5:])
    assert (service.value, service.lo, service.hi, service.status) == (-120.0, -120.0, -120.0, "ok")


def test_between_looks_nothing_is_shown(build, look):
    report = build_report(
        build(SHIP, net_data=NetData(DECLARED, "visitor", withheld=True), looks=look(2, is_look=False))
    )
    assert report.gross_to_net.status == "withheld"
    assert report.waterfall is None
    assert "Shown at the next planned look." in to_text(report)


def test_at_a_look_the_intervals_are_the_looks_own(build, look):
    report = build_report(build(SHIP, net_data=_data(), looks=look(2)))
    fall = report.waterfall
    row = report.rows("entry")[0]
    assert (fall.bar.level, fall.bar.critical) == (row.absolute.level, row.critical)
    fixed = build_report(build(SHIP, net_data=_data())).waterfall
    ratio = (fall.net.hi - fall.net.lo) / (fixed.net.hi - fixed.net.lo)
    assert ratio == pytest.approx(row.critical / 1.959963984540054)
    assert report.gross_to_net.variants[0].rate.early_stop
    assert "early look" in report.gross_to_net.variants[0].rate.words


def test_several_variants_with_looks_share_the_level(build, look):
    given = build({"entry": {"cross": 0.1}, "other": {}}, looks=look(5))
    data = _data()
    other = tuple(replace(group, variant="other") for group in data.groups if group.variant == "entry")
    report = build_report(replace(given, net_data=replace(data, groups=(*data.groups, *other))))
    assert {block.variant: block.waterfall.bar.level for block in report.gross_to_net.variants} == {
        "entry": 0.975, "other": 0.975,
    }  # fmt: skip


def test_works_for_some_is_said_only_where_groups_differ(build):
    alike = build_report(build(SHIP, net_data=_data())).gross_to_net.variants[0].segments
    assert (
        next(test for test in alike if test.variable == "holding").words
        == "No evidence that groups differ in cross-sales."
    )
    apart = build_report(build(SHIP, net_data=_data(gains=(0.20, 0.10)))).gross_to_net.variants[0].segments
    holding = next(test for test in apart if (test.variable, test.measure) == ("holding", "promoted"))
    assert holding.differ
    assert holding.words == "Works for mobile only, not shown for the rest (cross-sales)."
    assert {line.key: line.verdict for line in holding.lines} == {"mobile": "works", "none": "not_shown"}
    drawn = [line.shrunk for line in holding.lines]
    raw = [line.effect.value for line in holding.lines]
    assert raw[1] < drawn[1] < drawn[0] < raw[0]


def test_a_group_with_few_sales_is_not_compared(build):
    """Nine a variant: what was measured stands there, without an interval, outside of Q and of the sentence."""
    found = _segments_by_holding(build, {"control": 12 / N, "entry": 6 / N})
    for test in found:
        assert (test.status, test.q, test.differ) == ("too_few", None, False)
        line = next(line for line in test.lines if line.key == "none")
        assert (line.verdict, line.effect.lo, line.shrunk) == ("too_few", None, None)
        assert line.effect.value is not None


def test_a_variant_that_loses_its_sales_is_compared_all_the_same(build):
    assert all(test.status == "ok" for test in _segments_by_holding(build, {"control": 300 / N, "entry": 3 / N}))


def _segments_by_holding(build, sales: dict[str, float]) -> list[SegmentTest]:
    """Segments where those who hold nothing bought so many of the promoted set, and nothing else."""
    data = _data(gains=(0.20, 0.10))
    groups = []
    for group in data.groups:
        told = {"n:P": sales[group.variant], "n:U": 0.0, "n:tv": sales[group.variant]}
        few = {name: _with_means(group.blocks[name], told) for name in ("money", "family")}
        groups.append(replace(group, blocks={**group.blocks, **few}) if group.held == "none" else group)
    given = build(SHIP, net_data=replace(data, groups=tuple(groups)))
    return [test for test in build_report(given).gross_to_net.variants[0].segments if test.variable == "holding"]


def _with_means(block: BlockMoments, told: dict[str, float]) -> BlockMoments:
    pairs = zip(block.columns, block.mean, strict=True)
    return replace(block, mean=tuple(told.get(column, value) for column, value in pairs))


def test_few_sales_are_grey_and_never_tested(build):
    data = _data()
    quiet = tuple(
        replace(group, blocks={**group.blocks, "channel": replace(group.blocks["channel"], mean=(1.0, 0.001, 0.1))})
        for group in data.groups
    )
    matrix = build_report(build(SHIP, net_data=replace(data, groups=quiet))).gross_to_net.variants[0].matrices[1]
    cells = {cell.column: cell for cell in matrix.cells}
    assert (cells["web"].status, cells["web"].lo, cells["web"].p) == ("grey", None, None)
    assert cells["phone"].status == "ok"
    assert matrix.tested == 1


def test_everything_reads_back_exactly(build):
    report = build_report(build(SHIP, net_data=_data()))
    assert Report.from_dict(report.to_dict()) == report


def test_the_rate_has_the_set_of_two_effects_of_the_same_units():
    """Who buys the promoted may be who would have bought the protected: their covariance belongs to the quotient."""
    groups = tuple(
        NetGroup(variant, "none", "web", {"money": BlockMoments(N, ("n:P", "n:U"), mean, (0.10, -0.03, 0.08))})
        for variant, mean in (("control", (0.10, 0.10)), ("entry", (0.15, 0.08)))
    )
    arms = Arms(NetData(DECLARED, "customer", groups=groups), "control", "entry")
    delta, sigma = effect_vector(("n:P", "n:U"), *arms.pair(MONEY_BLOCK))
    expected, found = displacement_rate(delta, sigma), rate(arms, Bar(0.95, None), early_stop=False)
    assert (found.value, found.lo, found.hi) == pytest.approx((expected.point, expected.lo, expected.hi), rel=1e-12)


@pytest.mark.parametrize(
    ("protected", "said"),
    [
        (0.06, "Of each 10 extra cross-sales 8.0 are taken from up-sell (5.1 to 12.2)."),
        (
            0.097,
            "Of each 10 extra cross-sales 0.6 are taken from up-sell "
            "(from 1.9 added to 3.2 taken, so neither is shown).",
        ),
        (0.103, "Each 10 extra cross-sales add 0.6 to up-sell (from 3.2 added to 1.9 taken, so neither is shown)."),
        (0.14, "Each 10 extra cross-sales add 8.0 to up-sell (5.1 to 12.2)."),
    ],
)
def test_what_is_added_is_not_called_taken(protected: float, said: str):
    groups = tuple(
        NetGroup(variant, "none", "web", {"money": BlockMoments(N, ("n:P", "n:U"), mean, (0.10, 0.0, 0.08))})
        for variant, mean in (("control", (0.10, 0.10)), ("entry", (0.15, protected)))
    )
    arms = Arms(NetData(DECLARED, "customer", groups=groups), "control", "entry")
    assert rate(arms, Bar(0.95, None), early_stop=False).words == said
