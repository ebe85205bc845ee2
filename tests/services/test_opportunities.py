"""Opportunities on both databases: one question equal to a slow second way, then found, noted and drafted."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import Engine

from experiments.decision.sizing import MarginForm
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.domain.evidence import Evidence, EvidenceKind
from experiments.domain.experiment import UnitKind
from experiments.domain.journey import Journey, Match, Step
from experiments.insight.opportunities import Kappa, Status
from experiments.services import journeys
from experiments.services.clock import DAY
from experiments.services.insight import counting, draft, opportunities, traffic_counts
from experiments.store.engines import reading, writing
from experiments.store.projection.names import PATH
from experiments.store.tables import RefundRow
from tests.insight_world import APP, NOW, WEB, World, random_world
from tests.scenes import EDITOR, VIEWER

STEPS = (
    Step("entry", "TV pages", Match.PATH, "/tv*"),
    Step("shop", "TV shop", Match.PATH, "/shop/tv*"),
    Step("order", "Order", Match.EVENT, "Order Completed"),
)
TV = Journey("tv", "TV", STEPS, families=("tv",))
MOBILE = Journey("mobile", "Mobile", (Step("shop", "Mobile shop", Match.PATH, "/shop/mobile*"),), families=("mobile",))


def test_one_question_equals_a_slow_second_way(engine: Engine) -> None:
    """The cross-sell metric has 28 days and 14 for returns, so people first seen 70 to 42 days ago count."""
    world = random_world(engine, people=120, seed=8)
    _save(engine, TV, MOBILE)
    with reading(engine) as session:
        found = traffic_counts.count(session, NOW)
    assert [place.key for place in found.places] == ["mobile.shop", "tv.entry", "tv.shop", "page./help"]
    assert (found.until - found.since, found.until) == (28 * DAY, NOW - 42 * DAY)
    units: Counter[tuple[object, ...]] = Counter()
    bought: Counter[tuple[object, ...]] = Counter()
    more: Counter[tuple[object, ...]] = Counter()
    for cell in found.cells:
        key = (found.places[cell.place].key, cell.held, cell.channel, cell.visits)
        units[key] += cell.units
        for family, number in cell.bought.items():
            bought[*key, family] += number
        for family, number in cell.more.items():
            more[*key, family] += number
    slow = _slowly(world, found.since, found.until)
    assert (units, bought, more) == slow[:3]
    assert sum(bought.values()) > 5
    assert sum(more.values()) > 2
    overlaps = Counter(
        {(found.places[o.first].key, found.places[o.second].key, o.held): o.units for o in found.overlaps}
    )
    assert overlaps == slow[3]


def _slowly(world: World, since: int, until: int) -> tuple[Counter, Counter, Counter, Counter]:
    linked = {row["visitor"]: row["customer"] for row in world.links}
    words = {code: key for key, code in world.families.items()}
    held: dict[int, set[str]] = {}
    for row in world.holdings:
        held.setdefault(row["customer"], set()).update([words[row["family_id"]]] if row["family_id"] else [])

    def unit(row: dict) -> int:
        return row["customer"] or linked.get(row["visitor"]) or row["visitor"]

    prefixes = {"mobile.shop": "/shop/mobile", "tv.entry": "/tv", "tv.shop": "/shop/tv", "page./help": "/help"}
    first: dict[tuple[int, str], tuple[int, int]] = {}
    before: Counter[int] = Counter()
    for row in world.views:
        who = unit(row)
        before[who] += since - 30 * DAY <= row["at"] < since
        for place, prefix in prefixes.items():
            if since <= row["at"] < until and row["path"].startswith(prefix):
                first[who, place] = min(first.get((who, place), (10**18, 0)), (row["at"], row["channel"]))
    units: Counter = Counter()
    bought: Counter = Counter()
    more: Counter = Counter()
    both: Counter = Counter()
    for (who, place), (t0, channel) in first.items():
        known = tuple(sorted(held[who])) if who in held else None
        visits = 0 if not before[who] else 1 if before[who] < 5 else 2
        key = (place, known, {WEB: "web", APP: "app"}[channel], visits)
        units[key] += 1
        mine = [row for row in world.sales if unit(row) == who and t0 <= row["at"] < t0 + 28 * DAY]
        for family in {words[row["family_id"]] for row in mine if known is not None}:
            lines = [row for row in mine if words[row["family_id"]] == family]
            if family not in known:
                bought[*key, family] += 1
            elif any(row["tier"] > 1 for row in lines):
                more[*key, family] += 1
        for other in prefixes:
            later = list(prefixes).index(other) > list(prefixes).index(place)
            both[place, other, known] += later and (who, other) in first
    return units, bought, more, +both


def _save(engine: Engine, *kept: Journey) -> None:
    with writing(engine) as session:
        for journey in kept:
            journeys.save(session, EDITOR, NOW, journey)


@pytest.fixture
def found(engine: Engine) -> Engine:
    """300 people on the TV pages of whom 6 buy TV, 120 in the TV shop of whom 30 do; all hold mobile only."""
    world = World(engine)
    at = NOW - 50 * DAY
    for number in range(1, 421):
        world.holds(number, "mobile")
        world.view(at, "/tv" if number <= 300 else "/shop/tv", customer=number)
        if number <= 6 or 300 < number <= 330:
            world.sale(at + DAY, "tv-1", customer=number, margin=6_000)
        if 10 < number <= 40:
            world.sale(at + DAY, "mobile-2", customer=number)
    for _ in range(60):
        world.view(at, "/news", customer=1)
    world.write()
    _save(engine, TV)
    with writing(engine) as session:
        counting.ask(session, EDITOR, NOW)
    assert counting.count_due(engine, NOW, changed=False)
    return engine


def test_found_noted_and_drafted(found: Engine) -> None:
    with writing(found) as session:
        looked = opportunities.look(session)
        assert looked is not None
        assert [place.key for place in looked.traffic.places] == ["tv.entry", "tv.shop", "page./news"]
        cell = opportunities.by_words(looked, "tv.entry", "mobile", "tv")
        assert (cell.rank, cell.units, cell.buyers, cell.worth.margin) == (1, 300, 6, 6_000)
        assert cell.gap is not None
        assert cell.gap.value == pytest.approx(30 / 120 - 6 / 300)
        assert cell.ceiling is not None
        assert cell.ceiling.raw == pytest.approx(75 * cell.gap.value * 6_000)
        told = Evidence(EvidenceKind.RECORDING, "They scroll past the offer.", "https://example.org/clip?a=1")
        note = opportunities.add_note(session, EDITOR, NOW, cell.key, told)
        assert opportunities.notes(session, cell.key) == (note,)
        assert opportunities.look(session).noted == {cell.key: 1}  # type: ignore[union-attr]
        with pytest.raises(ForbiddenError):
            opportunities.add_note(session, VIEWER, NOW, cell.key, told)
        opportunities.remove_note(session, EDITOR, NOW, note.id)
        with pytest.raises(NotFoundError):
            opportunities.remove_note(session, EDITOR, NOW, note.id)
        assert opportunities.notes(session, cell.key) == ()


def test_a_draft_is_sized_with_its_own_numbers(found: Engine) -> None:
    with writing(found) as session:
        looked = opportunities.look(session, Kappa(0.3))
        assert looked is not None
        cell = opportunities.by_words(looked, "tv.entry", "mobile", "tv")
        nothing_agreed = draft.propose(session, looked, cell, None, "EUR")
        assert nothing_agreed.size is None
        assert "no default" in nothing_agreed.why
        with pytest.raises(DomainError, match="must be agreed"):
            draft.draft(session, EDITOR, NOW, looked, nothing_agreed, name="TV", currency="EUR")
        made = draft.propose(session, looked, cell, draft.AgreedLoss(0.5, MarginForm.RELATIVE), "EUR")
        assert made.size is not None
        assert cell.ceiling is not None
        gap = cell.ceiling.shrunk / (75 * 6_000)
        assert made.effect == pytest.approx(0.3 * gap / (6 / 300))
        assert made.protected == pytest.approx(30 / 300)
        saved = draft.draft(session, EDITOR, NOW, looked, made, name="TV for mobile", currency="EUR")
        assert (saved.key, saved.unit) == ("tv-for-mobile", UnitKind.CUSTOMER)
        assert saved.plan.units_per_variant == made.size.joint_per_arm
        assert saved.plan.net is not None
        rules = {(rule.attribute, rule.op.value): rule.values for rule in saved.phase.audience.rules}
        assert rules["holdings", "any_of"] == ("mobile-1", "mobile-2")
        assert set(rules["holdings", "none_of"]) == {"broadband-1", "broadband-2", "tv-1", "tv-2"}
        assert "Only a test tells." in saved.hypothesis
        assert saved.missing_for_launch() == ()
        per_1000 = draft.propose(session, looked, cell, draft.AgreedLoss(20, MarginForm.PER_1000), "EUR")
        again = draft.draft(session, EDITOR, NOW, looked, per_1000, name="TV for mobile", currency="EUR")
        assert again.key == "tv-for-mobile-2"
        assert again.guardrails[0].margin is not None
        assert again.guardrails[0].margin.value == pytest.approx(0.02)


def test_what_cannot_be_drafted_or_found(found: Engine) -> None:
    with writing(found) as session:
        looked = opportunities.look(session)
        assert looked is not None
        shop = opportunities.by_words(looked, "tv.shop", "mobile", "tv")
        assert shop.status is Status.NO_BENCHMARK
        with pytest.raises(DomainError, match="no gap"):
            draft.propose(session, looked, shop, None, "EUR")
        for words in (("tv.entry", "mobile", "pets"), ("tv.entry", "unknown", "tv"), ("x", "mobile", "tv")):
            with pytest.raises(NotFoundError):
                opportunities.by_words(looked, *words)


def test_what_was_given_back_is_no_sale(engine: Engine) -> None:
    world = World(engine)
    world.holds(1, "mobile")
    at = NOW - 50 * DAY
    world.view(at, "/tv", customer=1)
    world.sale(at + DAY, "tv-1", customer=1)
    world.write()
    _save(engine, TV)
    with reading(engine) as session:
        assert traffic_counts.count(session, NOW).cells[0].bought == {"tv": 1}
    with writing(engine) as session:
        session.add(RefundRow(seq=1, part=0, order_key=1, at=at + 2 * DAY, received_at=at + 2 * DAY))
    with reading(engine) as session:
        assert traffic_counts.count(session, NOW).cells[0].bought == {}
        assert opportunities.look(session) is None


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://x", "data:text/html,x", "//x.org", "https://", "http://a b"]
)
def test_links_are_of_the_web_only(link: str) -> None:
    with pytest.raises(DomainError, match="must begin with"):
        Evidence(EvidenceKind.NOTE, "text", link)
    assert PATH == "path"
