"""Facts of a customer → the attributes that rules read, and what the offer policy says.

All of them are as of the evaluation and without the test's own offers (definitions §1.7):

- `holdings`: keys of the products held; absent where nobody has told;
- `open_severity`: none, normal, serious or critical: what the last contact of the last 30 days said that said anything;
- `offers_seen`: offers of the last 30 days: made in contacts, or shown as the treatment of another test;
- `offers_refused`: offers of the last 30 days that were refused in a contact;
- `offer_allowed`: whether the offer policy of the test lets it be made.
"""

from __future__ import annotations

from typing import Any

from experiments.services.clock import DAY
from experiments.services.evaluate.edition import Edition, LiveTest
from experiments.services.publish import OFFER_ALLOWED
from experiments.store.codes import SEVERITY_CODE
from experiments.store.private_facts import Contact, KnownFacts, Seen
from experiments.store.projection.names import EVERY_OFFER, SOME_OFFER

#: Days after which an issue that nobody spoke of again counts as closed, and over which offers are counted.
ISSUE_DAYS = 30
OFFER_DAYS = 30
#: Longest look back of any policy.
MOST_DAYS = 730
_WORDS = {code: word for word, code in SEVERITY_CODE.items()}
_REFUSED = -1


def attributes_of(facts: KnownFacts, test: LiveTest, edition: Edition, now: int) -> dict[str, Any]:
    """What rules on private facts read, for one test."""
    since = now - OFFER_DAYS * DAY
    offers = _contact_offers(facts, test, since)
    known: dict[str, Any] = {
        "open_severity": _WORDS[open_severity(facts, now)],
        "offers_seen": len(offers) + len(_other_tests(facts, test, edition, since)),
        "offers_refused": sum(contact.answer == _REFUSED for contact in offers),
        OFFER_ALLOWED: not forbidden_by(facts, test, edition, now),
    }
    if facts.holdings is not None:
        known["holdings"] = list(facts.holdings)
    return known


def open_severity(facts: KnownFacts, now: int) -> int:
    """How serious the open issue is, 0 for none: the newest contact that says anything decides."""
    told = [contact.severity for contact in facts.contacts if contact.at > now - ISSUE_DAYS * DAY]
    stated = [severity for severity in told if severity is not None]
    return stated[-1] if stated else SEVERITY_CODE["none"]


def forbidden_by(facts: KnownFacts, test: LiveTest, edition: Edition, now: int) -> str:
    """The part of the test's policy that forbids the offer, "" where none does."""
    policy = test.policy
    if policy.not_with_open_issue and open_severity(facts, now) >= SEVERITY_CODE["serious"]:
        return "open_issue"
    if policy.only_if_qualified and not _is_qualified(facts, test):
        return "not_qualified"
    days = policy.not_refused_within_days
    if days is not None and any(each.answer == _REFUSED for each in _same_offers(facts, test, now - days * DAY)):
        return "refused_before"
    days = policy.not_offered_within_days
    if days is not None and _is_offered(facts, test, edition, now - days * DAY):
        return "offered_before"
    most, since = policy.most_offers_in_30_days, now - OFFER_DAYS * DAY
    if most is not None:
        offers = len(_contact_offers(facts, test, since)) + len(_other_tests(facts, test, edition, since))
        return "offer_cap" if offers >= most else ""
    return ""


def _is_qualified(facts: KnownFacts, test: LiveTest) -> bool:
    """Whether the newest statement names the offer or the test; unknown is not qualified."""
    return not (test.offers | {test.key, EVERY_OFFER}).isdisjoint(facts.qualifies or ())


def _is_offered(facts: KnownFacts, test: LiveTest, edition: Edition, since: int) -> bool:
    """Whether the same was offered elsewhere: better one offer too few where a contact or the test names none."""
    return bool(_same_offers(facts, test, since)) or any(
        not test.offers.isdisjoint(edition.shown[seen.phase_id].offers)
        for seen in _other_tests(facts, test, edition, since)
    )


def _same_offers(facts: KnownFacts, test: LiveTest, since: int) -> list[Contact]:
    """Contacts in which the same was offered, or nobody says what."""
    return [
        each
        for each in _contact_offers(facts, test, since)
        if not test.offers or each.offer == SOME_OFFER or each.offer in test.offers
    ]


def _contact_offers(facts: KnownFacts, test: LiveTest, since: int) -> list[Contact]:
    """Offers made in contacts; one that bears the key of the test is its own."""
    return [each for each in facts.contacts if each.offer and each.offer != test.key and each.at > since]


def _other_tests(facts: KnownFacts, test: LiveTest, edition: Edition, since: int) -> list[Seen]:
    return [seen for seen in facts.seen if seen.at > since and edition.shown[seen.phase_id].experiment != test.key]
