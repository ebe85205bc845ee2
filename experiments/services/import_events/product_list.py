"""The catalogue as a file, and such a file back into the catalogue."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from experiments.domain.product import Product
from experiments.domain.spreadsheet import safe_cell
from experiments.services.clock import to_iso
from experiments.services.import_events.holds import TARGETS, Holds
from experiments.services.import_events.rows import open_rows
from experiments.services.import_events.spec import EventSpec, FileOptions, Rule, SourceSpec

HEADER = tuple(target.key for target in TARGETS[Holds.PRODUCTS])
SEPARATOR = ";"


def as_csv(histories: Iterable[tuple[tuple[int, Product], ...]]) -> str:
    """Every product with one row per instant from which its price and margin hold."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for history in histories:
        for since, product in history:
            writer.writerow(_row(product, to_iso(since) if len(history) > 1 else ""))
    return text.getvalue()


def own_spec(path: Path, options: FileOptions | None = None) -> EventSpec:
    """The mapping of a file whose columns bear the names of the fields, as `as_csv` writes it.

    Raises:
        DomainError: a required column is missing.
    """
    options = options or FileOptions(separator=SEPARATOR)
    with open_rows(path, options) as file:
        fields = {name: Rule(column=name) for name in file.header if name in HEADER}
    return EventSpec(Holds.PRODUCTS, SourceSpec("products", "Product catalogue", watermark="none"), fields, options)


def _row(product: Product, since: str) -> list[str]:
    parts = [part.product if part.quantity == 1 else f"{part.product}*{part.quantity}" for part in product.components]
    values = {
        "key": product.key,
        "name": safe_cell(product.name),
        "family": product.family,
        "tier": str(product.tier),
        "months": str(product.months),
        "multiple": "yes" if product.multiple else "no",
        "replaces": SEPARATOR.join(product.replaces),
        "components": SEPARATOR.join(parts),
        "valid_from": since,
    }
    money = {
        name: _major(getattr(product, name)) for name in ("price", "margin", "one_off", "held_discount", "retention")
    }
    return [(values | money)[name] for name in HEADER]


def _major(amount: int) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"
