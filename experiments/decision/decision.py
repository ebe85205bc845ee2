"""One action with its reasons; nothing else in the product decides or words a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from experiments.decision.shrunken import ShrunkEffect
from experiments.decision.words import Action


@dataclass(frozen=True)
class Decision:
    """What the report comes to.

    Attributes:
        action: what to do.
        variant: key of the variant to ship; None unless the action is to ship.
        title: heading of the banner.
        sentence: the proof in one or two sentences, with the deciding numbers.
        reasons: one sentence per fact that led here.
        rule: the rule that matched, in words.
        provisional: True between looks, when nothing but the data quality is judged.
        variants: the action for each variant but the control.
        shrunken: by key of every variant to ship, its goal shrunk towards what tests normally find; None where nothing
            is to ship, and in reports stored before it was computed.
    """

    action: Action
    variant: str | None
    title: str
    sentence: str
    reasons: tuple[str, ...]
    rule: str
    provisional: bool
    variants: Mapping[str, Action]
    shrunken: Mapping[str, ShrunkEffect] | None = None
