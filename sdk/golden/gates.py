"""Cases of what comes before or instead of the draws: audiences, remote facts, forcing, roll-outs, fallbacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.configs import CONTROL, OFFER, THREE
from golden.drawing import LOWER, UPPER, case, enrolled, exposed, unit, units, varied

Cases = Iterator[dict[str, Any]]
V1 = "visitor-1"


def audience_evaluation_cases() -> Cases:
    """The audience is asked before any draw."""
    name = unit(varied("web", *UPPER))
    for attributes in ({"channel": "web"}, {"channel": "web", "other": 1}):
        yield exposed("audiences", "web", name, OFFER, attributes=attributes)
    refused: tuple[Any, ...] = ({}, None, {"channel": None}, {"channel": "phone"}, {"Channel": "web"})
    yield from (case("audiences", "web", name, CONTROL, "AUDIENCE", attributes=given) for given in refused)
    name = unit(varied("two", *UPPER))
    met: tuple[Any, ...] = (["mobile"], [], [{"product": "mobile", "since": "2024-03-01"}])
    unmet: tuple[Any, ...] = (["tv"], [{"product": "tv"}], None)
    for held in met:
        yield exposed("audiences", "two", name, OFFER, attributes={"channel": "web", "holdings": held})
    for held in unmet:
        yield case("audiences", "two", name, CONTROL, "AUDIENCE", attributes={"channel": "web", "holdings": held})
    yield case("audiences", "strange", V1, CONTROL, "AUDIENCE", attributes={"channel": "web"})
    yield case("audiences", "web-shipped", V1, OFFER, "ROLLOUT", attributes={"channel": "web"})
    yield case("audiences", "web-shipped", V1, CONTROL, "AUDIENCE")


def remote_cases() -> Cases:
    """A remote experiment draws only where every fact its audience needs was given, or all were looked up.

    In a page nothing is drawn, whatever was given: the rules are not published there.
    """
    for asked in _remote_cases():
        in_page = case("audiences", asked["key"], asked["unit"], CONTROL, "REMOTE")["expected"]
        yield asked if asked["expected"] == in_page else {**asked, "in_page": in_page}


def _remote_cases() -> Cases:
    name = unit(varied("remote", *UPPER))
    yield case("audiences", "remote", name, CONTROL, "REMOTE")
    yield case("audiences", "remote", name, CONTROL, "REMOTE", attributes={"other": "web"})
    yield exposed("audiences", "remote", name, OFFER, attributes={"channel": "web"})
    yield case("audiences", "remote", name, CONTROL, "AUDIENCE", attributes={"channel": None})
    yield case("audiences", "remote", name, CONTROL, "AUDIENCE", attributes={"channel": "phone"})
    yield case("audiences", "remote", name, CONTROL, "AUDIENCE", facts=True)
    yield exposed("audiences", "remote", name, OFFER, attributes={"channel": "web"}, facts=True)
    name = unit(varied("remote-two", *UPPER))
    for half in ({"channel": "web"}, {"holdings": []}):
        yield case("audiences", "remote-two", name, CONTROL, "REMOTE", attributes=half)
    yield exposed("audiences", "remote-two", name, OFFER, attributes={"channel": "web", "holdings": []})
    # A rule without a readable name counts as one of the empty name.
    yield case("audiences", "remote-strange", V1, CONTROL, "REMOTE")
    yield case("audiences", "remote-strange", V1, CONTROL, "AUDIENCE", attributes={"": 1})
    name = unit(varied("remote-hidden", *UPPER))
    yield case("audiences", "remote-hidden", name, CONTROL, "REMOTE")
    yield case("audiences", "remote-hidden", name, CONTROL, "REMOTE", attributes={"channel": "web"})
    yield exposed("audiences", "remote-hidden", name, OFFER, facts=True)


FORCED_AGAINST: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    ("plain", "half", V1, {}),
    ("plain", "half", None, {}),
    ("plain", "half", V1, {"consent": False}),
    ("statuses", "paused", V1, {}),
    ("audiences", "web", V1, {}),
    ("audiences", "remote", V1, {}),
    ("layers", "narrow", V1, {}),
    ("layers", "closed", V1, {}),
    ("ramp-0", "ramp", V1, {}),
    ("rollouts", "full", V1, {}),
)


def forced_cases() -> Cases:
    """A forced variant is shown whatever else holds and is never an exposure; one that is not there is ignored."""
    for variant in (CONTROL, OFFER):
        for config, key, name, inputs in FORCED_AGAINST:
            yield case(config, key, name, variant, "FORCED", forced=variant, **inputs)
    offered = unit(varied("half", *UPPER))
    yield from (exposed("plain", "half", offered, OFFER, forced=nothing) for nothing in ("nothing", "", "Control"))
    yield case(None, "half", V1, None, "NO_CONFIG", forced=OFFER)
    yield case("plain", "elsewhere", V1, None, "UNKNOWN", forced=OFFER)


def rollout_cases() -> Cases:
    """The holdback comes from the control's range, cut where that ends; the share follows the enrolment draw."""
    yield from partial_rollout_cases()
    yield from kept_cases()
    for key in ("full", "second", "keep-control", "kept-before"):
        yield from (exposed("rollouts", key, name, CONTROL, "HOLDBACK") for name in units(varied(key, 0.0, 0.05)))
    for key, variant in (("full", OFFER), ("second", "b"), ("keep-control", CONTROL)):
        for name in units(varied(key, 0.05, 1.0), count=4):
            yield exposed("rollouts", key, name, variant, "ROLLOUT")
    for key in ("no-holdback", "bare", "no-control"):
        for edges in ((0.0, 0.05), (0.05, 1.0)):
            yield from (case("rollouts", key, name, OFFER, "ROLLOUT") for name in units(varied(key, *edges)))
    for edges in ((0.0, 0.05), (0.05, 1.0)):
        for name in units(varied("none-yet", *edges)):
            yield case("rollouts", "none-yet", name, CONTROL, "NOT_ENROLLED")
    for name in units(varied("small-control", 0.0, 0.1)):
        yield exposed("rollouts", "small-control", name, CONTROL, "HOLDBACK")
    for name in units(varied("small-control", 0.1, 0.3)):
        yield exposed("rollouts", "small-control", name, OFFER, "ROLLOUT")


def partial_rollout_cases() -> Cases:
    """Half of the units get the winner, whichever variant they had; the holdback is half of its range so far."""
    for key in ("half-way", "still-running", "paused"):
        for name in units(varied(key, 0.0, 0.05), enrolled(key, *LOWER)):
            yield exposed("rollouts", key, name, CONTROL, "HOLDBACK")
        for name in units(varied(key, 0.0, 0.05), enrolled(key, *UPPER)):
            yield case("rollouts", key, name, CONTROL, "NOT_ENROLLED")
        for had in ((0.05, 0.5), (0.5, 1.0)):
            for name in units(varied(key, *had), enrolled(key, *LOWER)):
                yield exposed("rollouts", key, name, OFFER, "ROLLOUT")
            for name in units(varied(key, *had), enrolled(key, *UPPER)):
                yield case("rollouts", key, name, CONTROL, "NOT_ENROLLED")


def kept_cases() -> Cases:
    """While windows are open, the enrolled keep their variant and no exposure is logged; others are shipped to."""
    for had, variant in (((0.0, 0.05), CONTROL), ((0.05, 0.5), CONTROL), ((0.5, 1.0), OFFER)):
        for name in units(varied("keeping", *had), enrolled("keeping", *LOWER)):
            yield case("rollouts", "keeping", name, variant, "KEPT")
    for had, variant, reason in (((0.0, 0.05), CONTROL, "HOLDBACK"), ((0.05, 1.0), OFFER, "ROLLOUT")):
        for name in units(varied("keeping", *had), enrolled("keeping", *UPPER)):
            yield exposed("rollouts", "keeping", name, variant, reason)
    for name in units(varied("keeping-more", *UPPER), enrolled("keeping-more", 0.2, 0.5)):
        yield case("rollouts", "keeping-more", name, OFFER, "KEPT")
    for name in units(enrolled("keeping-more", *UPPER)):
        yield case("rollouts", "keeping-more", name, CONTROL, "NOT_ENROLLED")
    edge = 0.0
    for entry in THREE:
        top = edge + entry["weight"]
        for name in units(varied("keeping-all", edge + 1e-9, top - 1e-9)):
            yield case("rollouts", "keeping-all", name, entry["key"], "KEPT")
        edge = top


def fallback_cases() -> Cases:
    """Every fallback, and which one wins where several apply."""
    yield case(None, "half", V1, None, "NO_CONFIG")
    yield case(None, "half", None, None, "NO_CONFIG", consent=False)
    yield case("empty", "half", V1, None, "UNKNOWN")
    yield case("plain", "elsewhere", V1, None, "UNKNOWN")
    yield case("plain", "Half", V1, None, "UNKNOWN")
    yield case("plain", "", None, None, "UNKNOWN", consent=False)
    yield case("plain", "half", V1, CONTROL, "NO_CONSENT", consent=False)
    yield case("plain", "half", None, CONTROL, "NO_CONSENT", consent=False)
    yield case("statuses", "paused", V1, CONTROL, "NO_CONSENT", consent=False)
    yield case("rollouts", "full", V1, CONTROL, "NO_CONSENT", consent=False)
    yield case("statuses", "paused", "", CONTROL, "NO_UNIT")
    yield case("rollouts", "full", "", CONTROL, "NO_UNIT")
    yield case("audiences", "web", "", CONTROL, "NO_UNIT")
    yield case("audiences", "remote", "", CONTROL, "NO_UNIT")
    yield case("layers", "narrow", None, CONTROL, "NO_UNIT")
    yield case("ramp-0", "ramp", V1, CONTROL, "NOT_ENROLLED")
