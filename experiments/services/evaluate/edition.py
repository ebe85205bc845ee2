"""What evaluation needs of the tests of one environment, worked out once per change and kept by the process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.audience import OfferPolicy
from experiments.domain.environment import Environment
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.services.publish import Document, published_config
from experiments.store.catalogue import experiments, phases, revisions
from netlift.config import Config, parse_config

#: States of tests that may have offered something.
BEGUN = frozenset(Status) - {Status.DRAFT}


@dataclass(frozen=True, slots=True)
class LiveTest:
    """What the published config does not say of a test.

    Args:
        id, phase_id: codes in the tables.
        offers: names of what it offers, as its payloads say it.
        layer: key of its layer, None without one.
        payload_type: of the payloads, where every variant has one and all are of one type; None else.
    """

    id: int
    phase_id: int
    key: str
    phase: int
    unit: UnitKind
    policy: OfferPolicy
    offers: frozenset[str]
    layer: str | None
    payload_type: type | None


@dataclass(frozen=True, slots=True)
class ShownPhase:
    """A phase whose exposures are offers that other tests may have to reckon with; µs, None = still open."""

    experiment: str
    unit: UnitKind
    offers: frozenset[str]
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of everything that is published.

    Args:
        version: of the config that keys of pages read; `server_version` of the one that server keys read.
        ruled: the config with all rules.
        drawn: the same without rules, for units whose eligibility is settled.
        shown: every phase that ever began, by its code.
    """

    version: str
    server_version: str
    ruled: Config
    drawn: Config
    tests: Mapping[str, LiveTest]
    shown: Mapping[int, ShownPhase]


_editions: WeakKeyDictionary[Engine, dict[Environment, tuple[object, Edition]]] = WeakKeyDictionary()


def edition_of(session: Session, engine: Engine, environment: Environment) -> Edition:
    """The newest edition; the one kept is good as long as no test and no layer was changed."""
    kept = _editions.setdefault(engine, {})
    state = revisions.state(session)
    known = kept.get(environment)
    if known is not None and known[0] == state:
        return known[1]
    edition = _build(session, environment)
    kept[environment] = (state, edition)
    return edition


def _build(session: Session, environment: Environment) -> Edition:
    every, _ = experiments.readable(session)
    _, damaged = experiments.readable(session, BEGUN)
    document = _told(published_config(session, environment, private=True).document, every_known=not damaged)
    public = published_config(session, environment, private=False)
    ruled = parse_config(document)
    codes, numbers = phases.ids(session), experiments.ids(session)
    open_rules = [{**item, "audience": [], "remote": False} for item in document["experiments"]]
    return Edition(
        version=public.etag,
        server_version=document["version"],
        ruled=ruled,
        drawn=parse_config({**document, "experiments": open_rules}),
        tests={each.key: _test(each, numbers, codes) for each in every if each.key in ruled.experiments},
        shown=dict(_shown(every, codes)),
    )


def _told(document: Document, *, every_known: bool) -> Document:
    """What may be decided: while a damaged test hides what it offered, nobody is offered anything under a policy."""
    if every_known:
        return document
    return {**document, "experiments": [item for item in document["experiments"] if "policy" not in item]}


def _test(experiment: Experiment, numbers: Mapping[str, int], codes: Mapping[tuple[str, int], int]) -> LiveTest:
    phase = experiment.phase
    return LiveTest(
        id=numbers[experiment.key],
        phase_id=codes[experiment.key, phase.number],
        key=experiment.key,
        phase=phase.number,
        unit=experiment.unit,
        policy=phase.audience.policy,
        offers=_offers(variant.payload for variant in phase.variants),
        layer=None if phase.layer is None else phase.layer.layer,
        payload_type=_one_type([variant.payload for variant in phase.variants]),
    )


def _shown(every: Iterable[Experiment], codes: Mapping[tuple[str, int], int]) -> Iterable[tuple[int, ShownPhase]]:
    for experiment in every:
        for phase in experiment.phases:
            if phase.started_at is not None and not experiment.imported:
                # A shipped winner goes on being shown after its phase has ended.
                rollout = experiment.rollout
                ended = None if rollout is not None and rollout.live else phase.ended_at
                offers = _offers(variant.payload for variant in phase.variants)
                yield codes[experiment.key, phase.number], ShownPhase(experiment.key, experiment.unit, offers, ended)


def _one_type(payloads: Sequence[Any]) -> type | None:
    """bool, int, float, str or dict; numbers of which some have a fraction are floats, and no flag is a list."""
    types = {type(payload) for payload in payloads}
    if types == {int, float}:
        return float
    [found] = types if len(types) == 1 else {None}
    return found if found in (bool, int, float, str, dict) else None


def _offers(payloads: Iterable[Any]) -> frozenset[str]:
    """The texts called `offer` in the payloads."""
    named = (payload.get("offer") for payload in payloads if isinstance(payload, dict))
    return frozenset(name for name in named if isinstance(name, str) and name)
