"""What people do in the demo, and when: create, launch, stop and ship its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from sqlalchemy import Engine

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.rollout import RollOut
from experiments.services import decide, experiments, launch, returns
from experiments.services.actor import Actor
from experiments.services.demo.asking import Desk
from experiments.services.demo.calendar import Calendar
from experiments.services.demo.callers import Callers
from experiments.services.demo.designs import Design
from experiments.services.demo.desk_designs import ALL, CALL_OFFER, CALL_OFFER_COST, DESK_STREAMING
from experiments.services.demo.messages import Message
from experiments.services.demo.people import People
from experiments.services.demo.plans import plan_of
from experiments.services.demo.visits import visits
from experiments.services.publish import published_config
from experiments.services.sessions import reading, writing
from netlift.config import Config, parse_config

EMAIL = "demo@netlift.example"
#: Who does everything in the demo.
OWNER = Actor(EMAIL, UserRole.ADMIN)
CREATED_BEFORE, CREATED_AT, MOVED_AT = 1, 15, 9
HOLDBACK = 0.05
SHIPPED = "Both conditions are met; five in a hundred are held back, to see what remains of it."


class Deed(NamedTuple):
    """One thing that is done to one test."""

    at: int
    what: str
    design: Design


def deeds(calendar: Calendar) -> list[Deed]:
    """Everything people do, in order."""
    found = []
    for design in ALL:
        found.append(Deed(calendar.ago(design.launch_ago + CREATED_BEFORE, CREATED_AT), "create", design))
        found.append(Deed(calendar.ago(design.launch_ago, MOVED_AT), "launch", design))
        if design.stop_ago is not None:
            found.append(Deed(calendar.ago(design.stop_ago, MOVED_AT), "stop", design))
        if design.decided_ago is not None:
            found.append(Deed(calendar.ago(design.decided_ago, MOVED_AT), "ship", design))
    return sorted(found, key=lambda deed: deed.at)


@dataclass(frozen=True)
class Story:
    """Does the deeds; a launch, and a decision to ship, tell which messages they lead to."""

    engine: Engine
    calendar: Calendar
    people: People
    callers: Callers
    desk: Desk
    currency: str
    seed: int
    scale: float

    def do(self, deed: Deed) -> Iterator[Message]:
        """Do it, and return what customers do because of it."""
        if deed.what == "create":
            self._create(deed)
        elif deed.what == "stop":
            with writing(self.engine) as session:
                launch.stop(session, OWNER, deed.at, deed.design.key, reason=deed.design.why)
        elif deed.what == "ship":
            return self._ship(deed)
        else:
            return self._launch(deed)
        return iter(())

    def _create(self, deed: Deed) -> None:
        design = deed.design
        definition = replace(design.definition(EMAIL), plan=plan_of(design, self.currency))
        with writing(self.engine) as session:
            experiments.create(session, OWNER, deed.at, definition, salt=design.salt)

    def _launch(self, deed: Deed) -> Iterator[Message]:
        design, calendar = deed.design, self.calendar
        with writing(self.engine) as session:
            launch.launch(session, OWNER, deed.at, design.key, reason=design.launch_reason)
        if design is DESK_STREAMING:
            self.desk.ask_from(deed.at)
            return iter(())
        if design is CALL_OFFER:
            return self.callers.test(self._config(), deed.at, calendar.ago(design.stop_ago or 0, MOVED_AT))
        random = np.random.default_rng([self.seed, ALL.index(design)])
        stopped_at = calendar.end if design.stop_ago is None else calendar.ago(design.stop_ago, MOVED_AT)
        return visits(random, calendar, design, self.people, self._config(), deed.at, stopped_at, self.scale)

    def _ship(self, deed: Deed) -> Iterator[Message]:
        key, rollout = deed.design.key, RollOut(deed.design.variant.key, holdback=HOLDBACK)
        with writing(self.engine) as session:
            decide.decide(session, OWNER, deed.at, key, decide.Choice.SHIP, rollout=rollout, reason=SHIPPED)
            returns.set_cost(session, OWNER, deed.at, key, CALL_OFFER_COST)
        return self.callers.roll_out(self._config(), deed.at)

    def _config(self) -> Config:
        with reading(self.engine) as session:
            published = published_config(session, Environment.PRODUCTION, private=True)
        return parse_config(published.document)
