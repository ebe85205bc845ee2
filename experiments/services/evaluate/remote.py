"""The answers of one request: eligibility frozen at the first evaluation, the draw by the SDK's own core.

Nothing is logged here: the exposure is the caller's to log, when the variant is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Engine

from experiments.domain.environment import Environment
from experiments.domain.experiment import UnitKind
from experiments.domain.ids import hash_id
from experiments.services.evaluate.answer import Answer, Answers
from experiments.services.evaluate.edition import Edition, LiveTest, edition_of
from experiments.services.evaluate.eligible import Case, excluded_by, read_facts, settle
from experiments.services.evaluate.question import Question
from experiments.services.ingest.availability import answering
from experiments.store import eligibility
from experiments.store.eligibility import Frozen
from experiments.store.engines import reading
from netlift.evaluation import evaluate
from netlift.result import Result

#: The reason of a unit that takes part in the test.
SPLIT = "SPLIT"


def evaluate_remote(engine: Engine, question: Question, *, id_key: bytes, now: int) -> Answers:
    """The tests asked for, else all whose rules need facts that a browser must not hold.

    Raises:
        UnavailableError: the database could not answer.
    """
    return _evaluate(engine, question, id_key, now, remote_only=question.experiments is None)


def evaluate_all(engine: Engine, question: Question, *, id_key: bytes, now: int) -> Answers:
    """The tests asked for, else every published one.

    Raises:
        UnavailableError: the database could not answer.
    """
    return _evaluate(engine, question, id_key, now, remote_only=False)


def _evaluate(engine: Engine, question: Question, id_key: bytes, now: int, *, remote_only: bool) -> Answers:
    with answering(), reading(engine) as session:
        edition = edition_of(session, engine, question.environment)
        keys = _asked(edition, question, remote_only)
        cases = _cases(session.connection(), edition, question, keys, id_key, now)
        freezing = [case for case in cases.values() if _freezes(edition, question.environment, case.test.key)]
        found = eligibility.find(session.connection(), (case.place for case in freezing))
    settled = settle(engine, found, freezing, now)
    version = edition.server_version if question.server else edition.version
    return Answers(version, tuple(_answer(edition, question, key, cases.get(key), settled) for key in keys))


def _asked(edition: Edition, question: Question, remote_only: bool) -> list[str]:
    if question.experiments is not None:
        return list(dict.fromkeys(question.experiments))
    known = edition.ruled.experiments.values()
    keys = [experiment.key for experiment in known if experiment.remote or not remote_only]
    return [key for key in keys if _may_see(question, edition.tests.get(key))]


def _may_see(question: Question, test: LiveTest | None) -> bool:
    """What agents are to say is no business of whoever has a public key."""
    return question.server or test is None or test.unit is not UnitKind.AGENT


def _cases(
    connection: Connection, edition: Edition, question: Question, keys: Iterable[str], id_key: bytes, now: int
) -> dict[str, Case]:
    """What must be decided on private facts, by test; nothing where nobody knows who the customer is."""
    customer = hash_id("customer", question.customer, id_key) if question.known else None
    units = {} if customer is None else dict(_units(edition, question, keys, id_key))
    if customer is None or not units:
        return {}
    facts, stated = read_facts(connection, customer, edition, now), question.public
    return {
        key: Case(
            edition.tests[key],
            unit,
            excluded_by(edition, edition.tests[key], facts, stated, now),
            _drawn(edition, question, key),
        )
        for key, unit in units.items()
    }


def _drawn(edition: Edition, question: Question, key: str) -> str:
    """The variant the test itself gives a unit; "" where it is not enrolled, held out or shipped to."""
    result = evaluate(edition.drawn, key, question.unit(edition.tests[key].unit))
    return result.variant or "" if result.reason == SPLIT else ""


def _units(edition: Edition, question: Question, keys: Iterable[str], id_key: bytes) -> Iterable[tuple[str, int]]:
    """The hash of the unit, for each test that needs private facts and lets anybody in."""
    for key in keys:
        experiment = edition.ruled.experiments.get(key)
        if experiment is not None and experiment.remote and experiment.accepting:
            kind = edition.tests[key].unit
            unit = hash_id(kind.value, question.unit(kind), id_key)
            if unit is not None:
                yield key, unit


def _freezes(edition: Edition, environment: Environment, key: str) -> bool:
    """What measures nothing freezes nothing.

    That is a rehearsal, whose audience may still be edited within its phase, and a roll-out without a holdback
    beside which nobody is in the test any more: whoever may have the winner today gets it today.
    """
    if environment is not Environment.PRODUCTION:
        return False
    rollout = edition.ruled.experiments[key].rollout
    return rollout is None or rollout.keep or rollout.holdback_edge > 0


def _answer(edition: Edition, question: Question, key: str, case: Case | None, settled: Mapping[int, Frozen]) -> Answer:
    test = edition.tests.get(key)
    if test is None or not _may_see(question, test):
        return Answer(key, edition.ruled.unknown)
    unit = question.unit(test.unit)
    control = edition.ruled.experiments[key].answers.no_unit
    if case is None:
        result, suppressed = evaluate(edition.ruled, key, unit, question.public), False
    else:
        result, suppressed = _decided(edition, question.environment, key, unit, case, settled)
    return Answer(key, result, suppressed, control, unit, test)


def _decided(
    edition: Edition, environment: Environment, key: str, unit: str | None, case: Case, settled: Mapping[int, Frozen]
) -> tuple[Result, bool]:
    """The result on what is frozen, and whether the facts of this moment forbid showing it."""
    answers = edition.ruled.experiments[key].answers
    if not _freezes(edition, environment, key):
        return (answers.audience if case.excluded else evaluate(edition.drawn, key, unit)), False
    frozen = settled.get(case.test.phase_id)
    if frozen is None:
        return answers.remote, False
    if not frozen.eligible:
        return answers.audience, False
    result = evaluate(edition.drawn, key, unit)
    return result, bool(result.exposure and case.excluded)
