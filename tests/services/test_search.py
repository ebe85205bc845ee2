"""Search on both databases: titles first, letters of all languages, finders that others add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from experiments.domain.journey import Journey, Match, Step
from experiments.domain.learning import Learning, LearningStatus
from experiments.services import catalogue
from experiments.services.learn import library
from experiments.services.search import Hit, Kind, search
from experiments.services.search.hits import plain, rank_of
from experiments.services.sessions import reading, writing
from tests.scenes import ADMIN, EDITOR, NOW, draft, seed


@pytest.fixture
def world(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        draft(session, "tv-entry", name="Personal entry on TV pages")
        draft(session, "cafe", name="Café offer ÉTÉ", hypothesis="Visitors see the entry and buy TV.")
        steps = (Step("tv", "TV pages", Match.PATH, "/tv*"), Step("order", "Order", Match.EVENT, "Order Completed"))
        catalogue.save_journey(session, ADMIN, NOW, Journey("tv", "TV journey", steps))
        told = Learning(title="Entry texts never move up-sell", finding="Three tests on TV pages say so.")
        kept = library.write(session, EDITOR, NOW, told)
        library.move(session, ADMIN, NOW, kept.id, LearningStatus.PUBLISHED)


def found(engine: Engine, asked: str, **more: object) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(hit.kind.value, hit.title) for hit in search(session, asked, **more)]  # type: ignore[arg-type]


@pytest.mark.usefixtures("world")
def test_titles_come_before_texts(engine: Engine) -> None:
    hits = found(engine, "entry")
    assert hits.index(("learning", "Entry texts never move up-sell")) == 0  # its title begins so
    assert hits.index(("experiment", "Personal entry on TV pages")) < hits.index(("experiment", "Café offer ÉTÉ"))


@pytest.mark.usefixtures("world")
def test_every_kind_is_found_by_its_words(engine: Engine) -> None:
    assert ("metric", "CSAT") in found(engine, "satisfaction")
    assert ("journey", "TV journey") in found(engine, "/tv")
    assert found(engine, "cafe ete") == [("experiment", "Café offer ÉTÉ")]
    assert ("experiment", "Personal entry on TV pages") in found(engine, "tv-entry")
    assert ("learning", "Entry texts never move up-sell") in found(engine, "three tests")
    assert found(engine, "zebra") == found(engine, "  ") == found(engine, "%") == []


@pytest.mark.usefixtures("world")
def test_a_caller_adds_what_is_not_stored(engine: Engine) -> None:
    def finder(_session: object, asked: str) -> list[Hit]:
        return [Hit(Kind.DOCUMENT, asked, "", "/docs/x")]

    assert found(engine, "zebra", more=(finder,)) == [("documentation", "zebra")]
    assert len(found(engine, "e", most=2)) == 2


def test_ranks_by_hand() -> None:
    assert [rank_of(asked, "Digital share", "of all sales") for asked in
            ("digital share", "DIGI", "share", "hare", "sales", "digital sales", "x")
            ] == [0, 1, 2, 3, 4, 4, None]  # fmt: skip


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_title_finds_itself(title: str, text: str) -> None:
    if plain(title).split():
        rank = rank_of(title, title, text)
        assert rank is not None
        assert rank <= 3
