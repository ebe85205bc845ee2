"""Rows of a price list → the catalogue, all in one transaction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.checks import KEY_PATTERN
from experiments.domain.errors import DomainError
from experiments.domain.product import Component, Family, Product
from experiments.domain.spreadsheet import typed_cell
from experiments.services import catalogue
from experiments.services.actor import Actor
from experiments.services.import_events.converted import Converted
from experiments.services.import_events.tally import instant_of
from experiments.store.catalogue import families, products
from experiments.store.intake.runs import RowProblem

MINOR = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: the product, and from when its price and margin hold; None = from now on."""

    row: int
    product: Product
    family: Family
    valid_from: int | None


@dataclass(slots=True)
class Saved:
    """What the rows did to the catalogue, in products."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


def read_rows(rows: Iterable[Converted], known: dict[str, Product]) -> tuple[list[Listed], list[RowProblem]]:
    """Products of the rows; a row that is none is refused and holds up no other."""
    good, bad = [], []
    for number, values in rows:
        try:
            good.append(_listed(number, values, known))
        except DomainError as error:
            bad.append(RowProblem(number, error.field or "", "", error.message))
    return good, bad


def save(session: Session, actor: Actor, now: int, rows: Sequence[Listed]) -> tuple[Saved, list[RowProblem]]:
    """Write the rows: first everything by itself, then what refers to other products, so that the order is free."""
    ordered = sorted(rows, key=lambda row: (row.product.key, now if row.valid_from is None else row.valid_from))
    keys = list(dict.fromkeys(row.product.key for row in ordered))
    before = {key: _history(session, key) for key in keys}
    _save_alone(session, actor, now, ordered)
    problems = []
    for row in ordered:
        try:
            with session.begin_nested():
                catalogue.save_product(session, actor, now, row.product, valid_from=row.valid_from)
        except DomainError as error:
            problems.append(RowProblem(row.row, error.field or "", "", error.message))
    saved = Saved()
    for key, old in before.items():
        saved.added += not old
        saved.unchanged += old == _history(session, key)
    saved.changed = len(keys) - saved.added - saved.unchanged
    return saved, problems


def _save_alone(session: Session, actor: Actor, now: int, rows: Sequence[Listed]) -> None:
    """Families and new products, without what they replace or consist of."""
    known = {family.key for family in families.all_families(session)}
    for row in rows:
        if row.family.key not in known:
            catalogue.save_family(session, actor, now, row.family)
            known.add(row.family.key)
        if products.find(session, row.product.key) is None:
            bare = replace(row.product, replaces=(), components=())
            catalogue.save_product(session, actor, now, bare, valid_from=row.valid_from)


def _history(session: Session, key: str) -> tuple[tuple[int, Product], ...]:
    return products.price_history(session, key) if products.find(session, key) else ()


def _listed(number: int, values: dict[str, Any], known: dict[str, Product]) -> Listed:
    key = str(values["key"])
    old, family = known.get(key), _family(str(values["family"]))
    tier = values.get("tier")
    product = Product(
        key=key,
        name=typed_cell(values.get("name") or "") or (old.name if old else key),
        family=family.key,
        tier=tier if tier is not None else old.tier if old else 1,
        price=_minor(values["price"]),
        margin=_minor(values["margin"]),
        months=values["months"],
        multiple=bool(values.get("multiple")),
        one_off=_minor(values.get("one_off")),
        held_discount=_minor(values.get("held_discount")),
        retention=_minor(values.get("retention")),
        replaces=tuple(values.get("replaces") or ()),
        components=tuple(Component.read(text) for text in values.get("components") or ()),
    )
    since = values.get("valid_from")
    return Listed(number, product, family, instant_of(since[0]) if since else None)


def _family(text: str) -> Family:
    """A family by its key, or by a name from which a key is made."""
    if KEY_PATTERN.fullmatch(text):
        return Family(text, text.replace("-", " ").capitalize())
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return Family(re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-"), text)


def _minor(amount: str | None) -> int:
    return int((Decimal(amount or "0") * MINOR).quantize(Decimal(1), ROUND_HALF_UP))
