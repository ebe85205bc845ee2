"""What the facts of a customer say of one test: pure, without a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from experiments.domain.audience import OfferPolicy
from experiments.domain.experiment import UnitKind
from experiments.services.evaluate.edition import Edition, LiveTest, ShownPhase
from experiments.services.evaluate.facts import attributes_of, forbidden_by
from experiments.store.codes import SEVERITY_CODE
from experiments.store.private_facts import Contact, KnownFacts, Seen
from netlift.config import Config

Told = dict[str, Any]
DAY = 86_400_000_000
NOW = 1_800_000_000_000_000
NO_CONFIG: Any = Config
PHASES = {
    1: ShownPhase("tv-entry", UnitKind.VISITOR, frozenset({"tv-bundle"}), None),
    2: ShownPhase("other", UnitKind.VISITOR, frozenset(), None),
    3: ShownPhase("rival", UnitKind.CUSTOMER, frozenset({"tv-bundle"}), NOW - DAY),
}
EDITION = Edition("v", "s", NO_CONFIG, NO_CONFIG, {}, PHASES)


def a_test(offers: Iterable[str] = ("tv-bundle",), **policy: Any) -> LiveTest:
    return LiveTest(1, 1, "tv-entry", 1, UnitKind.VISITOR, OfferPolicy(**policy), frozenset(offers), None, None)


def contact(days_ago: float = 1, severity: str | None = None, offer: str = "", answer: int = 0) -> Contact:
    return Contact(round(NOW - days_ago * DAY), None if severity is None else SEVERITY_CODE[severity], offer, answer)


def facts(*contacts: Contact, seen: Iterable[Seen] = (), qualifies: Iterable[str] | None = None) -> KnownFacts:
    named = None if qualifies is None else frozenset(qualifies)
    return KnownFacts(("mobile-plus",), tuple(sorted(contacts)), tuple(seen), named)


@pytest.mark.parametrize(
    ("contacts", "open_now"),
    [
        ([], "none"),
        ([contact(1, "serious")], "serious"),
        ([contact(1, "critical")], "critical"),
        ([contact(1, "normal")], "normal"),
        ([contact(2, "serious"), contact(1, "normal")], "normal"),
        ([contact(2, "serious"), contact(1)], "serious"),
        ([contact(2, "serious"), contact(1, "none")], "none"),
        ([contact(2, "none"), contact(1, "serious")], "serious"),
        ([contact(29.9, "serious")], "serious"),
        ([contact(30, "serious")], "none"),
        ([contact(30, "serious"), contact(1)], "none"),
    ],
)
def test_the_open_issue_is_what_the_last_contact_says(contacts: list[Contact], open_now: str) -> None:
    known, test = facts(*contacts), a_test(not_with_open_issue=True)
    assert attributes_of(known, test, EDITION, NOW)["open_severity"] == open_now
    allowed = open_now in ("none", "normal")
    assert forbidden_by(known, test, EDITION, NOW) == ("" if allowed else "open_issue")


@pytest.mark.parametrize(
    ("offer", "days_ago", "names", "allowed"),
    [
        ("tv-bundle", 5, ["tv-bundle"], False),
        ("tv-bundle", 9.99, ["tv-bundle"], False),
        ("tv-bundle", 10, ["tv-bundle"], True),
        ("other", 5, ["tv-bundle"], True),
        ("offer", 5, ["tv-bundle"], False),  # one was made and nobody says which
        ("tv-entry", 5, ["tv-bundle"], True),  # the test's own
        ("whatever", 5, [], False),  # the test does not name its offer
        ("", 5, [], True),
    ],
)
def test_the_same_offer_is_not_made_again_within_its_days(
    offer: str, days_ago: float, names: list[str], allowed: bool
) -> None:
    test = a_test(names, not_offered_within_days=10)
    assert forbidden_by(facts(contact(days_ago, offer=offer)), test, EDITION, NOW) == (
        "" if allowed else "offered_before"
    )


@pytest.mark.parametrize(
    ("offer", "days_ago", "answer", "allowed"),
    [
        ("tv-bundle", 5, -1, False),
        ("offer", 5, -1, False),  # one was refused and nobody says which
        ("tv-bundle", 5, 1, True),
        ("tv-bundle", 5, 0, True),
        ("tv-bundle", 90, -1, True),
        ("other", 5, -1, True),
        ("tv-entry", 5, -1, True),  # the test's own
    ],
)
def test_what_was_refused_is_not_offered_again(offer: str, days_ago: float, answer: int, allowed: bool) -> None:
    test = a_test(["tv-bundle"], not_refused_within_days=90)
    known = facts(contact(days_ago, offer=offer, answer=answer))
    assert forbidden_by(known, test, EDITION, NOW) == ("" if allowed else "refused_before")


@pytest.mark.parametrize(("phase", "allowed"), [(1, True), (2, True), (3, False)])
def test_another_test_with_the_same_offer_offered_it_before(phase: int, allowed: bool) -> None:
    test = a_test(not_offered_within_days=10)
    known = facts(seen=[Seen(phase, NOW - 5 * DAY)])
    assert forbidden_by(known, test, EDITION, NOW) == ("" if allowed else "offered_before")


@pytest.mark.parametrize(
    ("qualifies", "allowed"),
    [(None, False), ([], False), (["other"], False), (["tv-bundle"], True), (["tv-entry"], True), (["*"], True)],
)
def test_unknown_is_not_qualified(qualifies: Any, allowed: bool) -> None:
    test = a_test(only_if_qualified=True)
    assert forbidden_by(facts(qualifies=qualifies), test, EDITION, NOW) == ("" if allowed else "not_qualified")


@pytest.mark.parametrize(("most", "allowed"), [(2, False), (3, False), (4, True)])
def test_the_cap_counts_offers_of_thirty_days_but_the_tests_own(most: int, allowed: bool) -> None:
    contacts = [contact(1, offer="a"), contact(29, offer="b"), contact(31, offer="c"), contact(1, offer="tv-entry")]
    known = facts(*contacts, seen=[Seen(1, NOW - DAY), Seen(2, NOW - DAY), Seen(3, NOW - 31 * DAY)])
    test = a_test(most_offers_in_30_days=most)
    assert forbidden_by(known, test, EDITION, NOW) == ("" if allowed else "offer_cap")
    assert attributes_of(known, test, EDITION, NOW)["offers_seen"] == 3
    assert attributes_of(known, test, EDITION, NOW)["offer_allowed"] is allowed


def test_refused_offers_are_those_that_somebody_refused() -> None:
    known = facts(contact(1, offer="a", answer=-1), contact(2, offer="b", answer=1), contact(3, offer="c"))
    assert attributes_of(known, a_test(), EDITION, NOW)["offers_refused"] == 1


def test_unknown_holdings_are_absent_and_none_are_an_empty_list() -> None:
    nothing = KnownFacts(None, (), (), None)
    assert "holdings" not in attributes_of(nothing, a_test(), EDITION, NOW)
    assert attributes_of(KnownFacts((), (), (), None), a_test(), EDITION, NOW)["holdings"] == []
