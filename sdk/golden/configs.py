"""The config documents that the evaluations use."""

from __future__ import annotations

import hashlib
from typing import Any

from golden.murmur import draw

# In a change of a field: leave the field out.
ABSENT: Any = object()
CONTROL, OFFER = "control", "offer"
LABEL = {"label": "Meer voor jou", "places": [1, 2]}


def rule(op: str, *values: Any, attribute: str = "x") -> dict[str, Any]:
    """One audience rule."""
    return {"attribute": attribute, "op": op, "values": list(values)}


def variants(**weights: float) -> list[dict[str, Any]]:
    """Variants with the given weights and no payload."""
    return [{"key": key, "weight": weight, "payload": None} for key, weight in weights.items()]


def experiment(name: str, **changes: Any) -> dict[str, Any]:
    """A running 50/50 experiment on visitors, with changed fields."""
    item = {
        "key": name,
        "phase": 1,
        "salt": f"salt-{name}",
        "unit": "visitor",
        "status": "running",
        "enrolment": 1.0,
        "audience": [],
        "remote": False,
        "variants": [
            {"key": CONTROL, "weight": 0.5, "payload": None},
            {"key": OFFER, "weight": 0.5, "payload": LABEL},
        ],
        **changes,
    }
    return {field: value for field, value in item.items() if value is not ABSENT}


def shipped(name: str, share: float, holdback: float = ABSENT, **changes: Any) -> dict[str, Any]:
    """A decided experiment whose offer, or the variant named in `changes`, is rolled out."""
    rollout = {"variant": changes.pop("winner", OFFER), "share": share, "holdback": holdback}
    rollout["keep"] = changes.pop("keep", ABSENT)
    kept = {field: value for field, value in rollout.items() if value is not ABSENT}
    return experiment(name, **{"status": "decided", "rollout": kept, **changes})


def config(name: str, *experiments: Any, layers: Any = None) -> dict[str, Any]:
    """A config document."""
    return {
        "v": 1,
        "version": hashlib.sha256(name.encode()).hexdigest()[:16],
        "environment": "production",
        "generated": False,
        "layers": layers or {},
        "experiments": list(experiments),
    }


LAYERS = {
    "pages": {"salt": "salt-pages", "holdout": 0.1},
    "free": {"salt": "salt-free", "holdout": 0.0},
    "closed": {"salt": "salt-closed", "holdout": 1.0},
}
# A unit at the very edge: shares and ranges of the config `edges` end where its draws lie.
EDGE = "visitor-1"
LOW, HIGH = {"key": "pages", "range": [0.0, 0.5]}, {"key": "pages", "range": [0.5, 1.0]}
WEB = rule("in", "web", attribute="channel")
NO_TV = rule("none_of", "tv", attribute="holdings")
THREE = variants(control=0.25, b=0.25, c=0.5)

_DOCUMENTS = (
    config(
        "plain",
        experiment("half"),
        experiment("customers", unit="customer"),
        experiment("three", variants=THREE, phase=4),
        experiment("single", variants=variants(control=1.0)),
        experiment("sparse", enrolment=ABSENT, audience=ABSENT, remote=ABSENT, unit=ABSENT),
    ),
    config("empty"),
    # Of two experiments with the same key the first one counts.
    config("twice", experiment("half"), experiment("half", salt="salt-later")),
    config("agents", experiment("agents", unit="agent"), experiment("half")),
    config(
        "statuses",
        *(experiment(status, status=status) for status in ("testing", "running", "paused", "stopped", "decided")),
        experiment("someday", status="someday"),
    ),
    config("ramp-0", experiment("ramp", enrolment=0.0)),
    config("ramp-10", experiment("ramp", enrolment=0.1)),
    config("ramp-50", experiment("ramp", enrolment=0.5)),
    config("ramp-100", experiment("ramp", enrolment=1.0)),
    config("phase-2", experiment("ramp", phase=2, salt="salt-ramp-2")),
    config(
        "layers",
        experiment("low", layer=LOW),
        experiment("high", layer=HIGH),
        experiment("narrow", layer={"key": "pages", "range": [0.25, 0.25]}),
        experiment("free", layer={"key": "free", "range": [0.0, 1.0]}),
        experiment("closed", layer={"key": "closed", "range": [0.0, 1.0]}),
        experiment("ramped", layer=LOW, enrolment=0.2),
        shipped("shipped", 0.5, 0.05, layer=LOW),
        experiment("low-web", layer=LOW, audience=[WEB]),
        layers=LAYERS,
    ),
    config(
        "audiences",
        experiment("web", audience=[WEB]),
        experiment("two", audience=[WEB, NO_TV]),
        experiment("strange", audience=[rule("regex", ".*")]),
        experiment("remote", audience=[WEB], remote=True),
        experiment("remote-two", audience=[WEB, NO_TV], remote=True),
        experiment("remote-hidden", remote=True),
        experiment("remote-strange", audience=[None], remote=True),
        shipped("web-shipped", 1.0, 0.0, audience=[WEB]),
    ),
    config(
        "rollouts",
        shipped("half-way", 0.5, 0.05),
        shipped("full", 1.0, 0.05),
        shipped("no-holdback", 1.0, 0.0),
        shipped("bare", 1.0),
        shipped("none-yet", 0.0, 0.05),
        shipped("small-control", 1.0, 0.3, variants=variants(control=0.1, offer=0.9)),
        shipped("no-control", 1.0, 0.3, variants=variants(control=0.0, offer=1.0)),
        shipped("second", 1.0, 0.05, variants=THREE, winner="b", phase=3),
        shipped("keep-control", 1.0, 0.05, winner=CONTROL),
        shipped("still-running", 0.5, 0.05, status="running", enrolment=0.0),
        shipped("paused", 0.5, 0.05, status="paused"),
        shipped("keeping", 1.0, 0.05, enrolment=0.5, keep=True),
        shipped("keeping-all", 1.0, 0.05, variants=THREE, winner="b", keep=True),
        shipped("kept-before", 1.0, 0.05, enrolment=0.5, keep=False),
        shipped("keeping-more", 0.2, 0.05, enrolment=0.5, keep=True),
    ),
    config(
        "edges",
        experiment("starts", layer={"key": "edge", "range": [draw("salt-edge", EDGE), 1.0]}),
        experiment("ends", layer={"key": "edge", "range": [0.0, draw("salt-edge", EDGE)]}),
        experiment("held-out", layer={"key": "held", "range": [0.0, 1.0]}),
        experiment("enrolled", enrolment=draw("salt-enrolled:e", EDGE)),
        experiment("varied", variants=variants(control=draw("salt-varied:v", EDGE), b=1 - draw("salt-varied:v", EDGE))),
        shipped("held-back", 1.0, draw("salt-held-back:v", EDGE), variants=variants(control=1.0, offer=0.0)),
        shipped("shared", draw("salt-shared:e", EDGE)),
        shipped("kept", 1.0, enrolment=draw("salt-kept:e", EDGE), keep=True),
        layers={"edge": {"salt": "salt-edge"}, "held": {"salt": "salt-held", "holdout": draw("salt-held:h", EDGE)}},
    ),
)
_NAMES = (
    *("plain", "empty", "twice", "agents", "statuses", "ramp-0", "ramp-10", "ramp-50", "ramp-100"),
    *("phase-2", "layers", "audiences", "rollouts", "edges"),
)
CONFIGS: dict[str, dict[str, Any]] = dict(zip(_NAMES, _DOCUMENTS))
