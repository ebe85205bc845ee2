"""Cases of config documents: which can be read, and which of their experiments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from golden.configs import ABSENT, LAYERS, OFFER, config, experiment, variants

UNREADABLE: tuple[Any, ...] = (
    *(None, [], "config", 1, {}, {"v": 2}),
    *({**config("x"), "v": version} for version in (2, "1", True, None)),
    *({**config("x", experiment("kept")), "version": version} for version in ("", 7)),
    {**config("x", experiment("kept")), "environment": None},
    {**config("x", experiment("kept")), "experiments": {}},
    {**config("x", experiment("kept")), "layers": []},
    {**config("x", experiment("kept")), "generated": "no"},
)
# Changes that leave an experiment readable.
HARMLESS: tuple[dict[str, Any], ...] = (
    {"later": 1},
    {"enrolment": 0},
    {"rollout": None},
    {"layer": None},
    {"audience": None},
    {"audience": [None]},
    {"phase": 0},
    {"variants": variants(a=0.5, b=0.4999992)},
)
# Values that one field cannot have.
BROKEN: dict[str, list[Any]] = {
    "key": [ABSENT, "", 1],
    "salt": [ABSENT, "", None, "\ud800"],
    "phase": [ABSENT, "1", 1.5, -1, True],
    "status": [ABSENT, None, 1],
    "unit": ["device", 1],
    "enrolment": [1.1, -0.1, "1", True, None],
    "remote": ["yes", 1],
    "audience": ["channel", {}],
    "variants": [
        *(ABSENT, [], {}, [None]),
        *(variants(a=0.5, b=0.4), variants(a=0.5, b=0.6), variants(a=-0.5, b=1.5)),
        *(variants(a=0.5, b=0.499998), variants(a=0.5, b=0.500002)),
        *([{"key": "a", "weight": weight}, {"key": "b", "weight": 0.5}] for weight in (None, "0.5", True)),
        [{"key": "a", "weight": 0.5}, {"key": "a", "weight": 0.5}],
        [{"key": "", "weight": 1.0}],
    ],
    "layer": [
        "pages",
        {"key": "pages"},
        {"key": "elsewhere", "range": [0, 1]},
        *({"key": "pages", "range": edges} for edges in ([0, 0.5, 1], [0.6, 0.4], [0, 1.1], ["0", "1"], "all")),
    ],
    "rollout": [
        OFFER,
        {"share": 1.0},
        {"variant": OFFER},
        {"variant": "nothing", "share": 1.0},
        {"variant": OFFER, "share": 1.5},
        {"variant": OFFER, "share": 1.0, "holdback": -0.1},
        {"variant": OFFER, "share": 1.0, "keep": "yes"},
    ],
}


def document_cases() -> Iterator[dict[str, Any]]:
    """An experiment that cannot be read is left out alone; what is not known is ignored."""
    yield from ({"document": document, "readable": False} for document in UNREADABLE)
    yield readable(config("x"))
    yield readable({**config("x", experiment("kept")), "later": {"new": True}}, "kept")
    yield readable({**config("x", experiment("kept")), "layers": None}, "kept")
    yield readable(config("x", experiment("kept"), experiment("kept", salt="other")), "kept")
    for changes in HARMLESS:
        yield readable(config("x", experiment("changed", **changes), experiment("kept")), "changed", "kept")
    for holdout in (1.1, -0.1, "0.1", None):
        layers = {"pages": {"salt": "salt-pages", "holdout": holdout}}
        placed = experiment("placed", layer={"key": "pages", "range": [0, 1]})
        yield readable(config("x", placed, experiment("kept"), layers=layers), "kept")
    for broken in broken_experiments():
        yield readable(config("x", broken, experiment("kept"), layers=LAYERS), "kept")


def readable(document: dict[str, Any], *experiments: str) -> dict[str, Any]:
    """A document that can be read, with the keys of the experiments that come out of it."""
    return {"document": document, "readable": True, "experiments": list(experiments)}


def broken_experiments() -> Iterator[Any]:
    """Experiments with one field that does not fit."""
    yield from (None, "half", [], {})
    for field, values in BROKEN.items():
        yield from (experiment("broken", **{field: value}) for value in values)
