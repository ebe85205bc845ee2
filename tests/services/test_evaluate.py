"""Decisions on private facts: what is known, what is frozen, what is only suppressed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.ids import hash_id
from experiments.domain.key import KeyKind
from experiments.domain.product import Family, Product
from experiments.domain.rollout import RollOut
from experiments.services import access, catalogue, decide, evaluate, experiments, ingest, launch, project
from experiments.services.analyse import report_for
from experiments.services.decide import Choice
from experiments.services.evaluate import Answer, Question
from experiments.services.sessions import writing
from experiments.store import eligibility
from experiments.store.catalogue import phases
from experiments.store.engines import reading
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW, damage, draft, running, seed

KEY = b"for tests"
DAY = 86_400_000_000
LIMITS = ingest.Limits(late_days=900)
NO_TV = [{"attribute": "holdings", "op": "none_of", "values": ["tv-plus"]}]
HERE = Question(Environment.PRODUCTION, "visitor-1", "customer-1", known=True)
Told = dict[str, Any]


class World:
    """A shop with two products, a back office and a web shop that send events, and tests on private facts."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sources = {}
        with writing(engine) as session:
            seed(session)
            for family in ("mobile", "tv"):
                catalogue.save_family(session, ADMIN, NOW, Family(family, family.title()))
                product = Product(f"{family}-plus", family, family, 1, 1500, 500, 24)
                catalogue.save_product(session, ADMIN, NOW, product)
            for kind in KeyKind:
                made = access.create_key(session, ADMIN, NOW, kind, f"A {kind.value}", Environment.PRODUCTION)
                self._sources[kind] = ingest.source_of(made.info)

    def run(self, key: str = "tv-entry", rules: Any = NO_TV, policy: Any = None, **changes: Any) -> None:
        """Launch a test on private facts."""
        with writing(self.engine) as session:
            running(session, key, audience={"rules": rules, "policy": policy or {}}, **changes)

    def tell(self, *items: Told, at: int = NOW, kind: KeyKind = KeyKind.SERVER) -> None:
        """Events of the back office (or of a browser), received at an instant and projected."""
        done = ingest.accept(self.engine, self._sources[kind], list(items), id_key=KEY, now=at, limits=LIMITS)
        assert not done.rejected
        project.run_all(self.engine, at)

    def ask(self, question: Question = HERE, *, at: int = NOW + DAY) -> Callable[[str], Answer]:
        """The answers by key of their test."""
        found = evaluate.evaluate_remote(self.engine, question, id_key=KEY, now=at)
        return {answer.key: answer for answer in found.items}.__getitem__

    def counts(self, key: str = "tv-entry") -> dict[str, int]:
        """What the server counted, by reason."""
        with reading(self.engine) as session:
            rows = eligibility.counts_of(session.connection(), key)
        assert {row.teller for row in rows} <= {eligibility.FROZEN}
        found: Counter[str] = Counter()
        for row in rows:
            found[row.reason] += row.times
        return dict(found)


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def holds(*products: str, customer: str = "customer-1") -> Told:
    return {"type": "identify", "userId": customer, "traits": {"holdings": list(products)}}


def contact(customer: str = "customer-1", **properties: Any) -> Told:
    return {"type": "track", "event": "Contact Handled", "userId": customer, "properties": properties}


def variants(world: World, question: Question, key: str = "tv-entry") -> Counter[str]:
    """Variants of many visitors of one customer's facts."""
    asked = (replace(question, visitor=f"visitor-{number}") for number in range(12))
    return Counter(str(world.ask(each)(key).result.variant) for each in asked)


def test_a_customer_who_may_enter_is_drawn_and_counted_once(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"))
    first = world.ask()("tv-entry")
    assert (first.result.reason, first.result.exposure, first.suppressed) == ("SPLIT", True, False)
    assert world.ask()("tv-entry") == first
    assert world.counts() == {"eligible": 1}


def test_the_draw_is_that_of_the_sdk(world: World) -> None:
    """Two visitors of one customer may fall into different variants; each is where its hash puts it."""
    world.run()
    world.tell(holds("mobile-plus"))
    assert set(variants(world, HERE)) == {"control", "personal-entry"}


def test_the_assigned_are_counted_by_variant_and_checked(world: World) -> None:
    """Once per unit, whether or not it is ever exposed; who may not enter is assigned nothing."""
    world.run()
    world.tell(holds("mobile-plus"))
    drawn = variants(world, HERE)
    assert variants(world, HERE) == drawn, "asked again, counted once"
    world.tell(holds("mobile-plus", "tv-plus", customer="customer-2"))
    world.ask(replace(HERE, visitor="stranger", customer="customer-2"))
    with reading(world.engine) as session:
        assert eligibility.assigned(session.connection(), "tv-entry", 1) == drawn
        report = report_for(session, "tv-entry", now=NOW + DAY)
    assert report.split.assigned == (drawn["control"], drawn["personal-entry"])
    assert report.split.assigned_p is not None
    assert world.counts() == {"eligible": 12, "rule:holdings": 1}, "what else is counted knows no variant"


def test_holdings_keep_out_and_are_counted_by_rule(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus", "tv-plus"))
    answer = world.ask()("tv-entry")
    assert (answer.result.variant, answer.result.reason, answer.result.exposure) == ("control", "AUDIENCE", False)
    assert world.counts() == {"rule:holdings": 1}


def test_unknown_holdings_are_not_none(world: World) -> None:
    world.run()
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"


def test_facts_that_come_after_the_evaluation_are_not_known_yet(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"), at=NOW + 2 * DAY)
    assert world.ask(at=NOW + DAY)("tv-entry").result.reason == "AUDIENCE"


def test_orders_of_the_back_office_add_to_holdings(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"))
    order = {"order_id": "o-1", "products": [{"product_id": "tv-plus"}]}
    world.tell({"type": "track", "event": "Order Completed", "userId": "customer-1", "properties": order}, at=NOW + 1)
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"


def test_what_is_frozen_stays_and_later_facts_only_suppress(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"))
    before = world.ask()("tv-entry")
    world.tell(holds("mobile-plus", "tv-plus"), at=NOW + 2 * DAY)
    after = world.ask(at=NOW + 3 * DAY)("tv-entry")
    assert after.result == before.result
    assert (before.suppressed, after.suppressed) == (False, True)
    assert world.counts() == {"eligible": 1}


def test_the_suppression_is_the_same_in_both_arms(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"))
    before = variants(world, HERE)
    world.tell(holds("tv-plus"), at=NOW + 2 * DAY)
    asked = [replace(HERE, visitor=f"visitor-{number}") for number in range(12)]
    found = [world.ask(each, at=NOW + 3 * DAY)("tv-entry") for each in asked]
    assert all(answer.suppressed and answer.result.exposure for answer in found)
    assert Counter(str(answer.result.variant) for answer in found) == before


def test_offers_kept_back_are_reported_per_variant(world: World) -> None:
    world.run()
    first = [
        exposure("tv-entry", variant, anonymousId=f"visitor-{number}")
        for number, variant in enumerate(("control", "control", "personal-entry", "personal-entry", "personal-entry"))
    ]
    later = [{**told, "properties": {**told["properties"], "suppressed": True}} for told in first[1:4]]
    world.tell(*first)
    with reading(world.engine) as session:
        assert report_for(session, "tv-entry", now=NOW).quality.suppressed == {}
    world.tell(*later, *later, at=NOW + DAY)
    with reading(world.engine) as session:
        report = report_for(session, "tv-entry", now=NOW + DAY)
    assert report.quality.suppressed == {"control": 1, "personal-entry": 2}
    assert [variant.exposed for variant in report.variants] == [2, 3]


def test_who_was_kept_out_stays_out(world: World) -> None:
    world.run()
    world.tell(holds("tv-plus"))
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"
    world.tell(holds("mobile-plus"), at=NOW + 2 * DAY)
    assert world.ask(at=NOW + 3 * DAY)("tv-entry").result.reason == "AUDIENCE"


def test_a_new_phase_looks_again(world: World) -> None:
    world.run()
    world.tell(holds("tv-plus"))
    world.ask()
    world.tell(holds("mobile-plus"), at=NOW + 2 * DAY)
    with writing(world.engine) as session:
        design = experiments.by_key(session, "tv-entry").phase.variants
        swapped = (replace(design[0], weight=0.4), replace(design[1], weight=0.6))
        launch.new_phase(session, APPROVER, NOW + 2 * DAY, "tv-entry", variants=swapped)
    answer = world.ask(at=NOW + 3 * DAY)("tv-entry")
    assert (answer.result.reason, answer.result.phase) == ("SPLIT", 2)


def test_nobody_known_is_remote_and_leaves_no_trace(world: World) -> None:
    world.run()
    world.tell(holds("mobile-plus"))
    for question in (replace(HERE, known=False), replace(HERE, customer=None), replace(HERE, customer=" ")):
        answer = world.ask(question)("tv-entry")
        assert (answer.result.reason, answer.result.variant, answer.result.exposure) == ("REMOTE", "control", False)
    assert world.counts() == {}


def test_a_caller_cannot_state_private_facts(world: World) -> None:
    world.run(policy={"only_if_qualified": True})
    stated = {"holdings": [], "offer_allowed": True, "open_severity": "none"}
    assert world.ask(replace(HERE, attributes=stated))("tv-entry").result.reason == "AUDIENCE"
    assert world.counts() == {"rule:holdings": 1}


def test_public_rules_beside_private_ones_read_what_the_caller_states(world: World) -> None:
    world.run(rules=[{"attribute": "channel", "op": "in", "values": ["web"]}, *NO_TV])
    world.tell(holds(), holds(customer="customer-2"))
    assert world.ask(replace(HERE, attributes={"channel": "web"}))("tv-entry").result.reason == "SPLIT"
    other = replace(HERE, visitor="visitor-2", customer="customer-2", attributes={"channel": "app"})
    assert world.ask(other)("tv-entry").result.reason == "AUDIENCE"
    assert world.counts() == {"eligible": 1, "rule:channel": 1}


@pytest.mark.parametrize("word", ["serious", "Urgent"])
def test_an_open_serious_issue_is_what_the_last_contact_says(world: World, word: str) -> None:
    world.run(rules=[], policy={"not_with_open_issue": True})
    world.tell(contact(severity=word))
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"
    assert world.counts() == {"policy:open_issue": 1}
    world.tell(contact(resolved=True), at=NOW + DAY)
    assert world.ask(replace(HERE, visitor="visitor-2"), at=NOW + 2 * DAY)("tv-entry").result.reason == "SPLIT"


def test_a_word_nobody_knows_is_set_aside_and_not_taken_for_harmless(world: World) -> None:
    source = world._sources[KeyKind.SERVER]
    ingest.accept(world.engine, source, [contact(severity="purple")], id_key=KEY, now=NOW, limits=LIMITS)
    assert project.run_all(world.engine, NOW).set_aside == {"bad_severity": 1}


def test_a_browser_says_nothing_of_a_customer(world: World) -> None:
    world.run(rules=[], policy={"not_with_open_issue": True, "most_offers_in_30_days": 1})
    world.tell(contact(severity="serious", offer="tv-bundle"), kind=KeyKind.CLIENT)
    assert world.ask()("tv-entry").result.reason == "SPLIT"


OFFERED = {"payload": {"offer": "tv-bundle"}}
NAMED = [{"key": "control", "weight": 0.5}, {"key": "entry", "weight": 0.5, **OFFERED}]


def test_the_same_offer_is_not_made_again_within_its_days(world: World) -> None:
    world.run(rules=[], policy={"not_offered_within_days": 10}, variants=NAMED)
    world.tell(contact(offer="other"), contact(offer="tv-entry"), contact(offer=True, customer="customer-2"))
    assert world.ask()("tv-entry").result.reason == "SPLIT"
    second = replace(HERE, visitor="visitor-2", customer="customer-2")
    assert world.ask(second)("tv-entry").result.reason == "AUDIENCE"
    assert world.counts() == {"eligible": 1, "policy:offered_before": 1}
    world.tell(contact(offer="tv-bundle"), at=NOW + DAY)
    assert world.ask(at=NOW + 2 * DAY)("tv-entry").suppressed


def exposure(key: str, variant: str, **ids: str) -> Told:
    told = {"experiment_id": key, "variation_id": variant, "phase": 1, "reason": "SPLIT"}
    return {"type": "track", "event": "Experiment Viewed", "properties": told, **ids}


def test_offers_of_other_tests_count_towards_the_cap_and_own_ones_never(world: World) -> None:
    world.run(rules=[], policy={"most_offers_in_30_days": 1})
    world.run("other", rules=[])
    link = {"type": "identify", "userId": "customer-1", "anonymousId": "visitor-1"}
    world.tell(link, exposure("tv-entry", "personal-entry", anonymousId="visitor-1"))
    assert world.ask()("tv-entry").result.reason == "SPLIT"
    world.tell(exposure("other", "personal-entry", anonymousId="visitor-1"), at=NOW + DAY)
    later = world.ask(at=NOW + 2 * DAY)("tv-entry")
    assert (later.result.reason, later.suppressed) == ("SPLIT", True)
    new = replace(HERE, visitor="visitor-2")
    assert world.ask(new, at=NOW + 2 * DAY)("tv-entry").result.reason == "AUDIENCE"
    assert world.ask(replace(HERE, visitor="visitor-3"), at=NOW + 40 * DAY)("tv-entry").result.reason == "SPLIT"
    assert world.counts() == {"eligible": 2, "policy:offer_cap": 1}


def test_seeing_the_control_of_another_test_is_no_offer(world: World) -> None:
    world.run(rules=[], policy={"most_offers_in_30_days": 1})
    world.run("other", rules=[], unit="customer")
    world.tell(exposure("other", "control", userId="customer-1"))
    assert world.ask()("tv-entry").result.reason == "SPLIT"
    world.tell(exposure("other", "personal-entry", userId="customer-2"))
    second = replace(HERE, visitor="visitor-2", customer="customer-2")
    assert world.ask(second)("tv-entry").result.reason == "AUDIENCE"


def test_an_unverified_link_lays_no_offer_at_anybodys_door(world: World) -> None:
    world.run(rules=[], policy={"most_offers_in_30_days": 1})
    world.run("other", rules=[])
    link = {"type": "identify", "userId": "customer-1", "anonymousId": "visitor-9"}
    world.tell(link, exposure("other", "personal-entry", anonymousId="visitor-9"), kind=KeyKind.CLIENT)
    assert world.ask()("tv-entry").result.reason == "SPLIT"


def test_the_newest_statement_of_qualification_replaces_the_one_before(world: World) -> None:
    world.run(rules=[], policy={"only_if_qualified": True}, variants=NAMED)
    for place, offers in enumerate((["other"], ["tv-bundle"], False, True)):
        told = {"type": "identify", "userId": "customer-1", "traits": {"qualifies": offers}}
        world.tell(told, at=NOW + place * DAY)
        asked = replace(HERE, visitor=f"visitor-{place}")
        answer = world.ask(asked, at=NOW + place * DAY + 1)("tv-entry")
        assert answer.result.reason == ("AUDIENCE" if place % 2 == 0 else "SPLIT")
    assert world.counts() == {"eligible": 2, "policy:not_qualified": 2}


def test_rules_read_what_contacts_say(world: World) -> None:
    world.run("refused", rules=[{"attribute": "offers_refused", "op": "lte", "values": [0]}])
    world.run("seen", rules=[{"attribute": "offers_seen", "op": "lte", "values": [1]}])
    world.run("severity", rules=[{"attribute": "open_severity", "op": "none_of", "values": ["normal"]}])
    world.tell(contact(offer="a", accepted=False, severity="normal"), contact(offer="b", accepted=True))
    answers, stranger = world.ask(), world.ask(replace(HERE, visitor="visitor-2", customer="customer-2"))
    for key, rule in (("refused", "offers_refused"), ("seen", "offers_seen"), ("severity", "open_severity")):
        assert (answers(key).result.reason, stranger(key).result.reason) == ("AUDIENCE", "SPLIT")
        assert world.counts(key) == {f"rule:{rule}": 1, "eligible": 1}


def test_two_first_evaluations_at_once_freeze_one_answer(world: World) -> None:
    """One of them knows of the new holdings and one does not; whoever writes first decides for both."""
    for number in range(5):
        world.run(f"test-{number}")
    world.tell(holds("mobile-plus"))
    world.tell(holds("tv-plus"), at=NOW + DAY)
    barrier = threading.Barrier(6)
    found: list[tuple[str, ...]] = []

    def ask(place: int) -> None:
        barrier.wait()
        answers = world.ask(at=NOW + (place % 2) * 2 * DAY)
        found.append(tuple(answers(f"test-{number}").result.reason for number in range(5)))

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    for number in range(5):
        assert sum(world.counts(f"test-{number}").values()) == 1


def test_what_could_not_be_frozen_is_not_drawn(world: World) -> None:
    """Another process is about to write the answer for the same unit and takes its time."""
    world.run()
    world.tell(holds("mobile-plus"))
    unit = hash_id("visitor", "visitor-1", KEY)
    assert unit is not None
    with writing(world.engine) as session:
        phase = phases.ids(session)["tv-entry", 1]
        eligibility.freeze(session.connection(), [eligibility.Frozen(phase, unit, False, "rule:holdings")], NOW)
        answer = world.ask()("tv-entry")
    assert (answer.result.reason, answer.result.variant, answer.result.exposure) == ("REMOTE", "control", False)
    assert world.counts() == {}
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"


def test_a_paused_test_freezes_nobody(world: World) -> None:
    world.run()
    with writing(world.engine) as session:
        launch.pause(session, APPROVER, NOW, "tv-entry")
    assert world.ask()("tv-entry").result.reason == "NOT_RUNNING"
    assert world.counts() == {}


def test_a_rehearsal_freezes_nobody(world: World) -> None:
    """Its audience may still be edited, and the launched test has the same phase."""
    with writing(world.engine) as session:
        draft(session, "rehearsed", audience={"rules": NO_TV})
        launch.start_testing(session, EDITOR, NOW, "rehearsed")
    world.tell(holds("tv-plus"))
    rehearsing = replace(HERE, environment=Environment.TEST)
    assert world.ask(rehearsing)("rehearsed").result.reason == "AUDIENCE"
    world.tell(holds("mobile-plus"), at=NOW + 2 * DAY)
    assert world.ask(rehearsing, at=NOW + 3 * DAY)("rehearsed").result.reason == "SPLIT"
    assert world.counts("rehearsed") == {}
    with writing(world.engine) as session:
        launch.launch(session, APPROVER, NOW, "rehearsed")
    assert world.ask(at=NOW + 3 * DAY)("rehearsed").result.reason == "SPLIT"
    assert world.counts("rehearsed") == {"eligible": 1}


def test_a_winner_is_given_to_whoever_may_have_it_unless_a_holdback_measures(world: World) -> None:
    world.run()
    world.run("held")
    world.tell(holds("tv-plus"))
    for key, holdback in (("tv-entry", 0.0), ("held", 0.05)):
        with writing(world.engine) as session:
            launch.stop(session, APPROVER, NOW, key)
            winner = RollOut("personal-entry", holdback=holdback, keep=False)
            decide.decide(session, APPROVER, NOW, key, Choice.SHIP, rollout=winner, reason="For the tests.")
    assert {world.ask()(key).result.reason for key in ("tv-entry", "held")} == {"AUDIENCE"}
    world.tell(holds("mobile-plus"), at=NOW + 2 * DAY)
    later = world.ask(at=NOW + 3 * DAY)
    assert (later("tv-entry").result.reason, later("held").result.reason) == ("ROLLOUT", "AUDIENCE")
    assert (world.counts(), world.counts("held")) == ({}, {"rule:holdings": 1})


def test_only_remote_tests_are_answered_unless_others_are_named(world: World) -> None:
    world.run()
    with writing(world.engine) as session:
        running(session, "public")
    found = evaluate.evaluate_remote(world.engine, HERE, id_key=KEY, now=NOW)
    assert [answer.key for answer in found.items] == ["tv-entry"]
    asked = replace(HERE, experiments=("public", "nothing", "public"))
    named = evaluate.evaluate_remote(world.engine, asked, id_key=KEY, now=NOW)
    assert [(answer.key, answer.result.reason) for answer in named.items] == [
        ("public", "SPLIT"),
        ("nothing", "UNKNOWN"),
    ]
    every = evaluate.evaluate_all(world.engine, HERE, id_key=KEY, now=NOW)
    assert [answer.key for answer in every.items] == ["public", "tv-entry"]


def test_every_change_of_a_test_is_seen_at_once(world: World) -> None:
    world.run(enrolment=0.0001)
    world.tell(holds("mobile-plus"))
    assert world.ask()("tv-entry").result.reason == "NOT_ENROLLED"
    with writing(world.engine) as session:
        launch.raise_enrolment(session, APPROVER, NOW, "tv-entry", 1.0)
    assert world.ask()("tv-entry").result.reason == "SPLIT"


def test_facts_can_be_rebuilt_from_the_events(world: World) -> None:
    world.run(rules=[], policy={"not_with_open_issue": True})
    world.tell(contact(severity="serious", offer="a", accepted=False))
    world.tell({"type": "identify", "userId": "customer-1", "traits": {"qualifies": ["x"]}})
    project.rebuild(world.engine, NOW)
    assert world.ask()("tv-entry").result.reason == "AUDIENCE"


def test_while_a_test_is_damaged_the_others_go_on_but_nobody_is_offered_anything_under_a_policy(world: World) -> None:
    """What the damaged one offered, and who refused it, cannot be known."""
    world.run("damaged", rules=[])
    world.run("facts")
    world.run("offers", rules=[], policy={"not_with_open_issue": True})
    world.tell(holds("mobile-plus"))
    damage(world.engine, "damaged")
    answers = evaluate.evaluate_remote(world.engine, HERE, id_key=KEY, now=NOW + DAY).items
    assert {answer.key: answer.result.reason for answer in answers} == {"facts": "SPLIT"}
    named = world.ask(replace(HERE, experiments=("offers", "damaged", "facts")))
    assert [named(key).result.reason for key in ("offers", "damaged", "facts")] == ["UNKNOWN", "UNKNOWN", "SPLIT"]


def test_a_damaged_draft_has_offered_nothing_and_keeps_nothing_back(world: World) -> None:
    with writing(world.engine) as session:
        draft(session, "planned")
    world.run("offers", rules=[], policy={"not_with_open_issue": True})
    world.tell(holds("mobile-plus"))
    damage(world.engine, "planned")
    assert world.ask()("offers").result.reason == "SPLIT"
