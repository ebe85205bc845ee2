"""What tests cost to run, typed by people, and what they returned."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.experiment import Status
from experiments.domain.run_cost import RunCost
from experiments.insight.returns import Return, return_of
from experiments.services import audit
from experiments.services.actor import Actor
from experiments.services.changing import load
from experiments.services.experiments import all_experiments
from experiments.services.learn.past import past_tests
from experiments.store.catalogue import run_costs

#: Money in which nets are compared with costs is that of the deployment.
WORDS = {
    "ok": "",
    "no_verdict": "It has not ended, or gave no valid effect.",
    "not_decided": "Not decided yet: the net of a year of what is shipped will stand against what it cost.",
    "not_shipped": "Nothing was shipped: what it cost bought knowledge, and no value of a year is counted.",
    "net_not_measured": "The net of the shipped variant was not measured: a partial sum is no net.",
    "no_traffic": "The plan names no traffic per week, so that nothing says how many units a year has.",
    "other_currency": "The net is in another currency than this deployment.",
    "no_cost": "Nobody has typed what running it cost.",
}


@dataclass(frozen=True, slots=True)
class ReturnOfTest:
    """The return of one test; `waits`: nobody has decided yet what is shipped."""

    experiment: str
    name: str
    result: Return
    cost: RunCost | None
    waits: bool = False

    @property
    def why(self) -> str:
        """What is missing, in words; "" where nothing is."""
        return WORDS["not_decided" if self.waits and self.result.status == "not_shipped" else self.result.status]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        cost = None if self.cost is None else {**asdict(self.cost), "total": self.cost.total}
        return {
            "experiment": self.experiment,
            "name": self.name,
            **asdict(self.result),
            "why": self.why,
            "typed": cost,
        }


def set_cost(session: Session, actor: Actor, now: int, key: str, cost: RunCost) -> None:
    """Keep what running a test cost; it may be typed again at any time, the log keeps what was said before.

    Raises:
        NotFoundError: there is no such test.
    """
    actor.require(Right.EDIT)
    load(session, key)
    before = run_costs.find(session, key)
    run_costs.save(session, key, cost, actor.name, now)
    kept = asdict(before) if before else None
    audit.record(session, actor, now, "type cost", "experiment", key, before=kept, after=asdict(cost))


def return_of_test(session: Session, key: str, now: int, currency: str) -> ReturnOfTest:
    """Of one test.

    Raises:
        NotFoundError: there is no such test.
    """
    experiment, cost = load(session, key), run_costs.find(session, key)
    test = past_tests(session, now).find(key)
    waits = experiment.status is Status.STOPPED
    return ReturnOfTest(key, experiment.name, return_of(test, cost, currency), cost, waits)


def returns(session: Session, now: int, currency: str) -> tuple[ReturnOfTest, ...]:
    """Of every valid test that ended, the newest first."""
    costs = run_costs.all_costs(session)
    waiting = {experiment.key for experiment in all_experiments(session, (Status.STOPPED,))}
    return tuple(
        ReturnOfTest(
            test.key, test.title, return_of(test, costs.get(test.key), currency), costs.get(test.key),
            test.key in waiting,
        )
        for test in past_tests(session, now).tests
    )  # fmt: skip
