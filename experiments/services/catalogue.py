"""Products, families, journeys, layers and sources: look them up and save them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.changes import LAUNCHED
from experiments.domain.checks import check_text
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.journey import Journey
from experiments.domain.layer import Layer
from experiments.domain.phase import SALT_BYTES
from experiments.domain.product import Family, Product
from experiments.domain.source import Source
from experiments.services import audit, describe
from experiments.services.actor import Actor
from experiments.store.catalogue import aliases, experiments, families, journeys, layers, products, sources
from experiments.store.catalogue.aliases import all_aliases
from experiments.store.catalogue.families import all_families
from experiments.store.catalogue.journeys import all_journeys
from experiments.store.catalogue.layers import all_layers
from experiments.store.catalogue.products import all_products, price_history
from experiments.store.catalogue.sources import all_sources

T = TypeVar("T")

__all__ = [
    "add_layer",
    "all_aliases",
    "all_families",
    "all_journeys",
    "all_layers",
    "all_products",
    "all_sources",
    "change_layer",
    "check_free",
    "delete_journey",
    "forget_alias",
    "journey_by_key",
    "layer_by_key",
    "price_history",
    "product_by_key",
    "product_names",
    "save_alias",
    "save_family",
    "save_journey",
    "save_product",
    "save_source",
    "source_by_key",
]


def product_names(session: Session) -> dict[str, str]:
    """The name of each product, by key."""
    return products.names(session)


def product_by_key(session: Session, key: str, at: int | None = None) -> Product:
    """The product as it was at an instant; raises NotFoundError."""
    return _found(products.find(session, key, at), "product", key)


def journey_by_key(session: Session, key: str) -> Journey:
    """The journey; raises NotFoundError."""
    return _found(journeys.find(session, key), "journey", key)


def layer_by_key(session: Session, key: str) -> Layer:
    """The layer; raises NotFoundError."""
    return _found(layers.find(session, key), "layer", key)


def source_by_key(session: Session, key: str) -> Source:
    """The source; raises NotFoundError."""
    return _found(sources.find(session, key), "source", key)


def save_family(session: Session, actor: Actor, now: int, family: Family) -> None:
    """Add a family or change its name."""
    actor.require(Right.EDIT)
    before = families.find(session, family.key)
    families.save(session, family)
    _record(
        session, actor, now, "family", family.key, describe.family(before) if before else None, describe.family(family)
    )


def save_product(session: Session, actor: Actor, now: int, product: Product, *, valid_from: int | None = None) -> None:
    """Add a product or change it.

    Args:
        valid_from: instant from which a changed price, margin or duration holds; None = now. Sales before it keep
            what held on their day.
    """
    actor.require(Right.EDIT)
    before = products.find(session, product.key)
    products.save(session, product, now if valid_from is None else valid_from)
    old = describe.product(before) if before else None
    _record(session, actor, now, "product", product.key, old, describe.product(product))


def check_free(session: Session, key: str) -> None:
    """Refuse the key of a product that exists."""
    if products.find(session, key) is not None:
        raise ConflictError(f"product.key == {key!r}, exists already.", "product.key", code="exists")


def save_alias(session: Session, actor: Actor, now: int, alias: str, product: str) -> None:
    """Let a name that another system uses stand for a product; events that wait for it can be replayed then."""
    actor.require(Right.EDIT)
    name = check_text(alias, "alias")
    before = aliases.all_aliases(session).get(name)
    aliases.save(session, name, product)
    old = {"product": before} if before else None
    _record(session, actor, now, "product_alias", name, old, {"product": product})


def forget_alias(session: Session, actor: Actor, now: int, alias: str) -> None:
    """Remove such a name; facts that came of it stay."""
    actor.require(Right.EDIT)
    before = aliases.all_aliases(session).get(alias)
    if before is None or not aliases.forget(session, alias):
        raise NotFoundError("alias", alias)
    _record(session, actor, now, "product_alias", alias, {"product": before}, None)


def save_journey(session: Session, actor: Actor, now: int, journey: Journey) -> Journey:
    """Add a journey, or its next version where anything changed; returns it as it is kept."""
    actor.require(Right.EDIT)
    before = journeys.find(session, journey.key)
    if before is not None and before.same_as(journey):
        return before
    saved = replace(journey, version=journeys.last_version(session, journey.key) + 1)
    journeys.save(session, saved)
    journeys.keep_version(session, saved, actor.name, now)
    old = describe.journey(before) if before else None
    _record(session, actor, now, "journey", journey.key, old, describe.journey(saved))
    return saved


def delete_journey(session: Session, actor: Actor, now: int, key: str) -> None:
    """Remove a journey; no test depends on it."""
    actor.require(Right.EDIT)
    before = journey_by_key(session, key)
    journeys.delete(session, key)
    _record(session, actor, now, "journey", key, describe.journey(before), None)


def add_layer(
    session: Session, actor: Actor, now: int, *, key: str, name: str, holdout: float = 0.0, salt: str | None = None
) -> Layer:
    """Add a layer; `salt` is given where its draws must come out the same again, None = a random one."""
    actor.require(Right.EDIT)
    layer = Layer(key, name, salt or secrets.token_urlsafe(SALT_BYTES), holdout)
    layers.add(session, layer)
    _record(session, actor, now, "layer", key, None, describe.layer(layer))
    return layer


def change_layer(session: Session, actor: Actor, now: int, key: str, *, name: str, holdout: float) -> Layer:
    """Change name and holdout; the holdout only while nothing in the layer is launched or rolled out."""
    actor.require(Right.EDIT)
    layers.lock(session, key)
    before = layer_by_key(session, key)
    after = Layer(key, name, before.salt, holdout)
    if holdout != before.holdout:
        _check_unused(session, key)
    layers.change(session, key, name=after.name, holdout=after.holdout)
    _record(session, actor, now, "layer", key, describe.layer(before), describe.layer(after))
    return after


def save_source(session: Session, actor: Actor, now: int, source: Source) -> int:
    """Add a source or change it; returns its code in the fact tables."""
    actor.require(Right.EDIT)
    before = sources.find(session, source.key)
    code = sources.save(session, source, now)
    old = describe.source(before) if before else None
    _record(session, actor, now, "source", source.key, old, describe.source(source))
    return code


def _check_unused(session: Session, layer: str) -> None:
    for experiment in experiments.all_experiments(session):
        used = experiment.phase.layer is not None and experiment.phase.layer.layer == layer
        if used and (experiment.status in LAUNCHED or experiment.rollout is not None):
            raise ConflictError(
                f"layer.holdout cannot change while {experiment.key!r} uses the layer: "
                "units it has treated would be held out.",
                "layer.holdout",
                code="frozen",
            )


def _record(
    session: Session,
    actor: Actor,
    now: int,
    noun: str,
    key: str,
    before: describe.Document | None,
    after: describe.Document | None,
) -> None:
    if before == after:
        return
    action = "create" if before is None else "delete" if after is None else "change"
    audit.record(session, actor, now, action, noun, key, before=before, after=after)


def _found(value: T | None, noun: str, key: str) -> T:
    if value is None:
        raise NotFoundError(noun, key)
    return value
