"""Reasons of the quarantine in words, each with what to do about it."""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """What happened, and what mends it."""

    title: str
    text: str


_SENDER = "Mend it where it is sent; items of this kind cannot be read anew."
_WORDS = {
    "unknown_product": ("Unknown product", "Add the product, or say below what it is; then replay."),
    "unknown_experiment": (
        "Unknown experiment",
        "The shop still shows a test that is not here. Replay once it exists.",
    ),
    "unknown_phase": ("Unknown phase", "The shop runs a configuration that is not here."),
    "unknown_variant": ("Unknown variant", "The shop names a variant that the test does not have."),
    "unknown_source": ("Unknown source", "The source of the events is gone."),
    "no_price": ("Product without a price", "Give the product a price in the catalogue; then replay."),
    "bad_holdings": ("Holdings that are no list", _SENDER),
    "bad_lines": ("Order lines that are no list", _SENDER),
    "bad_order_id": ("Order without a usable number", _SENDER),
    "bad_price": ("Price or discount out of range", _SENDER),
    "bad_quantity": ("Quantity out of range", _SENDER),
    "bad_seconds": ("Handling time out of range", _SENDER),
    "no_answer": ("Survey without an answer", _SENDER),
    "no_lines": ("Order without lines", _SENDER),
    "no_path": ("Page view without a path", _SENDER),
    "no_unit": ("Exposure of nobody", "The test randomises by an id that the exposure does not carry."),
    "failed": ("The product itself failed on these", "See the log, and replay after an update."),
    "bad_text": ("Text with control characters", _SENDER),
    "bad_time": ("Time that cannot be read", "Times must be ISO 8601 with an offset."),
    "no_event": ("Event without a name", _SENDER),
    "no_id": ("Event of nobody", "anonymousId or userId must be a filled text."),
    "no_order_id": ("Order without a number", "properties.order_id must be a filled text."),
    "other_currency": ("Another currency", "The deployment has one currency; convert before sending."),
    "too_deep": ("Nested too deep", _SENDER),
    "too_large": ("Too large", _SENDER),
    "too_long": ("Text too long", _SENDER),
    "too_new": ("From the future", "The sender's clock is ahead. Replay when the time has come."),
    "too_old": ("Too old", "Bring history as a file, or raise NETLIFT_LATE_DAYS and replay."),
    "unknown_type": (
        "A kind of call that is not kept",
        "track, identify and page are; screen, group and alias are not.",
    ),
    "unreadable": ("No valid JSON", _SENDER),
    "wrong_type": ("Field of a wrong type", _SENDER),
    "no_consent": ("No consent", "The person has not agreed to be measured; nothing of it is kept."),
}


def advice_of(reason: str) -> Advice:
    """Title and advice; for a reason without words its code."""
    return Advice(*_WORDS.get(reason, (reason.replace("_", " ").capitalize(), "")))
