"""How many visitors are seen again at all once browsers may have forgotten their ids."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from experiments.decision.formats import count, percent
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Metric
from experiments.store.moments import MomentsRequest
from experiments.store.moments.request import DAY
from experiments.store.moments.returning import seen_again

#: Windows beyond this on visitors meet browsers that cap how long a script may keep an id.
COOKIE_DAYS = 7


def returning_note(
    session: Session, experiment: Experiment, metrics: Iterable[Metric], request: MomentsRequest
) -> tuple[str, ...]:
    """A sentence with the measured share of visitors who came back; nothing where windows are short, or of others."""
    longest = max((metric.window_days for metric in metrics), default=0)
    if experiment.unit is not UnitKind.VISITOR or longest <= COOKIE_DAYS:
        return ()
    found = seen_again(session, request, COOKIE_DAYS * DAY, longest * DAY)
    told = [
        f"{percent(again / units)} of {count(units)} in {variant.name}"
        for place, variant in enumerate(experiment.phase.variants)
        for units, again in [found.get(place, (0, 0))]
        if units
    ]
    measured = f"Seen again after day {COOKIE_DAYS}: {', '.join(told)}." if told else "Nobody's window has closed yet."
    return (
        f"Visitors are counted for {longest} days; browsers that cap script storage keep an id about "
        f"{COOKIE_DAYS} days, so some later sales are not matched, in all variants alike. {measured}",
    )
