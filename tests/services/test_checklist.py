"""Lines of the checklist that follow from the definition alone."""

from __future__ import annotations

import pytest

from experiments.domain.audience import Audience, Operator, Rule
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.variant import Variant
from experiments.services.checklist.line import ATTENTION, OK
from experiments.services.checklist.lines import audience_line

HOLDS = Rule("holdings", Operator.ANY_OF, ("mobile",))


@pytest.mark.parametrize(
    ("audience", "unit", "state", "told"),
    [
        (Audience(), UnitKind.VISITOR, OK, "Everyone who comes"),
        (Audience("Mobile customers", (HOLDS,)), UnitKind.CUSTOMER, OK, "Mobile customers; 1 rule decides who"),
        (Audience("Mobile customers"), UnitKind.CUSTOMER, ATTENTION, "“Mobile customers” are words only"),
        (Audience("Sales team"), UnitKind.AGENT, OK, "Sales team: those for whom"),
        (Audience("Sales team", (HOLDS,)), UnitKind.AGENT, ATTENTION, "A rule asks what a customer holds"),
    ],
)
def test_words_alone_keep_nobody_out(audience: Audience, unit: UnitKind, state: str, told: str) -> None:
    phase = Phase(1, "salt", (Variant("a", "A", 0.5), Variant("b", "B", 0.5)), audience=audience)
    line = audience_line(Experiment(key="entry", name="Entry", hypothesis="", unit=unit, metrics=(), phases=(phase,)))
    assert (line.state, line.mend) == (state, "audience")
    assert line.reason.startswith(told)
