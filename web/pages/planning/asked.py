"""What an address or a form of the planner asks, read: metrics, the question, and what history said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.services import experiments
from experiments.services.clock import now_us
from experiments.services.metrics import all_metrics
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.measured import measuring_bar
from web.pages.planning.measuring import copied, found_in, read_asked, refused
from web.pages.planning.options import Question, address_of, read_question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.domain.metric import Metric
    from experiments.services.measuring import Measured
    from web.pages.fields import Form
    from web.pages.measured import Measurement


@dataclass
class Asked:
    """What an address or a form asks, read."""

    form: Form
    metrics: Sequence[Metric]
    question: Question
    tests: list[tuple[str, str]]
    measured: Measured | None
    measurement: Measurement | None

    @property
    def address(self) -> str:
        """The filled fields as a query."""
        return address_of(self.form)


def read(form: Form) -> Asked:
    """Read the fields, calculate, and look what history said."""
    currency = deployment().settings.currency
    with reading(deployment().engine) as session:
        metrics = all_metrics(session)
        tests = [(test.key, test.name) for test in experiments.all_experiments(session) if not test.imported]
        measured, found = found_in(session, form, metrics, currency)
    lend = (lambda sizing: sizing) if found is None else (lambda sizing: found.lend(sizing, form.text))
    question = read_question(form, metrics, currency, lend)
    if measured is not None and measured.state == "failed":
        refused(form, measured)
    return Asked(form, metrics, question, tests, measured, found)


def history_values(asked: Asked) -> dict[str, Any]:
    """What was measured, how far it is, and for which audience."""
    found, measured = asked.measurement, asked.measured
    again = None if measured is None else read_asked(copied(asked.form))
    same = measured is None or again is None or again.lookback == measured.asked.lookback
    return {
        "tests": asked.tests,
        "found": found,
        "notes": {} if found is None else found.notes,
        "own": set() if found is None else found.own(asked.form.text),
        "other_audience": not same,
        "bar": None if measured is None else measuring_bar(measured, now_us()),
        "forgotten": bool(asked.form.text("measured")) and measured is None,
    }
