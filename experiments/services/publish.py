"""The published config: what SDKs evaluate. It holds no names of things and no hypotheses.

    {"v": 1, "version": "<16 hex digits>", "environment": "production", "generated": false,
     "layers": {"tv-pages": {"salt": "…", "holdout": 0.05}},
     "experiments": [{"key", "phase", "salt", "unit", "status", "enrolment", "layer", "audience", "remote",
                      "variants": [{"key", "weight", "payload"}], "rollout": {"variant", "share", "holdback", "keep"}}]}

Tests that draw agents of the contact centre are no business of a browser: client keys do not see them.

Two views of the same state. Client keys are public: an experiment whose eligibility needs facts a browser must not
hold has `remote: true` and no rules at all, so that its draw is never made from half of them. Server keys get the
rules and the offer policy; a policy stands as one more rule on the fact `offer_allowed`, which the server works out,
so that an evaluation without it can never let anybody in.

Pages get the public view compiled: `netlift.compiling` says how.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.audience import Audience
from experiments.domain.environment import Environment
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.rollout import RollOut
from experiments.services import describe
from experiments.store.catalogue import experiments, layers
from netlift.compiling import compile_config

VERSION = 1
OFFER_ALLOWED = "offer_allowed"
#: States in which the SDK must know the test: stopped ones answer with the control, decided ones with the winner.
PUBLISHED = frozenset({Status.RUNNING, Status.PAUSED, Status.STOPPED, Status.DECIDED})

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """A config ready to send.

    Args:
        document: as decoded from JSON.
        body: its bytes, the same on every worker for the same content.
        etag: its version, without quotes.
    """

    document: Document
    body: bytes
    etag: str


def published_config(
    session: Session, environment: Environment, *, private: bool, generated: bool = False
) -> Published:
    """The config of one environment.

    Args:
        private: True for server keys, which may read audience rules on private facts.
        generated: True where the events of this installation are made up for a demonstration.
    """
    shown = [experiment for experiment in _candidates(session, environment) if _is_shown(experiment, private)]
    document: Document = {
        "v": VERSION,
        "environment": environment.value,
        "generated": generated,
        "layers": _layers(session, shown),
        "experiments": [_experiment(experiment, private) for experiment in sorted(shown, key=lambda each: each.key)],
    }
    version = hashlib.sha256(_encode(document)).hexdigest()[:16]
    document["version"] = version
    return Published(document, _encode(document), version)


def for_pages(published: Published) -> Published:
    """The public config as pages get it; of the same version."""
    return _compiled(published.body, published.etag)


@lru_cache(maxsize=8)
def _compiled(body: bytes, etag: str) -> Published:
    document = compile_config(json.loads(body))
    return Published(document, _encode(document), etag)


def _candidates(session: Session, environment: Environment) -> Iterable[Experiment]:
    statuses = PUBLISHED | {Status.TESTING} if environment is Environment.TEST else PUBLISHED
    # A damaged one is left out: shops go on with the others, and pages and commands say what is wrong with it.
    return experiments.readable(session, statuses)[0]


def _is_shown(experiment: Experiment, private: bool) -> bool:
    decided = experiment.status is Status.DECIDED
    if experiment.unit is UnitKind.AGENT and not private:
        return False
    return not experiment.imported and not (decided and experiment.rollout is None)


def _layers(session: Session, shown: Iterable[Experiment]) -> Document:
    used = {experiment.phase.layer.layer for experiment in shown if experiment.phase.layer is not None}
    return {
        layer.key: {"salt": layer.salt, "holdout": layer.holdout}
        for layer in layers.all_layers(session)
        if layer.key in used
    }


def _experiment(experiment: Experiment, private: bool) -> Document:
    phase = experiment.phase
    document: Document = {
        "key": experiment.key,
        "phase": phase.number,
        "salt": phase.salt,
        "unit": experiment.unit.value,
        "status": experiment.status.value,
        "enrolment": phase.enrolment,
        "audience": _rules(phase.audience, private),
        "remote": phase.audience.remote,
        "variants": [
            {"key": variant.key, "weight": variant.weight, "payload": variant.payload} for variant in phase.variants
        ],
    }
    if private and not phase.audience.policy.empty:
        document["policy"] = describe.policy(phase.audience.policy)
    if phase.layer is not None:
        document["layer"] = {"key": phase.layer.layer, "range": _range(experiment)}
    if experiment.rollout is not None and experiment.rollout.live:
        # One that was rolled back stays in the config without it: SDKs answer with the control.
        document["rollout"] = _rollout(experiment.rollout)
    return document


def _rules(audience: Audience, private: bool) -> list[Document]:
    if audience.remote and not private:
        return []
    rules = [{"attribute": rule.attribute, "op": rule.op.value, "values": list(rule.values)} for rule in audience.rules]
    if not audience.policy.empty:
        rules.append({"attribute": OFFER_ALLOWED, "op": "in", "values": [True]})
    return rules


def _range(experiment: Experiment) -> list[float]:
    """The slice while units are in the test; then a shipped winner goes to the whole layer, holdout excepted."""
    layer, rollout = experiment.phase.layer, experiment.rollout
    shipped = rollout is not None and not rollout.keeping
    return [0.0, 1.0] if shipped or layer is None else [layer.start, layer.end]


def _rollout(rollout: RollOut) -> Document:
    told: Document = {"variant": rollout.variant, "share": rollout.share, "holdback": rollout.holdback}
    return {**told, "keep": True} if rollout.keeping else told


def _encode(document: Document) -> bytes:
    # JSONB and SQLite's text give keys of a payload in different orders; sorted, the bytes are the same.
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
