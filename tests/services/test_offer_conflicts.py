"""One customer who was promised different things: counted by hand, on both databases, and warned of before launch."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.rollout import RollOut
from experiments.services import decide, experiments, launch
from experiments.services.checklist import checklist
from experiments.services.clock import DAY, to_iso
from experiments.services.consistency import inconsistencies
from experiments.services.definitions import read_definition
from experiments.services.insight import counting
from experiments.services.insight.offer_conflicts import OfferConflicts, offer_conflicts_of
from experiments.services.project import run_all
from experiments.services.roll_out import roll_back
from experiments.store.engines import reading, writing
from tests.shop_world import ADMIN, HOUR, METRICS, START, Item, Shop, identify, stamp

NOW = START + 40 * DAY
CHEAP = {"offer": "tv-bundle", "price": 9.99, "label": "Only for you"}
DEAR = {"offer": "tv-bundle", "price": 12.99, "label": "For you"}
FILMS = {"offer": "film-pack"}
PLAN = {"weeks": 2, "looks": 1, "units_per_variant": 100, "maturation_days": 7}
TV = {"promoted": {"families": ["tv"], "relations": ["cross"]}, "channels": ["web"]}


def definition(key: str, payload: Any, *, unit: str = "customer", **more: Any) -> dict[str, Any]:
    variants = [{"key": "control", "weight": 0.5}, {"key": "entry", "weight": 0.5, "payload": payload}]
    return {
        "key": key, "name": key.title(), "hypothesis": "It sells more.", "unit": unit, "variants": variants,
        "metrics": list(METRICS), "plan": PLAN, **more,
    }  # fmt: skip


def make(shop: Shop, key: str, payload: Any, *, running: bool = True, **more: Any) -> None:
    with writing(shop.engine) as session:
        experiments.create(session, ADMIN, START, read_definition(definition(key, payload, **more)))
        if running:
            launch.launch(session, ADMIN, START, key)


def shown(key: str, variant: str, at: int, channel: str, who: dict[str, str], **told: Any) -> Item:
    properties = {"experiment_id": key, "variation_id": variant, "phase": 1, "reason": "SPLIT", "channel": channel}
    name = f"{key}-{variant}-{channel}-{at}-{next(iter(who.values()))}"
    return {
        "type": "track", "event": "Experiment Viewed", "messageId": name, "timestamp": stamp(at),
        "properties": {**properties, **told}, **who,
    }  # fmt: skip


def counted(shop: Shop, key: str, now: int = NOW) -> OfferConflicts:
    run_all(shop.engine, now)
    counting.count_all(shop.engine, now)
    with reading(shop.engine) as session:
        return offer_conflicts_of(session, key)


def test_customers_are_counted_by_pair_and_channel(engine: Engine) -> None:
    shop = Shop(engine)
    make(shop, "web-price", CHEAP, unit="visitor")
    make(shop, "phone-price", DEAR)
    hour = START + HOUR
    # Four known people with one browser each, three browsers nobody knows, and one person with two browsers.
    sent = [identify(hour, anonymousId=f"v{n}", userId=f"c{n}") for n in range(4)]
    sent += [identify(hour, anonymousId="v0b", userId="c0")]
    sent += [shown("web-price", "entry", hour + n, "web", {"anonymousId": f"v{n}"}) for n in range(4)]
    sent += [shown("web-price", "control", hour, "web", {"anonymousId": f"u{n}"}) for n in range(3)]
    sent += [shown("web-price", "control", hour + 5 * HOUR, "app", {"anonymousId": "v0b"})]
    later = hour + 2 * DAY
    sent += [shown("phone-price", "entry", later + n, "phone", {"userId": f"c{n}"}) for n in (1, 2)]
    # c3 got no offer on the phone, c9 saw nothing in the web, and for c0 the offer was kept back.
    sent += [shown("phone-price", "control", later, "phone", {"userId": "c3"})]
    sent += [shown("phone-price", "entry", later, "phone", {"userId": "c9"})]
    sent += [shown("phone-price", "entry", later, "phone", {"userId": "c0"}, suppressed=True)]
    shop.send("shop", sent, hour + 3 * DAY)
    found = counted(shop, "web-price")
    # c0 to c3 and three unknown browsers; c0 with itself, c1 and c2 with the phone.
    assert (found.exposed, found.in_conflict, found.share) == (7, 3, 3 / 7)
    assert [row.cells for row in found.rows] == [
        ("entry", "web", "phone-price", "entry", "phone", 2, 2 / 7, to_iso(later + 1), to_iso(later + 2)),
        ("control", "app", "web-price", "entry", "web", 1, 1 / 7, to_iso(hour + 5 * HOUR), to_iso(hour + 5 * HOUR)),
    ]
    other = counted(shop, "phone-price")
    assert (other.exposed, other.in_conflict) == (4, 2)
    assert [(row.variant, row.other_experiment, row.customers) for row in other.rows] == [("entry", "web-price", 2)]
    assert other.to_dict()["rows"][0]["share"] == 0.5


def test_claimed_links_and_offers_months_apart_are_no_conflict(engine: Engine) -> None:
    shop = Shop(engine)
    make(shop, "web-price", CHEAP, unit="visitor")
    make(shop, "phone-price", DEAR)
    # A browser claims without a signature to be c1; c2 hears another price 31 days later, c3 after 30.
    shop.send("web", [identify(START, anonymousId="v1", userId="c1")], START + HOUR)
    shop.send("shop", [identify(START, anonymousId=f"v{n}", userId=f"c{n}") for n in (2, 3)], START + HOUR)
    sent = [shown("web-price", "entry", START + HOUR, "web", {"anonymousId": f"v{n}"}) for n in (1, 2, 3)]
    days = {1: 1, 2: 31, 3: 30}
    sent += [
        shown("phone-price", "entry", START + HOUR + n * DAY, "phone", {"userId": f"c{who}"}) for who, n in days.items()
    ]
    shop.send("shop", sent, START + 35 * DAY)
    found = counted(shop, "web-price")
    assert (found.exposed, found.in_conflict, len(found.rows)) == (3, 1, 1)


def test_what_is_final_stays(engine: Engine) -> None:
    shop = Shop(engine)
    make(shop, "web-price", CHEAP)
    customer = {"userId": "c1"}
    sent = [shown("web-price", name, START + HOUR, "web", customer) for name in ("entry", "control")]
    shop.send("shop", sent, START + DAY)
    shop.stop(START + 2 * DAY, "web-price")
    before = counted(shop, "web-price", START + 3 * DAY)
    assert (before.in_conflict, before.computed_at) == (1, to_iso(START + 3 * DAY))
    assert counted(shop, "web-price", START + 90 * DAY) == before
    assert counted(shop, "nothing") == OfferConflicts()


def test_a_shipped_winner_goes_on_being_a_promise(engine: Engine) -> None:
    """Its roll-out counts as shown; who sees the winner after the control of the same test is in no conflict."""
    shop = Shop(engine)
    make(shop, "phone-price", DEAR)
    sent = [shown("phone-price", "control", START + HOUR + n, "phone", {"userId": f"c{n}"}) for n in (1, 2)]
    shop.stop(START + 2 * DAY, "phone-price")
    with writing(engine) as session:
        won = RollOut("entry", holdback=0.05, keep=False)
        decide.decide(session, ADMIN, START + 3 * DAY, "phone-price", decide.Choice.SHIP, rollout=won, reason="So.")
    make(shop, "web-price", CHEAP)
    later = START + 70 * DAY
    sent += [shown("web-price", "entry", later + n, "web", {"userId": f"c{n}"}) for n in (1, 3)]
    for n in (1, 2, 3):
        told = {"reason": "ROLLOUT"} if n < 3 else {"reason": "HOLDBACK"}
        sent += [
            shown("phone-price", "entry" if n < 3 else "control", later + HOUR, "phone", {"userId": f"c{n}"}, **told)
        ]
    shop.send("shop", sent, later + DAY)
    found = counted(shop, "phone-price", later + DAY)
    assert (found.exposed, found.in_conflict) == (2, 1)
    assert [(row.variant, row.other_experiment, row.customers) for row in found.rows] == [("entry", "web-price", 1)]
    make(shop, "draft", CHEAP, running=False, plan={**PLAN, "net": TV})
    with reading(engine) as session:
        lines = checklist(session, experiments.by_key(session, "draft"), later)
    reason = next(each.reason for each in lines if each.key == "consistent")
    assert "tv-bundle (price 12.99) in Phone-Price (shipped) in web and app: one customer may be shown both." in reason
    with writing(engine) as session:
        roll_back(session, ADMIN, later + DAY, "phone-price")
        assert "Phone-Price" not in " ".join(
            each.reason for each in inconsistencies(session, experiments.by_key(session, "draft"))
        )


def line(shop: Shop, key: str) -> tuple[str, str]:
    with reading(shop.engine) as session:
        lines = checklist(session, experiments.by_key(session, key), NOW)
    return next((each.state, each.reason) for each in lines if each.key == "consistent")


@pytest.fixture
def shop(sqlite_engine: Engine) -> Shop:
    shop = Shop(sqlite_engine)
    make(shop, "phone-price", DEAR, plan={**PLAN, "net": {**TV, "channels": ["phone"]}},
         audience={"rules": [{"attribute": "holdings", "op": "none_of", "values": ["tv-1", "tv-2"]}]})  # fmt: skip
    return shop


def test_another_price_for_the_same_offer_is_named_before_launch(shop: Shop) -> None:
    make(shop, "draft", CHEAP, running=False)
    state, reason = line(shop, "draft")
    assert state == "attention"
    assert "tv-bundle (price 9.99) here in web and app, tv-bundle (price 12.99) in Phone-Price in phone:" in reason


def test_another_offer_for_the_same_family_is_named_too(shop: Shop) -> None:
    make(shop, "draft", FILMS, running=False, plan={**PLAN, "net": TV})
    assert "film-pack here in web, tv-bundle (price 12.99)" in line(shop, "draft")[1]


@pytest.mark.parametrize(
    "more",
    [
        # Another offer, for a family that nobody named; nothing promised; other people.
        {"payload": FILMS},
        {"payload": {"label": "x"}},
        {"payload": CHEAP, "audience": {"rules": [{"attribute": "holdings", "op": "any_of", "values": ["tv-1"]}]}},
        {"payload": {"offer": "tv-bundle", "label": "Other words"}},
    ],
)
def test_what_cannot_contradict_is_right(shop: Shop, more: dict[str, Any]) -> None:
    make(shop, "draft", more.pop("payload"), running=False, **more)
    assert line(shop, "draft")[0] == "ok"


def test_visitors_in_two_channels_may_meet_both_variants(shop: Shop) -> None:
    both = {"rules": [{"attribute": "channel", "op": "in", "values": ["web", "chat"]}]}
    make(shop, "draft", {"label": "x"}, running=False, unit="visitor", audience=both)
    assert line(shop, "draft")[1].startswith("It draws visitors and shows its variants in web and chat:")
    make(shop, "known", {"label": "x"}, running=False, audience=both)
    assert line(shop, "known")[0] == "ok"
