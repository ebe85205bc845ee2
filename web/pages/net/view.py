"""From gross to net on the results pages: every block of every variant, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.decision.gross_to_net.names import promoted_sales, protected_sales
from web.formatters import current_reader, times
from web.pages.net.fall import fall_values
from web.pages.net.pictures import curve_card, declared_facts, kpi_pictures, plane_card, rate_values
from web.pages.net.tables import kpi_values, matrix_values, segment_values, share_values
from web.pages.net.texts import interval_head

if TYPE_CHECKING:
    from experiments.decision.gross_to_net.block import Declared, GrossToNet, VariantNet
    from experiments.decision.report import Report

UNDECLARED = (
    "The plan of this test does not say what is promoted and what is protected, so its gain cannot be followed. "
    "Declare it as [plan.net] in the experiment file of the next test."
)
STORED_BEFORE = "This report was stored before its gain could be followed from gross to net."
OF_AGENTS = (
    "This test draws agents, and a gain is followed from gross to net customer by customer. Test the offer itself with "
    "customers to learn what remains of its gain."
)
FROM_ELSEWHERE = "These results were brought as totals, without the orders behind them, so the gain cannot be followed."


@dataclass(frozen=True)
class NetArm:
    """The blocks of one variant, as values for templates; see the functions that make them."""

    key: str
    title: str
    fall: dict[str, Any]
    rate: dict[str, Any]
    plane: dict[str, Any] | None
    curve: dict[str, Any]
    matrices: list[dict[str, Any]]
    share: dict[str, Any]
    kpi: dict[str, Any]
    segments: list[dict[str, Any]]


@dataclass(frozen=True)
class NetView:
    """What the pages say about the way from gross to net.

    Args:
        status: as in `GrossToNet`; only `ok` has arms.
        sentence: why there is nothing, and when or how there will be.
        declared: facts of the declaration, empty where it is not known.
    """

    status: str
    sentence: str
    arms: tuple[NetArm, ...] = ()
    declared: tuple[dict[str, str], ...] = ()

    def of(self, variant: str) -> NetArm | None:
        """The blocks of one variant; None where there are none."""
        return next((arm for arm in self.arms if arm.key == variant), None)


def net_view(report: Report | None, next_look: str | None = None, *, events: bool = True) -> NetView:
    """The view of the report whose effects a page shows.

    Args:
        report: None before the first look.
        next_look: when verdicts may change next, ISO 8601.
        events: False where the numbers of the test were brought as totals.
    """
    block = report.gross_to_net if report else None
    if report is None or (block is not None and block.status == "withheld"):
        return NetView("withheld", withheld_sentence(next_look), declared=_facts(block))
    if block is None:
        return NetView("not_declared", UNDECLARED if events else FROM_ELSEWHERE)
    if block.status != "ok":
        sentence = UNDECLARED if block.status == "not_declared" else block.reason or ""
        return NetView(block.status, sentence, declared=_facts(block))
    titles = {variant.key: variant.title for variant in report.variants}
    arms = (_arm(each, block.declared, titles) for each in block.variants)
    return NetView("ok", "", tuple(arms), _facts(block))


def withheld_sentence(next_look: str | None) -> str:
    """When the blocks of a test between its looks can be read."""
    if next_look is None:
        return "Shown at the next planned look."
    return f"Shown at the next look, on {times.day(next_look, reader=current_reader())}."


def _facts(block: GrossToNet | None) -> tuple[dict[str, str], ...]:
    return () if block is None or block.declared is None else tuple(declared_facts(block.declared))


def _arm(mine: VariantNet, declared: Declared | None, titles: dict[str, str]) -> NetArm:
    names = (
        ("promoted sales", "protected sales")
        if declared is None
        else (promoted_sales(declared), protected_sales(declared))
    )
    fall = mine.waterfall
    return NetArm(
        key=mine.variant,
        title=titles.get(mine.variant, mine.variant),
        fall=fall_values(fall, titles),
        rate=rate_values(mine.rate, names, interval_head(fall.bar)),
        plane=plane_card(mine, names),
        curve=curve_card(mine.curve, fall),
        matrices=[matrix_values(matrix, fall.unit) for matrix in mine.matrices],
        share=share_values(mine.digital_share, titles),
        kpi={**kpi_values(mine.kpi, titles), "planes": kpi_pictures(mine.kpi)},
        segments=[segment_values(test, fall.currency, titles) for test in mine.segments],
    )
