"""The guided hypothesis: five short answers that read as one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from web.pages.fields import Form


class Part(NamedTuple):
    """One answer: its field, the words before it in the sentence, and an example."""

    field: str
    lead: str
    example: str


PARTS = (
    Part("hypothesis_offer", "We believe that", "a personal entry to the shop"),
    Part("hypothesis_whom", "for", "visitors of the TV pages who hold only a mobile product"),
    Part("hypothesis_will", "will", "let more of them buy a second product"),
    Part("hypothesis_because", "because", "they come for support and never see what fits them"),
    Part("hypothesis_seen", "we will see it in", "cross-sell orders within 28 days, with up-sell orders unchanged"),
)


def read_hypothesis(form: Form) -> str:
    """The whole sentence; notes an error at each part that is empty."""
    offer, whom, will, because, seen = (form.required(part.field, f"“{part.lead} …”").rstrip(" .,;") for part in PARTS)
    return f"We believe that {offer} for {whom} will {will}, because {because}; we will see it in {seen}."
