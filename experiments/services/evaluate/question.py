"""Who asks for an evaluation, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from experiments.domain.audience import PRIVATE_ATTRIBUTES
from experiments.domain.environment import Environment
from experiments.domain.experiment import UnitKind
from experiments.services.publish import OFFER_ALLOWED
from netlift.hashing import normalise_unit


@dataclass(frozen=True, slots=True)
class Question:
    """One visitor, customer or agent, as a key of one environment presents them.

    Args:
        visitor, customer: ids as sent; anything but filled text is no id.
        agent: id of who works under the variant; only a server key is believed.
        known: whether the customer is who they say: told by a server key, or signed by the shop.
        attributes: what the caller knows; facts that only the server holds are never taken from here.
        experiments: keys asked for; None = all of them.
        server: whether a server key asks, whose config holds the rules.
    """

    environment: Environment
    visitor: object = None
    customer: object = None
    agent: object = None
    known: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    experiments: tuple[str, ...] | None = None
    server: bool = False

    def unit(self, kind: UnitKind) -> str | None:
        """The id of the kind a test randomises, as it is hashed."""
        ids = {UnitKind.VISITOR: self.visitor, UnitKind.CUSTOMER: self.customer, UnitKind.AGENT: self.agent}
        return normalise_unit(ids[kind])

    @property
    def public(self) -> dict[str, Any]:
        """The attributes a caller may state."""
        ours = PRIVATE_ATTRIBUTES | {OFFER_ALLOWED}
        return {name: value for name, value in self.attributes.items() if name not in ours}


def stated_attributes(attributes: Any, channel: Any) -> dict[str, Any]:
    """What the caller says, with the channel as one more attribute unless it is stated among them."""
    stated = dict(attributes) if isinstance(attributes, Mapping) else {}
    if isinstance(channel, str) and channel:
        stated.setdefault("channel", channel)
    return stated
