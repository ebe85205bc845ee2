"""What each kind of event becomes; without a database."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from experiments.domain.channel import Channel
from experiments.domain.metric import EventKind
from experiments.store.codes import CHANNEL_CODE, EVENT_TYPE, KIND_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection import gather as gathering
from experiments.store.projection.catalogue import (
    Catalogue,
    ExperimentCode,
    PhaseCode,
    Price,
    ProductCode,
    SourceCode,
)
from experiments.store.projection.facts import Facts
from experiments.store.projection.gather import gather
from experiments.store.projection.lines import line_numbers, minor_units
from experiments.store.tables import (
    ExposureRow,
    HoldingRow,
    LinkRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    RefundRow,
)

CLIENT, SERVER, IMPORT, TEST = 1, 2, 3, 4
AT = 1_795_000_000_000_000
ORDER = {"order_id": "-77", "products": [{"product_id": "tv-basic", "quantity": 2, "price": 12.5}]}
EXPOSURE = {"experiment_id": "tv-entry", "variation_id": "personal", "phase": 1, "reason": "SPLIT"}
TV = ProductCode(20, 2, 1, False, [Price(0, 1_000, 400, 12)])
NET = ProductCode(21, 4, 2, False, [Price(0, 1_000, 300, 36)])
CATALOGUE = Catalogue(
    sources={
        CLIENT: SourceCode(CLIENT, 1, False, False, False),
        SERVER: SourceCode(SERVER, 2, True, False, False),
        IMPORT: SourceCode(IMPORT, 3, True, True, False),
        TEST: SourceCode(TEST, 2, True, False, True),
    },
    products={
        "tv-basic": ProductCode(5, 2, 1, False, [Price(0, 1_000, 400, 12), Price(AT, 1_250, 600, 24)]),
        "sim": ProductCode(6, 1, 3, True, [Price(AT + 10, 500, 100, 10)]),
        "draft": ProductCode(7, 1, 1, False),
        "device": ProductCode(8, 3, 1, False, [Price(0, 2_000, 500, 24, -6_000)]),
        "bundle": ProductCode(9, 2, 1, False, [Price(0, 2_400, 700, 24, 30)], [(TV, 1), (NET, 2)]),
    },
    experiments={
        "tv-entry": ExperimentCode(
            "visitor",
            {
                1: PhaseCode(11, AT - 100, {"control": 0, "personal": 1}),
                2: PhaseCode(12, AT + 100, {"control": 0, "personal": 1}),
                3: PhaseCode(13, None, {"control": 0}),
            },
        ),
        "app-entry": ExperimentCode("customer", {1: PhaseCode(21, AT, {"control": 0, "new": 1})}),
    },
)


def event(name: str, /, *, kind: str = "track", source: int = SERVER, at: int = AT, **more: Any) -> StoredEvent:
    known = {"visitor": -3, "customer": 8} | {key: more.pop(key) for key in ("visitor", "customer") if key in more}
    body = json.dumps(more)
    key = bytes(range(16))
    return StoredEvent(0, 1, AT + 9, key, source, EVENT_TYPE[kind], name, at, known["visitor"], known["customer"], body)


def facts_of(*events: StoredEvent) -> Facts:
    return gather(events, CATALOGUE)


def flaws(*events: StoredEvent) -> list[tuple[str, str]]:
    facts = facts_of(*events)
    return [(item.reason, item.field) for item in facts.set_aside]


def viewed(**changes: Any) -> StoredEvent:
    properties = {key: value for key, value in (EXPOSURE | changes).items() if value is not None}
    return event("Experiment Viewed", properties=properties)


def completed(source: int = SERVER, at: int = AT, **line: Any) -> StoredEvent:
    return event("Order Completed", source=source, at=at, properties=ORDER | {"products": [line]})


def test_an_exposure_is_of_the_randomised_unit() -> None:
    [row] = facts_of(viewed()).of(ExposureRow)
    assert row == {
        "seq": 1, "phase_id": 11, "unit": -3, "variant": 1, "at": AT, "received_at": AT + 9, "source_id": SERVER,
        "channel": 0, "suppressed": False, "browser": 0,
    }  # fmt: skip
    [row] = facts_of(viewed(experiment_id="app-entry", variation_id="new")).of(ExposureRow)
    assert (row["phase_id"], row["unit"]) == (21, 8)


@pytest.mark.parametrize(("reason", "variant"), [("SPLIT", 1), ("ROLLOUT", 1), ("HOLDOUT", -1), ("HOLDBACK", -2)])
def test_reasons_that_are_exposures(reason: str, variant: int) -> None:
    [row] = facts_of(viewed(reason=reason)).of(ExposureRow)
    assert row["variant"] == variant


@pytest.mark.parametrize(
    ("reason", "counted"), [("FORCED", "forced"), ("NO_CONFIG", "no_exposure"), (["SPLIT"], "no_exposure")]
)
def test_forced_variants_and_fallbacks_are_counted_and_left_out(reason: Any, counted: str) -> None:
    facts = facts_of(viewed(reason=reason))
    assert facts.rows == {}
    assert facts.ignored == {(SERVER, counted): 1}


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"experiment_id": "nope"}, ("unknown_experiment", "properties.experiment_id")),
        ({"experiment_id": {"a": 1}}, ("unknown_experiment", "properties.experiment_id")),
        ({"phase": 9}, ("unknown_phase", "properties.phase")),
        ({"phase": [1]}, ("unknown_phase", "properties.phase")),
        ({"variation_id": "nope"}, ("unknown_variant", "properties.variation_id")),
    ],
)
def test_an_exposure_to_something_unknown_is_set_aside(changes: dict[str, Any], flaw: tuple[str, str]) -> None:
    assert flaws(viewed(**changes)) == [flaw]


def test_an_exposure_without_its_unit_is_set_aside() -> None:
    assert flaws(viewed()._replace(visitor=None)) == [("no_unit", "anonymousId")]


@pytest.mark.parametrize(("at", "phase"), [(AT, 11), (AT + 99, 11), (AT + 100, 12)])
def test_without_a_phase_the_one_that_had_started_last_is_meant(at: int, phase: int) -> None:
    [row] = facts_of(viewed(phase=None)._replace(occurred_at=at)).of(ExposureRow)
    assert row["phase_id"] == phase


def test_without_a_phase_and_before_the_first_one_it_is_unknown() -> None:
    assert flaws(viewed(phase=None)._replace(occurred_at=0)) == [("unknown_phase", "properties.phase")]


def test_everything_from_a_test_environment_is_left_out() -> None:
    facts = facts_of(*(one._replace(source_id=TEST) for one in (viewed(), completed(product_id="tv-basic"))))
    assert facts.rows == {}
    assert facts.ignored == {(TEST, "test_environment"): 2}


def test_an_order_becomes_claims_and_holdings() -> None:
    lines = [{"product_id": "tv-basic", "quantity": 2, "price": "12.50"}, {"product_id": "sim", "discount": 0.5}]
    facts = facts_of(event("Order Completed", properties=ORDER | {"products": lines, "channel": " Phone "}))
    first, second = facts.of(OrderClaimRow)
    assert (first["order_key"], first["line"], first["product_id"], first["quantity"]) == (-77, 0, 5, 2)
    assert (first["revenue"], first["margin"]) == (2_500, 600 * 24 * 2)
    assert (second["line"], second["revenue"], second["margin"]) == (1, 500, (100 - 50) * 10)
    assert (first["channel"], first["rank"], first["visitor"], first["customer"]) == (CHANNEL_CODE["phone"], 2, -3, 8)
    holdings = facts.of(HoldingRow)
    assert [(row["product_id"], row["complete"], row["as_of"]) for row in holdings] == [(5, False, AT), (6, False, AT)]


def test_a_browser_tells_of_orders_and_not_of_holdings() -> None:
    facts = facts_of(completed(CLIENT, product_id="tv-basic"))
    assert len(facts.of(OrderClaimRow)) == 1
    assert facts.of(HoldingRow) == []


def test_the_price_is_that_of_the_order_date() -> None:
    margins = [
        row["margin"]
        for at in (AT - 1, AT, AT + 1)
        for row in facts_of(completed(at=at, product_id="tv-basic")).of(OrderClaimRow)
    ]
    assert margins == [400 * 12, 600 * 24, 600 * 24]
    [early] = facts_of(completed(at=0, product_id="sim")).of(OrderClaimRow)
    assert early["revenue"] == 500


def test_an_unknown_product_does_not_hold_up_its_neighbours() -> None:
    lines = [{"product_id": "nope"}, {"product_id": "tv-basic"}]
    facts = facts_of(event("Order Completed", properties=ORDER | {"products": lines}))
    assert [row["line"] for row in facts.of(OrderClaimRow)] == [1]
    [kept] = facts.set_aside
    assert (kept.reason, kept.field) == ("unknown_product", "properties.products[0].product_id")
    assert "'nope'" in kept.message
    assert json.loads(kept.body)["seq"] == 1


@pytest.mark.parametrize(
    ("line", "flaw"),
    [
        ({"product_id": 5}, "unknown_product"),
        ({"product_id": "draft"}, "no_price"),
        *(({"product_id": "sim", "quantity": value}, "bad_quantity") for value in (0, -1, 1.5, "x", 10**9, True, [])),
        *(({"product_id": "sim", "price": value}, "bad_price") for value in (-1, "x", 1e300, 10**9, True, {})),
        ({"product_id": "sim", "discount": -0.01}, "bad_price"),
    ],
)
def test_a_line_that_cannot_be_counted_is_set_aside(line: dict[str, Any], flaw: str) -> None:
    facts = facts_of(completed(**line))
    assert [item.reason for item in facts.set_aside] == [flaw]
    assert facts.rows == {}


@pytest.mark.parametrize("products", [None, [], {}, "tv-basic"])
def test_an_order_without_lines_is_set_aside(products: Any) -> None:
    order = event("Order Completed", properties=ORDER | {"products": products})
    assert flaws(order) == [("no_lines", "properties.products")]


@pytest.mark.parametrize("order_id", [None, 5, "x", "9" * 30])
def test_an_order_id_must_be_the_hash_the_202_path_left(order_id: Any) -> None:
    for name in ("Order Completed", "Order Refunded"):
        assert flaws(event(name, properties=ORDER | {"order_id": order_id}))[0][0] == "bad_order_id"


@pytest.mark.parametrize(
    ("line_ids", "numbers"),
    [
        ([None, None, None], [0, 1, 2]),
        ([0, "1", 7], [0, 1, 7]),
        ([2, 1, None], [0, 1, 2]),
        ([3, 3], [0, 1]),
    ],
)
def test_line_ids_tell_lines_apart_and_else_their_places_do(line_ids: list[Any], numbers: list[int]) -> None:
    products = [{} if line_id is None else {"line_id": line_id} for line_id in line_ids]
    assert line_numbers(products) == numbers


def test_a_line_id_that_is_no_number_is_hashed_to_one_far_away() -> None:
    first, second = line_numbers([{"line_id": "A-1"}, {"lineId": "-7381922"}])
    assert first != second
    assert min(first, second) > 2**32
    assert max(first, second) < 2**63
    assert line_numbers([{"line_id": "A-1"}]) == [first]


@pytest.mark.parametrize(
    ("amount", "minor"),
    [(12.5, 1250), ("0.005", 1), (0, 0), (19.99, 1999), (" 7 ", 700), (1e9, None), (None, None), ("", None)],
)
def test_money_in_minor_units(amount: Any, minor: int | None) -> None:
    assert minor_units(amount) == minor


def test_a_refund_without_lines_is_of_the_whole_order() -> None:
    for name in ("Order Refunded", "Order Cancelled"):
        [row] = facts_of(event(name, properties={"order_id": "-77"})).of(RefundRow)
        assert (row["order_key"], row["part"], row["product_id"], row["quantity"]) == (-77, 0, 0, 0)
        assert (row["rank"], row["source_id"], row["at"]) == (2, SERVER, AT)


def test_a_refund_of_lines_names_products_and_quantities() -> None:
    products = [{"product_id": "sim", "quantity": 2}, {"product_id": "nope"}, {"product_id": "tv-basic"}]
    facts = facts_of(event("Order Refunded", properties={"order_id": "-77", "products": products}))
    parts = [(row["part"], row["product_id"], row["quantity"]) for row in facts.of(RefundRow)]
    assert parts == [(0, 6, 2), (2, 5, 0)]
    assert [item.reason for item in facts.set_aside] == ["unknown_product"]


@pytest.mark.parametrize(
    ("properties", "flaw"),
    [
        ({"products": "sim"}, "bad_lines"),
        ({"products": [{"product_id": "sim", "quantity": 0}]}, "bad_quantity"),
    ],
)
def test_a_refund_that_cannot_be_read_is_set_aside(properties: dict[str, Any], flaw: str) -> None:
    assert [one for one, _ in flaws(event("Order Refunded", properties={"order_id": "1"} | properties))] == [flaw]


def test_a_contact_carries_its_seconds_and_its_offer() -> None:
    properties = {"channel": "phone", "handle_seconds": 312.6, "offer": "tv", "accepted": True}
    [row] = facts_of(event("Contact Handled", properties=properties)).of(OutcomeRow)
    assert (row["kind"], row["seconds"], row["number"]) == (KIND_CODE[EventKind.CONTACT], 313, 1.0)
    assert row["name"] == ("event", "tv")
    assert (row["order_key"], row["line"]) == (0x08090A0B0C0D0E0F, 0)
    [silent] = facts_of(event("Contact Handled", properties={})).of(OutcomeRow)
    assert (silent["seconds"], silent["name"], silent["number"]) == (0, ("event", ""), 0.0)


@pytest.mark.parametrize("seconds", [-1, "long", 10**9, True])
def test_a_contact_of_impossible_length_is_set_aside(seconds: Any) -> None:
    assert flaws(event("Contact Handled", properties={"handle_seconds": seconds})) == [
        ("bad_seconds", "properties.handle_seconds")
    ]


def test_each_answer_of_a_survey_is_an_outcome() -> None:
    rows = facts_of(event("Survey Answered", properties={"csat": 4, "nps": "9"})).of(OutcomeRow)
    assert [(row["line"], row["name"], row["number"]) for row in rows] == [
        (0, ("survey", "csat"), 4.0),
        (1, ("survey", "nps"), 9.0),
    ]
    assert flaws(event("Survey Answered", properties={"csat": "good"})) == [("no_answer", "properties.csat")]


@pytest.mark.parametrize(("value", "number"), [(2.5, 2.5), ("3", 3.0), (None, 0.0), (True, 0.0), ("x", 0.0)])
def test_any_other_event_is_an_outcome_under_its_name(value: Any, number: float) -> None:
    [row] = facts_of(event("Offer Clicked", properties={"value": value})).of(OutcomeRow)
    assert (row["kind"], row["name"], row["number"]) == (
        KIND_CODE[EventKind.CUSTOM],
        ("event", "Offer Clicked"),
        number,
    )


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"properties": {"path": " /tv "}}, "/tv"),
        ({"context": {"page": {"path": "/tv/shop"}}}, "/tv/shop"),
        ({"properties": {"url": "https://shop.example/tv?x=1"}}, "/tv"),
        ({"properties": {"path": "/" + "ä" * 600}}, "/" + "ä" * 499),
    ],
)
def test_a_page_view_has_a_path(body: dict[str, Any], path: str) -> None:
    [row] = facts_of(event("", kind="page", **body)).of(PageViewRow)
    assert row["path"] == ("path", path)


@pytest.mark.parametrize("body", [{}, {"context": {"page": "x"}}, {"properties": {"url": "https://[bad"}}])
def test_a_page_view_without_a_path_is_set_aside(body: dict[str, Any]) -> None:
    assert flaws(event("", kind="page", **body)) == [("no_path", "properties.path")]


def test_identify_links_both_ids_and_only_servers_are_believed() -> None:
    rows = facts_of(*(event("", kind="identify", source=source) for source in (CLIENT, SERVER))).of(LinkRow)
    assert [(row["visitor"], row["customer"], row["verified"]) for row in rows] == [(-3, 8, False), (-3, 8, True)]
    assert facts_of(event("", kind="identify", visitor=None)).rows == {}


def test_holdings_are_a_full_statement_with_a_marker() -> None:
    traits = {"holdings": ["tv-basic", {"product": "sim", "since": "2026-01-01"}, "sim"]}
    rows = facts_of(event("", kind="identify", source=IMPORT, traits=traits, visitor=None)).of(HoldingRow)
    assert [(row["product_id"], row["family_id"], row["tier"]) for row in rows] == [(0, 0, 0), (5, 2, 1), (6, 1, 3)]
    assert all(row["complete"] and row["independent"] and row["customer"] == 8 for row in rows)
    [marker] = facts_of(event("", kind="identify", traits={"holdings": []}, visitor=None)).of(HoldingRow)
    assert (marker["product_id"], marker["independent"]) == (0, False)


def test_a_statement_with_an_unknown_product_is_not_written_in_part() -> None:
    facts = facts_of(event("", kind="identify", traits={"holdings": ["sim", "nope"]}, visitor=None))
    assert facts.rows == {}
    assert [(item.reason, item.field) for item in facts.set_aside] == [("unknown_product", "traits.holdings[1]")]
    assert flaws(event("", kind="identify", traits={"holdings": "sim"})) == [("bad_holdings", "traits.holdings")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"source": CLIENT}, "untrusted_holdings"), ({"customer": None}, "holdings_of_nobody")],
)
def test_holdings_nobody_vouches_for_are_counted_and_left_out(changes: dict[str, Any], reason: str) -> None:
    facts = facts_of(event("", kind="identify", traits={"holdings": ["sim"]}, visitor=None, **changes))
    assert facts.rows == {}
    assert [name for _, name in facts.ignored] == [reason]


@pytest.mark.parametrize(
    ("source", "body", "channel"),
    [
        (SERVER, {}, 0),
        (SERVER, {"properties": {"channel": "STORE"}}, CHANNEL_CODE[Channel.STORE]),
        (SERVER, {"properties": {"channel": "carrier pigeon"}}, CHANNEL_CODE[Channel.OTHER]),
        (SERVER, {"context": {"channel": "server"}}, 0),
        (SERVER, {"context": {"channel": "mobile"}}, CHANNEL_CODE[Channel.APP]),
        (CLIENT, {"properties": {"channel": 4}}, CHANNEL_CODE[Channel.WEB]),
        (CLIENT, {"context": {"app": {"name": "shop"}}}, CHANNEL_CODE[Channel.APP]),
    ],
)
def test_the_channel_is_stated_or_follows_from_the_key(source: int, body: dict[str, Any], channel: int) -> None:
    [row] = facts_of(event("Clicked", source=source, **body)).of(OutcomeRow)
    assert row["channel"] == channel


def test_an_event_of_a_source_that_is_gone_is_set_aside() -> None:
    assert flaws(event("Clicked", source=99)) == [("unknown_source", "source")]


def test_an_event_that_breaks_the_projection_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken = event("Clicked")._replace(body="no json")
    with caplog.at_level(logging.ERROR):
        facts = facts_of(broken, event("Clicked"), broken)
    assert [item.reason for item in facts.set_aside] == [gathering.FAILED] * 2
    assert len(facts.of(OutcomeRow)) == 1
    assert [record.message for record in caplog.records] == ["2 events could not be projected; the first:"]


def test_every_reason_the_projection_gives_is_known_to_a_rebuild() -> None:
    """A rebuild forgets what was set aside by the projection, so it must know all its reasons."""
    import inspect
    import re

    from experiments.store.projection import (
        contacts,
        exposures,
        holdings,
        lines,
        orders,
        outcomes,
        pages,
        qualifications,
    )

    modules = (gathering, contacts, exposures, holdings, lines, orders, outcomes, pages, qualifications)
    source = "".join(inspect.getsource(module) for module in modules)
    given = set(re.findall(r'Flaw\(\s*"([a-z_]+)"', source))
    given |= {f"unknown_{noun}" for noun in re.findall(r'_unknown\("([a-z]+)"', source)} | {gathering.FAILED}
    assert given == set(gathering.REASONS)


def test_what_is_earned_once_is_part_of_the_margin() -> None:
    [claim] = facts_of(completed(product_id="device", quantity=2)).of(OrderClaimRow)
    assert claim["margin"] == 2 * (500 * 24 - 6_000)


def test_a_bundle_is_one_line_per_component() -> None:
    tv, net = facts_of(completed(product_id="bundle", line_id=4, quantity=2)).of(OrderClaimRow)
    assert [(row["product_id"], row["family_id"], row["tier"], row["quantity"]) for row in (tv, net)] == [
        (20, 2, 1, 2),
        (21, 4, 2, 4),
    ]
    assert tv["line"] == 4
    assert net["line"] > 1 << 32
    assert (tv["revenue"], net["revenue"]) == (2 * 800, 2 * 1_600)
    # alone they earn 400 + 2 * 300 a month, together 700: 300 less, a third of it for TV; 30 once, likewise
    assert tv["margin"] == 2 * ((400 - 100) * 12 + 10)
    assert net["margin"] == 2 * ((600 - 200) * 36 + 20)


def test_customers_hold_the_components_of_a_bundle() -> None:
    bought = facts_of(completed(product_id="bundle")).of(HoldingRow)
    stated = facts_of(event("", kind="identify", traits={"holdings": ["bundle"]})).of(HoldingRow)
    assert [row["product_id"] for row in bought] == [20, 21]
    assert [row["product_id"] for row in stated] == [0, 20, 21]


def test_a_returned_bundle_gives_back_every_component() -> None:
    products = [{"product_id": "bundle", "quantity": 1}, {"product_id": "sim"}]
    refunds = facts_of(event("Order Refunded", properties={"order_id": "-77", "products": products})).of(RefundRow)
    assert [(row["part"], row["product_id"], row["quantity"]) for row in refunds] == [
        (0, 20, 1),
        (1_600, 21, 2),
        (1, 6, 0),
    ]
