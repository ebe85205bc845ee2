"""The closed sets of words a report may use, and how they read on a screen."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What is known about one metric in one variant.

    A goal, secondary or exploratory metric is `better`, `worse` or `not_shown`. A guardrail `holds` (worse than its
    margin is ruled out), is `broken` (worse than its margin is not ruled out and it is significantly on the bad side
    of no change) or is `not_shown`. The last three say why there can be no verdict.
    """

    BETTER = "better"
    WORSE = "worse"
    HOLDS = "holds"
    BROKEN = "broken"
    NOT_SHOWN = "not_shown"
    TOO_FEW = "too_few"
    NOT_TESTABLE = "not_testable"
    NOT_MEASURABLE = "not_measurable"

    @property
    def sign(self) -> str:
        """The character that repeats the word, so that colour never stands alone."""
        return _SIGNS[self]

    @property
    def label(self) -> str:
        """Sign and word as a chip shows them."""
        return f"{self.sign} {_WORDS[self]}"


class Action(StrEnum):
    """What to do, in the order in which the rules are tried."""

    INVALID = "invalid"
    CANNIBALISING = "cannibalising"
    HARM = "harm"
    NET_LOSS = "net_loss"
    SHIP = "ship"
    NO_GAIN = "no_gain"
    INCONCLUSIVE = "inconclusive"

    @property
    def label(self) -> str:
        """The word for people."""
        return self.value.replace("_", " ").capitalize()


_SIGNS = {
    Verdict.BETTER: "▲",
    Verdict.WORSE: "▼",
    Verdict.HOLDS: "✓",
    Verdict.BROKEN: "✕",
    Verdict.NOT_SHOWN: "?",
    Verdict.TOO_FEW: "?",
    Verdict.NOT_TESTABLE: "–",
    Verdict.NOT_MEASURABLE: "–",
}
_WORDS = {
    Verdict.BETTER: "Better",
    Verdict.WORSE: "Worse",
    Verdict.HOLDS: "Holds",
    Verdict.BROKEN: "Broken",
    Verdict.NOT_SHOWN: "Not shown yet",
    Verdict.TOO_FEW: "Too few events",
    Verdict.NOT_TESTABLE: "Not testable",
    Verdict.NOT_MEASURABLE: "Not measurable here",
}
