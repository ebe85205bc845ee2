"""Which column is what: by the words in its head, and by what stands in its cells."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from experiments.domain.stated import relation_of_word
from experiments.services.import_desk.sniff import Beginning, numbers_of, time_format_of, with_guesses
from experiments.services.import_events.holds import TARGETS, Holds, Target, Type
from experiments.services.import_events.spec import FileOptions, Rule

_WORDS = re.compile(r"[^a-z0-9]+")
#: Points below which a column is left alone.
LEAST = 2


def guess(
    holds: Holds, beginning: Beginning, zone: str, products: Collection[str]
) -> tuple[dict[str, Rule], FileOptions]:
    """Rules by field, and how dates and numbers are written; people correct both."""
    points = [
        (score(target, column, beginning, products), -place, target, column)
        for target in TARGETS[holds]
        for place, column in enumerate(beginning.header)
    ]
    chosen: dict[str, str] = {}
    for amount, _, target, column in sorted(points, key=lambda one: (-one[0], -one[1])):
        if amount >= LEAST and target.key not in chosen and column not in chosen.values():
            chosen[target.key] = column
    rules = {target.key: Rule(column=chosen[target.key]) for target in TARGETS[holds] if target.key in chosen}
    return rules, _options(holds, beginning, zone, chosen)


def score(target: Target, column: str, beginning: Beginning, products: Collection[str]) -> int:
    """How well a column fits a field."""
    head = _WORDS.sub("_", column.lower()).strip("_")
    parts = head.split("_")
    points = 0
    if head == target.key:
        points += 8
    elif any(name in parts for name in target.names):
        points += 4
    elif any(len(name) > 3 and name in head for name in target.names):
        points += 2
    if points == 0:
        return 0
    return points + _fits(target, beginning.column(column), products)


def _fits(target: Target, texts: list[str], products: Collection[str]) -> int:
    if target.type is Type.RELATION:  # elsewhere "relation" is a word for a customer
        return 2 if texts and all(relation_of_word(text) for text in texts) else -9
    if not texts:
        return 0
    if target.type is Type.TIME:
        return 3 if time_format_of(texts) else -6
    if target.type in (Type.NUMBER, Type.MONEY, Type.WHOLE):
        return 2 if numbers_of(texts) else -6
    if target.type is Type.PRODUCT:
        return 3 if any(text in products for text in texts) else 0
    if target.type in (Type.ID, Type.CHANNEL, Type.YES, Type.LIST) and time_format_of(texts[:20]) not in (None, "unix"):
        return -4
    return 0


def _options(holds: Holds, beginning: Beginning, zone: str, chosen: dict[str, str]) -> FileOptions:
    kinds = {target.key: target.type for target in TARGETS[holds]}
    times = [text for key, column in chosen.items() if kinds[key] is Type.TIME for text in beginning.column(column)]
    money = [
        text
        for key, column in chosen.items()
        if kinds[key] in (Type.MONEY, Type.NUMBER)
        for text in beginning.column(column)
    ]
    return with_guesses(beginning.options, zone, time_format_of(times), numbers_of(money))


def refit(options: FileOptions, guessed: FileOptions) -> FileOptions:
    """A saved mapping's options for another file: how it is written is found out anew, what cells mean is kept."""
    return replace(options, format=guessed.format, encoding=guessed.encoding, delimiter=guessed.delimiter)
