"""A file of the console: taken in at once, or only looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.services.actor import Actor
from experiments.services.import_events.holds import Holds
from experiments.services.import_events.products import look_at_products
from experiments.services.import_events.runs import Surroundings, begin, digest_of, go_on, going_of, notes_of
from experiments.services.import_events.spec import EventSpec
from experiments.services.import_events.tally import Tally
from experiments.store.engines import reading, writing
from experiments.store.intake import runs
from experiments.store.intake.runs import RowProblem

#: Called with results handled, how much of the file was read, and how much there is.
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file; `id` is None in a dry run, `resumed` how many results an earlier start had handled."""

    id: int | None
    report: dict[str, Any]
    problems: tuple[RowProblem, ...]
    resumed: int = 0


def take_in(
    around: Surroundings, path: Path, spec: EventSpec, actor: Actor, *, origin: str = "console", progress: Progress
) -> Taken:
    """Import the file; where an import of the same file and spec was interrupted, go on with it.

    Raises:
        DomainError: the file or the spec cannot be used.
        UnavailableError: the database could not answer; the same call goes on later.
    """
    digest = digest_of(path)
    with writing(around.engine) as session:
        run = begin(session, actor, around.clock(), path=path, spec=spec, digest=digest, origin=origin)
    for reached in go_on(around, run, path, actor):
        progress(reached.done, reached.position, reached.size)
    with reading(around.engine) as session:
        ended = runs.find(session, run.id)
        problems = runs.problems(session, run.id)
    return Taken(run.id, ended.report, tuple(problems), resumed=run.done)


def look(around: Surroundings, path: Path, spec: EventSpec, actor: Actor, *, progress: Progress) -> Taken:
    """Find out what an import would do, without storing anything."""
    if spec.holds is Holds.PRODUCTS:
        report, found = look_at_products(around.engine, path, spec, actor, around.clock())
        return Taken(None, report, tuple(found))
    going = going_of(around, spec, path, Tally(), dry=True)
    problems: list[RowProblem] = []
    for reached in going.batches():
        problems += reached.problems[: max(0, runs.MOST_ERRORS - len(problems))]
        progress(reached.done, reached.position, reached.size)
    return Taken(None, going.tally.plain(notes_of(going.converter)), tuple(problems))
