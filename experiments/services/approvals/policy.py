"""For what this deployment wants two people."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.approval import Policy
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.store.catalogue import deployment_settings

NAME = "second_person"
NOUN = "setting"


def policy_of(session: Session) -> Policy:
    """What holds today."""
    found = deployment_settings.value(session, NAME)
    return Policy() if found is None else Policy(**found)


def set_policy(session: Session, actor: Actor, now: int, policy: Policy, *, reason: str = "") -> Policy:
    """Change it; for administrators, and written down."""
    actor.require(Right.MANAGE_SETTINGS)
    before = policy_of(session)
    if policy == before:
        return before
    deployment_settings.put(session, NAME, asdict(policy))
    audit.record(session, actor, now, "change", NOUN, NAME, before=asdict(before), after=asdict(policy), reason=reason)
    return policy
