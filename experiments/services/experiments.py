"""Experiments before launch: look them up, create, change and clone them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import DomainError, UnreadableError
from experiments.domain.experiment import Experiment, Status
from experiments.domain.phase import SALT_BYTES
from experiments.domain.plan import Plan
from experiments.services import agent_tests, audit, changing, describe
from experiments.services.actor import Actor
from experiments.services.catalogue import layer_by_key
from experiments.services.definitions import Definition
from experiments.services.metrics import check_known, metric_by_key
from experiments.store.catalogue import experiments
from experiments.store.catalogue.families import all_families

T = TypeVar("T")
_log = logging.getLogger(__name__)
#: What a session, which reads one snapshot, has left out.
_DAMAGED = "netlift.unreadable"


def by_key(session: Session, key: str) -> Experiment:
    """The experiment; raises NotFoundError."""
    return changing.load(session, key)


def all_experiments(session: Session, statuses: Iterable[Status] | None = None) -> tuple[Experiment, ...]:
    """Experiments in the given states, newest first; None = every state.

    One whose stored values are damaged is left out, so that it takes no list down; `unreadable` names it. What must
    not act without knowing every test (a launch, a change of a layer) reads them from the store instead.
    """
    found, damaged = experiments.readable(session, statuses)
    seen: dict[str, UnreadableError] = session.info.setdefault(_DAMAGED, {})
    seen.update({error.key: error for error in damaged})
    return found


def unreadable(session: Session) -> tuple[UnreadableError, ...]:
    """Tests whose stored values are damaged: those this session has left out, all of them where it read no tests.

    Damaged reports are known only where somebody has read them, by `attempt`.
    """
    if _DAMAGED not in session.info:
        all_experiments(session)
    return tuple(session.info[_DAMAGED].values())


def attempt(session: Session, test: Experiment, read: Callable[[Experiment], T]) -> T | None:
    """What `read` tells of a test from its stored reports; None where they are damaged, and `unreadable` names it."""
    try:
        return read(test)
    except Exception as error:  # damaged values raise whatever their types raise
        told = isinstance(error, DomainError | SQLAlchemyError)
        if told and not isinstance(error, UnreadableError):
            raise
        _log.error("A stored report of %s cannot be read", test.key, exc_info=error)
        seen: dict[str, UnreadableError] = session.info.setdefault(_DAMAGED, {})
        seen[test.key] = UnreadableError(test.key, test.name, type(error).__name__)
        return None


def new_salt() -> str:
    """Random and stored: never made from a name, which people edit."""
    return secrets.token_urlsafe(SALT_BYTES)


def create(session: Session, actor: Actor, now: int, definition: Definition, *, salt: str | None = None) -> Experiment:
    """Add a draft.

    Args:
        salt: a given one where the assignment must come out the same again, as in the demo; None = a random one.

    Raises:
        ConflictError: the key is taken.
        DomainError: a metric or the layer does not exist.
    """
    actor.require(Right.EDIT)
    _check_references(session, definition)
    draft = definition.draft(salt or new_salt(), now)
    experiments.add(session, draft)
    audit.record(session, actor, now, "create", changing.NOUN, draft.key, after=describe.experiment(draft))
    return draft


def update(
    session: Session,
    actor: Actor,
    now: int,
    key: str,
    definition: Definition,
    *,
    revision: int,
    reason: str = "",
) -> Experiment:
    """Replace the definition of a draft or of a test in rehearsal.

    Args:
        revision: the one the editor started from, so that two of them do not overwrite each other.

    Raises:
        ConflictError: launched already (`frozen`), or changed in between (`stale`).
        DomainError: the key differs, or a metric or the layer does not exist.
    """
    actor.require(Right.EDIT)
    before = changing.load(session, key, revision)
    before.check_editable()
    _check_same_key(key, definition)
    _check_references(session, definition)
    after = _redefined(before, definition)
    return changing.save(session, actor, now, "change", before, after, reason)


def set_plan(
    session: Session, actor: Actor, now: int, key: str, plan: Plan, *, revision: int | None = None
) -> Experiment:
    """Keep a plan as it was calculated and shown; until launch it may be replaced.

    A calculation knows nothing of what the offer promotes: that declaration stays where the new plan has none.
    """
    actor.require(Right.EDIT)
    before = changing.load(session, key, revision)
    before.check_editable()
    plan = replace(plan, net=plan.net or before.plan.net)
    return changing.save(session, actor, now, "plan", before, replace(before, plan=plan))


def clone(session: Session, actor: Actor, now: int, key: str, *, new_key: str, name: str | None = None) -> Experiment:
    """Add a draft with the same definition, a salt of its own and the newest version of each metric."""
    actor.require(Right.EDIT)
    source = by_key(session, key)
    uses = tuple(replace(use, version=None) for use in source.metrics)
    definition = replace(
        Definition.of(source), key=new_key, name=name or f"{source.name} (copy)", metrics=uses, owner=actor.person
    )
    return create(session, actor, now, definition)


def _redefined(before: Experiment, definition: Definition) -> Experiment:
    fresh = definition.draft(before.phase.salt, before.created_at)
    same_plan = replace(before.plan, sizing={}) == fresh.plan
    return replace(
        fresh,
        plan=before.plan if same_plan else fresh.plan,  # the record of the calculation belongs to its plan
        status=before.status,
        imported=before.imported,
        revision=before.revision,
    )


def _check_same_key(key: str, definition: Definition) -> None:
    if definition.key != key:
        raise DomainError(
            "out_of_range", f"key == {definition.key!r}, must stay {key!r}; clone the test instead.", "key"
        )


def _check_references(session: Session, definition: Definition) -> None:
    check_known(session, definition.metrics, definition.unit)
    agent_tests.check(definition, [metric_by_key(session, use.metric, use.version) for use in definition.metrics])
    _check_families(session, definition.plan)
    if definition.layer is not None:
        layer_by_key(session, definition.layer.layer)


def _check_families(session: Session, plan: Plan) -> None:
    if plan.net is None:
        return
    known = {family.key for family in all_families(session)}
    for name, chosen in (("promoted", plan.net.promoted), ("protected", plan.net.protected)):
        for key in chosen.families:
            if key not in known:
                field = f"plan.net.{name}.families"
                raise DomainError("unknown_choice", f"{field} holds {key!r}, is no product family.", field)
