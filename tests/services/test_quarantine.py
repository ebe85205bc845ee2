"""The quarantine by reason: mended and replayed it counts once; given up it stays away."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.product import Family, Product
from experiments.domain.source import Source, SourceKind
from experiments.services import audit, catalogue, quarantine
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.project import run_all
from experiments.services.quarantine import Wanted
from experiments.services.sessions import reading, writing
from tests.scenes import EDITOR, NOW, VIEWER

KEY = b"k" * 32
LIMITS = Limits(currency="EUR")


def order(number: int, product: str, **more: object) -> dict[str, object]:
    lines = [{"product_id": product, "quantity": 1}]
    properties = {"order_id": f"secret-order-{number}", "products": lines, **more}
    told = {"type": "track", "event": "Order Completed", "timestamp": "2026-09-20T10:00:00Z"}
    return {**told, "messageId": f"m{number}{product}", "userId": f"customer-{number}", "properties": properties}


@pytest.fixture
def shop(engine: Engine) -> SourceInfo:
    with writing(engine) as session:
        code = catalogue.save_source(session, EDITOR, NOW, Source("office", "Office", SourceKind.SERVER))
        catalogue.save_family(session, EDITOR, NOW, Family("tv", "TV"))
        catalogue.save_product(session, EDITOR, NOW, Product("tv-1", "TV", "tv", 1, 1_000, 400, 12))
    return SourceInfo(code, "office", SourceKind.SERVER, Environment.PRODUCTION)


@pytest.fixture
def waiting(engine: Engine, shop: SourceInfo) -> SourceInfo:
    items = [
        order(1, "TV-OLD"),
        order(2, "TV-OLD"),
        order(3, "tv-2"),
        order(4, "tv-1", currency="USD"),
        order(5, "tv-1"),
    ]
    accept(engine, shop, items, id_key=KEY, now=NOW, limits=LIMITS)
    accept(engine, shop, [order(4, "tv-1", currency="USD")], id_key=KEY, now=NOW + 5, limits=LIMITS)
    run_all(engine, NOW)
    return shop


def groups(engine: Engine, **wanted: str) -> list[quarantine.Group]:
    with reading(engine) as session:
        return quarantine.groups(session, Wanted(**wanted))


def sales(engine: Engine) -> int:
    with reading(engine) as session:
        return int(session.execute(text("select count(*) from outcome where kind = 1")).scalar_one())


@pytest.mark.usefixtures("waiting")
def test_groups_say_how_many_since_when_and_show_an_example_without_ids(engine: Engine) -> None:
    unknown, currency = groups(engine)
    assert (unknown.reason, unknown.source, unknown.items, unknown.unknown) == (
        "unknown_product", "office", 3, (("TV-OLD", 2), ("tv-2", 1)),
    )  # fmt: skip
    assert (currency.reason, currency.items, currency.count) == ("other_currency", 1, 2)
    assert (currency.first_seen, currency.last_seen) == (NOW, NOW + 5)
    assert '"order_id": "(id)"' in unknown.example
    assert "secret" not in unknown.example
    with reading(engine) as session:
        hashes = [str(row) for row in session.scalars(text("select body from quarantine"))]
        shown = str(quarantine.items(session, Wanted()))
    assert all(digits not in shown for body in hashes for digits in [body.split('"order_id":"')[1].split('"')[0]])


@pytest.mark.usefixtures("waiting")
def test_a_name_mends_the_mapping_and_the_items_count_once(engine: Engine) -> None:
    before = sales(engine)
    nothing = quarantine.replay_all(engine, EDITOR, NOW, Wanted(reason="unknown_product"), LIMITS)
    assert (nothing.tried, nothing.passed) == (3, 0)
    with writing(engine) as session:
        catalogue.save_alias(session, EDITOR, NOW, "TV-OLD", "tv-1")
    done = quarantine.replay_all(engine, EDITOR, NOW, Wanted(reason="unknown_product"), LIMITS)
    assert (done.tried, done.passed) == (3, 2)
    assert sales(engine) == before + 2
    again = quarantine.replay_all(engine, EDITOR, NOW, Wanted(), LIMITS)
    assert (again.tried, again.passed) == (2, 0)
    run_all(engine, NOW)
    assert sales(engine) == before + 2
    assert [(group.items, group.unknown) for group in groups(engine, state="replayed")] == [(2, (("TV-OLD", 2),))]


def test_places_in_a_list_are_one_group(engine: Engine, shop: SourceInfo) -> None:
    lines = [{"product_id": "tv-1"}, {"product_id": "absent_1"}, {"product_id": "absent_2"}]
    told = order(1, "x") | {"properties": {"order_id": "A", "products": lines}}
    later = order(2, "absent_1")
    accept(engine, shop, [told, later], id_key=KEY, now=NOW, limits=LIMITS)
    run_all(engine, NOW)
    [group] = groups(engine)
    assert (group.field, group.items) == ("properties.products[].product_id", 2)
    assert groups(engine, field=group.field)[0].items == 2
    assert groups(engine, field="properties.products[0].product_id")[0].items == 1


@pytest.mark.usefixtures("waiting")
def test_a_changed_limit_lets_refused_items_through(engine: Engine) -> None:
    done = quarantine.replay_all(engine, EDITOR, NOW, Wanted(reason="other_currency"), Limits(currency=""))
    assert (done.tried, done.passed) == (1, 1)
    before = sales(engine)
    run_all(engine, NOW)
    assert sales(engine) == before + 1


@pytest.mark.usefixtures("waiting")
def test_one_item_can_be_replayed(engine: Engine) -> None:
    with writing(engine) as session:
        catalogue.save_alias(session, EDITOR, NOW, "TV-OLD", "tv-1")
        catalogue.save_alias(session, EDITOR, NOW, "tv-2", "tv-1")
    with reading(engine) as session:
        first = quarantine.items(session, Wanted(reason="unknown_product"))[0]["id"]
    done = quarantine.replay_all(engine, EDITOR, NOW, Wanted(), LIMITS, ids=(quarantine.item_id(first),))
    assert (done.tried, done.passed) == (1, 1)
    assert groups(engine)[0].items == 2


@pytest.mark.usefixtures("waiting")
def test_discarded_items_stay_away_with_their_reason(engine: Engine) -> None:
    with pytest.raises(DomainError, match="why is empty"):
        quarantine.discard(engine, EDITOR, NOW, Wanted(reason="unknown_product"), " ")
    assert quarantine.discard(engine, EDITOR, NOW, Wanted(reason="unknown_product"), "sold by a partner") == 3
    with writing(engine) as session:
        catalogue.save_alias(session, EDITOR, NOW, "TV-OLD", "tv-1")
    assert quarantine.replay_all(engine, EDITOR, NOW, Wanted(reason="unknown_product"), LIMITS).tried == 0
    with reading(engine) as session:
        found = quarantine.items(session, Wanted(state="discarded"))
        deeds = [(deed.action, deed.reason) for deed in audit.history(session, noun="quarantine")]
    assert {item["discarded_why"] for item in found} == {"sold by a partner"}
    assert ("discard", "sold by a partner") in deeds


@pytest.mark.usefixtures("waiting")
def test_who_may_and_what_is_refused(engine: Engine) -> None:
    for deed in (
        lambda: quarantine.replay_all(engine, VIEWER, NOW, Wanted(), LIMITS),
        lambda: quarantine.discard(engine, VIEWER, NOW, Wanted(), "x"),
    ):
        with pytest.raises(DomainError, match="viewer"):
            deed()
    with pytest.raises(DomainError, match="must be one of waiting"):
        groups(engine, state="lost")
    with pytest.raises(NotFoundError):
        quarantine.item_id("nothing")
    with pytest.raises(NotFoundError):
        quarantine.replay_all(engine, EDITOR, NOW, Wanted(), LIMITS, ids=(bytes(16),))
