"""Facts in tables: links, holdings, names, quarantine and tally, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from experiments.store import quarantine
from experiments.store.engines import reading, writing
from experiments.store.projection import holdings, links, names
from experiments.store.projection.facts import Facts
from experiments.store.projection.writing import clear, count_ignored
from experiments.store.quarantine import SetAside
from experiments.store.tables import HoldingRow, LinkRow, NameRow, QuarantineRow, TallyRow

NOW = 1_795_000_000_000_000


def link(at: int, received: int, *, verified: bool, visitor: int = 1) -> dict[str, Any]:
    return {"visitor": visitor, "customer": 2, "at": at, "received_at": received, "verified": verified}


def holding(received: int, *, complete: bool, product: int = 5) -> dict[str, Any]:
    return {
        "customer": 2, "as_of": 10, "product_id": product, "source_id": 1, "complete": complete,
        "received_at": received, "independent": False, "family_id": 1, "tier": 1,
    }  # fmt: skip


def stored_link(engine: Engine) -> tuple[int, int, bool]:
    with reading(engine) as session:
        row = session.execute(select(LinkRow.at, LinkRow.received_at, LinkRow.verified)).one()
    return row.at, row.received_at, row.verified


def write_links(engine: Engine, *batches: Sequence[dict[str, Any]]) -> None:
    for batch in batches:
        with writing(engine) as session:
            links.write(session.connection(), batch)


CLAIMS = [
    link(5, 50, verified=False),
    link(20, 30, verified=True),
    link(10, 40, verified=True),
    link(1, 2, verified=False),
]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_a_link_is_verified_from_its_first_verified_claim_on(engine: Engine, order: tuple[int, ...]) -> None:
    """An early claim of a browser must not make the link look as if it had been known before exposure."""
    write_links(engine, *([CLAIMS[place]] for place in order))
    assert stored_link(engine) == (10, 30, True)


def test_claims_of_one_batch_merge_like_those_of_several(engine: Engine) -> None:
    write_links(engine, CLAIMS)
    assert stored_link(engine) == (10, 30, True)


def test_an_unverified_link_stays_unverified_and_takes_the_earliest_claim(engine: Engine) -> None:
    write_links(engine, [CLAIMS[0]], [CLAIMS[3]], [CLAIMS[0]])
    assert stored_link(engine) == (1, 2, False)


@pytest.mark.parametrize("split", [0, 1, 2])
def test_a_holding_told_twice_is_complete_if_either_says_so(engine: Engine, split: int) -> None:
    rows = [holding(30, complete=False), holding(40, complete=True)]
    for batch in (rows[:split], rows[split:], rows[split:][::-1]):
        with writing(engine) as session:
            if batch:
                holdings.write(session.connection(), batch)
    with reading(engine) as session:
        row = session.execute(select(HoldingRow.complete, HoldingRow.received_at)).one()
    assert (row.complete, row.received_at) == (True, 30)


def test_a_word_keeps_its_code_and_spaces_are_apart(engine: Engine) -> None:
    words = {("event", "Clicked"), ("path", "Clicked"), ("event", "")}
    with writing(engine) as session:
        first = names.codes(session.connection(), words)
    with writing(engine) as session:
        again = names.codes(session.connection(), words | {("path", "/tv")})
    assert first == {word: again[word] for word in words}
    assert len({*again.values()}) == 4
    assert first["event", ""] == 0


def test_processes_that_see_words_first_agree_on_their_codes(engine: Engine) -> None:
    start = Barrier(4)

    def codes(number: int) -> dict[tuple[str, str], int]:
        start.wait()
        words = {("path", f"/{index}") for index in range(number, number + 60)}
        with writing(engine) as session:
            return names.codes(session.connection(), words)

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(codes, range(4)))
    merged: dict[tuple[str, str], int] = {}
    for known in seen:
        assert known == {**known, **{word: merged[word] for word in known if word in merged}}
        merged |= known
    with reading(engine) as session:
        assert len(session.scalars(select(NameRow.id)).all()) == len(merged) == 63


def set_aside(event: int = 1, reason: str = "too_old", *, message: str = "m") -> SetAside:
    return SetAside(bytes([event]) * 16, 1, reason, "timestamp", message, 3, None, "{}")


def add(engine: Engine, *items: SetAside, now: int = NOW, again: bool = True) -> None:
    with writing(engine) as session:
        quarantine.add(session.connection(), items, now, again=again)


def rows(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        query = select(QuarantineRow.reason, QuarantineRow.count, QuarantineRow.first_seen, QuarantineRow.last_seen)
        return [tuple(row) for row in session.execute(query.order_by(QuarantineRow.reason))]


def test_an_item_sent_again_is_counted_and_not_kept_twice(engine: Engine) -> None:
    add(engine, set_aside(), set_aside(), set_aside(reason="no_id"))
    add(engine, set_aside(), now=NOW + 5)
    assert rows(engine) == [("no_id", 1, NOW, NOW), ("too_old", 3, NOW, NOW + 5)]


def test_a_projection_that_repeats_itself_counts_nothing_and_says_what_is_wrong_now(engine: Engine) -> None:
    for message in ("first", "second"):
        add(engine, set_aside(reason="unknown_product", message=message), again=False)
    assert rows(engine) == [("unknown_product", 1, NOW, NOW)]
    with reading(engine) as session:
        assert session.scalar(select(QuarantineRow.message)) == "second"


def test_rows_wait_in_pages_until_they_are_replayed(engine: Engine) -> None:
    add(engine, *(set_aside(event) for event in range(1, 6)), set_aside(9, "no_id"))
    with writing(engine) as session:
        connection = session.connection()
        first = quarantine.waiting(connection, ["too_old"], limit=3)
        rest = quarantine.waiting(connection, ["too_old"], after=first[-1].id, limit=3)
        assert [len(first), len(rest)] == [3, 2]
        assert len({row.id for row in first + rest}) == 5
        quarantine.mark_replayed(connection, [first[0].id], NOW)
        assert first[0] not in quarantine.waiting(connection, ["too_old"])
        assert quarantine.waiting(connection, ["too_old"], [first[1].id]) == [first[1]]


def test_the_tally_adds_up_over_runs(engine: Engine) -> None:
    facts = Facts()
    facts.ignored.update([(1, "forced"), (1, "forced"), (2, "forced")])
    for now in (NOW, NOW + 1):
        with writing(engine) as session:
            count_ignored(session.connection(), facts, now)
    with reading(engine) as session:
        found = session.execute(
            select(TallyRow.source_id, TallyRow.count, TallyRow.last_at).order_by(TallyRow.source_id)
        )
        assert [tuple(row) for row in found] == [(1, 4, NOW + 1), (2, 2, NOW + 1)]


def test_clearing_forgets_what_the_projection_set_aside_and_nothing_else(engine: Engine) -> None:
    add(engine, set_aside(1, "unknown_product"), set_aside(2, "too_old"))
    with writing(engine) as session:
        session.execute(update(QuarantineRow).values(replayed_at=NOW))
        clear(session.connection())
    assert [row[0] for row in rows(engine)] == ["too_old"]
