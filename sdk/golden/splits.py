"""Cases of the draws: variants, ids, enrolment, phases, statuses, layers and holdouts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.configs import CONTROL, EDGE, OFFER
from golden.drawing import (
    HELD_OUT,
    LOWER,
    NOT_HELD_OUT,
    UPPER,
    arm,
    case,
    enrolled,
    exposed,
    placed,
    unit,
    units,
    varied,
)

Cases = Iterator[dict[str, Any]]


def split_cases() -> Cases:
    """Weighted draws without any gate."""
    for key in ("half", "customers", "sparse"):
        yield from (exposed("plain", key, name, CONTROL) for name in units(varied(key, *LOWER), count=6))
        yield from (exposed("plain", key, name, OFFER) for name in units(varied(key, *UPPER), count=6))
    for variant, low, high in ((CONTROL, 0.0, 0.25), ("b", 0.25, 0.5), ("c", 0.5, 1.0)):
        yield from (exposed("plain", "three", name, variant) for name in units(varied("three", low, high), count=6))
    yield exposed("plain", "single", "visitor-1", CONTROL)
    for name in units(varied("half", *LOWER), varied("later", *UPPER)):
        yield exposed("twice", "half", name, CONTROL)
    for name in ("Ökø", "日本語", "😀", "x" * 300, "a:b", "null", "0"):
        yield exposed("plain", "half", name, arm("half", name))


def unit_cases() -> Cases:
    """Ids are normalised before they are hashed, and refused where they cannot be."""
    composed = "caf\u00e9-7"
    for spelled in (composed, "cafe\u0301-7", "  caf\u00e9-7\n", "\u00a0cafe\u0301-7\ufeff"):
        yield exposed("plain", "half", spelled, arm("half", composed))
    unusable: tuple[Any, ...] = (None, "", "  ", "\u3000", 42, 4.2, True, [], ["visitor-1"], {}, "\ud800")
    yield from (case("plain", "half", spelled, CONTROL, "NO_UNIT") for spelled in unusable)


def agent_cases() -> Cases:
    """Tests that draw agents are decided on servers; an SDK for pages, which have no agent, leaves them out.

    `in_page` is what the latter answers; it never takes a visitor or a customer for an agent.
    """
    unknown = case("agents", "nobody", "agent-1", None, "UNKNOWN")["expected"]
    for side, variant in ((LOWER, CONTROL), (UPPER, OFFER)):
        for name in units(varied("agents", *side), count=4):
            yield exposed("agents", "agents", name, variant) | {"in_page": unknown}
    for absent in (None, " ", 17):
        yield case("agents", "agents", absent, CONTROL, "NO_UNIT") | {"in_page": unknown}
    yield exposed("agents", "half", "visitor-1", arm("half", "visitor-1"))


def enrolment_cases() -> Cases:
    """A ramp from 0 to 10, 50 and 100 % adds units and moves nobody."""
    for variant, side in ((CONTROL, LOWER), (OFFER, UPPER)):
        for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 1.0)):
            for name in units(enrolled("ramp", low, high), varied("ramp", *side), count=4):
                yield from ramp(name, high, variant)


def ramp(name: str, enters_at: float, variant: str) -> Cases:
    """One unit along the ramp; it is enrolled from the share `enters_at` on."""
    for percent in (0, 10, 50, 100):
        if percent / 100 >= enters_at:
            yield exposed(f"ramp-{percent}", "ramp", name, variant)
        else:
            yield case(f"ramp-{percent}", "ramp", name, CONTROL, "NOT_ENROLLED")


def phase_cases() -> Cases:
    """The next phase draws with its own salt."""
    for before, first in ((CONTROL, LOWER), (OFFER, UPPER)):
        for after, second in ((CONTROL, LOWER), (OFFER, UPPER)):
            for name in units(varied("ramp", *first), varied("ramp-2", *second), count=3):
                yield exposed("ramp-100", "ramp", name, before)
                yield exposed("phase-2", "ramp", name, after)


def status_cases() -> Cases:
    """Only testing and running experiments draw."""
    for status in ("testing", "running"):
        yield exposed("statuses", status, unit(varied(status, *LOWER)), CONTROL)
        yield exposed("statuses", status, unit(varied(status, *UPPER)), OFFER)
    for status in ("paused", "stopped", "decided", "someday"):
        yield from (case("statuses", status, name, CONTROL, "NOT_RUNNING") for name in ("visitor-1", "visitor-2"))


def layer_cases() -> Cases:
    """Experiments of one layer share no unit."""
    for name in units(placed(*LOWER), NOT_HELD_OUT, count=8):
        yield exposed("layers", "low", name, arm("low", name))
        yield case("layers", "high", name, CONTROL, "LAYER")
    for name in units(placed(*UPPER), NOT_HELD_OUT, count=8):
        yield exposed("layers", "high", name, arm("high", name))
        yield case("layers", "low", name, CONTROL, "LAYER")
    for name in ("visitor-1", "visitor-2"):
        yield case("layers", "narrow", name, CONTROL, "LAYER")
        yield exposed("layers", "free", name, arm("free", name))
    yield from audience_before_layer_cases()


def audience_before_layer_cases() -> Cases:
    """Who is not meant is in no holdout either: the audience is asked before the layer."""
    web = {"attributes": {"channel": "web"}}
    for name in units(placed(*LOWER), HELD_OUT):
        yield case("layers", "low-web", name, CONTROL, "AUDIENCE")
        yield exposed("layers", "low-web", name, CONTROL, "HOLDOUT", **web)
    for name in units(placed(*UPPER)):
        yield case("layers", "low-web", name, CONTROL, "AUDIENCE")
        yield case("layers", "low-web", name, CONTROL, "LAYER", **web)


def edge_cases() -> Cases:
    """Every range holds the draw at its start and not the one at its end."""
    yield exposed("edges", "starts", EDGE, arm("starts", EDGE))
    yield case("edges", "ends", EDGE, CONTROL, "LAYER")
    yield exposed("edges", "held-out", EDGE, arm("held-out", EDGE))
    yield case("edges", "enrolled", EDGE, CONTROL, "NOT_ENROLLED")
    yield exposed("edges", "varied", EDGE, "b")
    yield exposed("edges", "held-back", EDGE, OFFER, "ROLLOUT")
    yield case("edges", "shared", EDGE, CONTROL, "NOT_ENROLLED")
    yield case("edges", "kept", EDGE, OFFER, "ROLLOUT")


def holdout_cases() -> Cases:
    """The holdout of a layer sees the control and is an exposure, inside the range of its experiment only."""
    for name in units(placed(*LOWER), HELD_OUT, varied("low", *UPPER), count=4):
        yield from (exposed("layers", key, name, CONTROL, "HOLDOUT") for key in ("low", "ramped", "shipped"))
        yield case("layers", "high", name, CONTROL, "LAYER")
    yield from (exposed("layers", "closed", name, CONTROL, "HOLDOUT") for name in ("visitor-1", "visitor-2"))
    for name in units(placed(*LOWER), NOT_HELD_OUT, enrolled("ramped", 0.2, 1.0)):
        yield case("layers", "ramped", name, CONTROL, "NOT_ENROLLED")
    for name in units(placed(*LOWER), NOT_HELD_OUT, varied("shipped", 0.05, 1.0), enrolled("shipped", *LOWER)):
        yield exposed("layers", "shipped", name, OFFER, "ROLLOUT")
