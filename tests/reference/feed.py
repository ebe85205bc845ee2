"""Send a world's messages through the real ingest and projection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.phase import Phase
from experiments.domain.product import Component, Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.domain.variant import Variant
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.engines import writing
from tests.reference.world import Item, World

ID_KEY = b"reference"
ADMIN = Actor("tests", UserRole.ADMIN)
SOURCES = {"browser": SourceKind.CLIENT, "shop": SourceKind.SERVER, "warehouse": SourceKind.IMPORT}
LIMITS = Limits(late_days=700, future_minutes=1_440)


def micros(moment: datetime) -> int:
    """µs since 1970 UTC, exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def feed(engine: Engine, world: World, unit: str, now: datetime) -> None:
    """Catalogue, sources and the experiment first, then every message in the order it is received."""
    sources = _prepare(engine, world, unit, micros(now))
    for (name, received), group in groupby(world.messages, key=lambda m: (m.source, m.received)):
        items = [message.body for message in group]
        answer = accept(engine, sources[name], items, id_key=ID_KEY, now=micros(received), limits=LIMITS)
        assert not answer.rejected, answer.rejected
    done = run_all(engine, micros(now))
    assert not done.set_aside, done.set_aside


def _save(session: Session, item: Item, now: int) -> None:
    """The product as it was at first, then each change of what it is worth."""
    components = tuple(Component(key, quantity) for key, quantity in item.components)
    product = Product(
        item.key, item.key, item.family, item.tier, item.price, item.margin, item.months, item.multiple,
        item.one_off, item.held_discount, item.retention, item.replaces, components,
    )  # fmt: skip
    catalogue.save_product(session, ADMIN, now, product, valid_from=0)
    for since, margin, months in item.changes:
        changed = replace(product, margin=margin, months=months)
        catalogue.save_product(session, ADMIN, now, changed, valid_from=micros(since))


def _prepare(engine: Engine, world: World, unit: str, now: int) -> dict[str, SourceInfo]:
    with writing(engine) as session:
        for family in sorted({item.family for item in world.items}):
            catalogue.save_family(session, ADMIN, now, Family(family, family))
        for item in sorted(world.items, key=lambda item: len(item.replaces) + len(item.components)):
            _save(session, item, now)
        ids = {}
        for name, kind in SOURCES.items():
            source = Source(name, name, kind, complete=name == "warehouse")
            ids[name] = (catalogue.save_source(session, ADMIN, now, source), source)
        variants = (Variant("control", "Control", 0.5), Variant("treatment", "Treatment", 0.5))
        phase = Phase(1, "salt", variants, started_at=0)
        draft = Experiment("entry", "Entry", "", UnitKind(unit), (), (phase,), status=Status.RUNNING, launched_at=0)
        experiment_store.add(session, draft)
    return {name: SourceInfo(code, name, source.kind, source.environment) for name, (code, source) in ids.items()}
