"""`Contact Handled` → what it says about the customer: how serious the issue is, which offer was made and refused."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.store.codes import SEVERITY_CODE
from experiments.store.events import StoredEvent
from experiments.store.projection import names
from experiments.store.projection.body import Body
from experiments.store.projection.catalogue import SourceCode
from experiments.store.projection.facts import Fact, Flaw, Ignored, Reading
from experiments.store.tables import ContactFactRow

#: Words of contact-centre software for our four.
WORDS = {word: SEVERITY_CODE[word] for word in SEVERITY_CODE}
WORDS |= dict.fromkeys(("", "closed", "resolved", "solved"), SEVERITY_CODE["none"])
WORDS |= dict.fromkeys(("low", "minor", "medium", "moderate"), SEVERITY_CODE["normal"])
WORDS |= dict.fromkeys(("high", "major", "severe", "urgent"), SEVERITY_CODE["serious"])
WORDS |= dict.fromkeys(("blocker", "emergency"), SEVERITY_CODE["critical"])
MAX_NAME = 200
ANSWERS = {True: 1, False: -1}


def read(event: StoredEvent, body: Body, source: SourceCode) -> Iterator[Reading]:
    """One row where the contact says anything of the kind; a browser is not believed."""
    properties = body.properties
    severity = _severity(properties.get("severity"), resolved=properties.get("resolved") is True)
    if isinstance(severity, Flaw):
        yield severity
        severity = None
    offer = _offer(properties.get("offer"))
    if severity is None and not offer:
        return
    if not source.trusted:
        yield Ignored("untrusted_contact")
        return
    if event.customer is None:
        yield Ignored("contact_of_nobody")
        return
    stated = properties.get("accepted")
    row = {
        "seq": event.seq,
        "customer": event.customer,
        "at": event.occurred_at,
        "received_at": event.received_at,
        "severity": severity,
        "offer": (names.EVENT, offer),
        "answer": ANSWERS.get(stated, 0) if offer and isinstance(stated, bool) else 0,
    }
    yield Fact(ContactFactRow, row)


def _severity(stated: object, *, resolved: bool) -> int | Flaw | None:
    """None where the contact does not say; an unknown word is set aside, because it may mean something serious."""
    if resolved:
        return SEVERITY_CODE["none"]
    if stated is None:
        return None
    code = WORDS.get(stated.strip().lower()) if isinstance(stated, str) else None
    if code is None:
        return Flaw("bad_severity", "properties.severity", f"severity must be one of {', '.join(SEVERITY_CODE)}.")
    return code


def _offer(stated: object) -> str:
    """The offer's name; `offer` where one was made that has none, as in the outcome."""
    name = stated if isinstance(stated, str) else names.SOME_OFFER if stated is True else ""
    return name.replace("\x00", "")[:MAX_NAME]
