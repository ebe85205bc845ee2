"""Stated relations: words of senders, and how they compare with what the holdings give."""

from __future__ import annotations

import pytest

from experiments.domain.holding import Relation
from experiments.domain.stated import UNREAD, StatedPair, StatedRelations, relation_of_word


@pytest.mark.parametrize(
    ("word", "relation"),
    [
        ("cross", Relation.CROSS), ("Cross-sell", Relation.CROSS), ("CROSS_SALE", Relation.CROSS),
        ("up", Relation.UP), ("upgrade", Relation.UP), ("Up Sell", Relation.UP), ("downgrade", Relation.DOWN),
        ("renewal", Relation.SAME), ("add", Relation.ADD), ("new", Relation.NEW), ("unknown", Relation.UNKNOWN),
        ("upper", None), ("4711", None), ("", None),
    ],
)  # fmt: skip
def test_words_of_senders(word: str, relation: Relation | None) -> None:
    assert relation_of_word(word) is relation


def test_only_two_known_words_can_contradict_each_other() -> None:
    found = StatedRelations.of(
        [("up", "cross", 2), ("up", "up", 4), ("cross", "unknown", 8), (UNREAD, "up", 16), (UNREAD, "unknown", 32),
         ("same", "up", 5), ("up", "cross", 1)]
    )  # fmt: skip
    assert (found.sales, found.conflicting, found.unknown, found.unread, found.compared) == (68, 8, 8, 48, 12)
    assert found.pairs == (StatedPair("same", "up", 5), StatedPair("up", "cross", 3))


def test_parts_add_up() -> None:
    one, other = [("up", "cross", 2), (UNREAD, "up", 1)], [("up", "cross", 3), ("cross", "unknown", 4)]
    assert StatedRelations.together(map(StatedRelations.of, (one, other))) == StatedRelations.of([*one, *other])
    assert StatedRelations.together([]) == StatedRelations()
