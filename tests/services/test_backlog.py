"""Ideas on both databases: put in by everybody, ranked by their numbers, moved with a reason, started as drafts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.experiment import Status
from experiments.domain.idea import Idea, IdeaStatus, Origin, Season
from experiments.domain.schedule import DAY
from experiments.services import audit
from experiments.services.backlog import ideas
from experiments.services.backlog.calendar import calendar
from experiments.services.backlog.ranking import backlog
from experiments.services.backlog.start import start
from experiments.services.clock import local_day
from experiments.services.sessions import writing
from tests.scenes import EDITOR, NOW, VIEWER, running, seed

UTC = ZoneInfo("UTC")
IDEA = Idea(
    "Entry text", "Shorter words sell.", layer="tv-pages", traffic_per_week=90_000, baseline=0.03, effect=0.1,
    value=240, guardrail="up-sell", guardrail_baseline=0.04, guardrail_margin=0.08,
)  # fmt: skip


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        seed(session)
        yield session


def test_everybody_suggests_and_only_editors_do_more(session: Session) -> None:
    held = ideas.suggest(session, VIEWER, NOW, "Say it in the chat", "They ask", "20 a day")
    assert (held.idea.origin, held.who, held.status) == (Origin.STAFF, VIEWER.name, IdeaStatus.OPEN)
    for act in (
        lambda: ideas.add(session, VIEWER, NOW, IDEA),
        lambda: ideas.change(session, VIEWER, NOW, held.id, IDEA),
        lambda: ideas.place(session, VIEWER, NOW, held.id, 1, "Mine"),
        lambda: ideas.archive(session, VIEWER, NOW, held.id),
        lambda: start(session, VIEWER, NOW, held.id, "EUR"),
        lambda: ideas.add_season(session, VIEWER, NOW, Season("A", "2026-12-01", "2026-12-02")),
    ):
        with pytest.raises(ForbiddenError):
            act()
    (one,) = backlog(session, NOW).listed
    assert one.priority is None
    assert one.sized.why.startswith("Missing: traffic a week, ")


def test_the_order_is_by_value_and_moves_keep_their_reason(session: Session) -> None:
    small = ideas.add(session, EDITOR, NOW, replace(IDEA, title="Small", value=10))
    large = ideas.add(session, EDITOR, NOW, IDEA)
    bare = ideas.add(session, EDITOR, NOW, Idea("Bare"))
    assert [one.held.id for one in backlog(session, NOW).listed] == [large.id, small.id, bare.id]
    assert backlog(session, NOW).priors["cross-sell"].source == "default"
    moved = ideas.place(session, EDITOR, NOW, bare.id, 1, "The board wants it")
    assert [one.held.id for one in backlog(session, NOW).listed] == [bare.id, large.id, small.id]
    assert audit.history(session, noun="idea", key=str(bare.id))[0].reason == "The board wants it"
    with pytest.raises(DomainError, match="reason is empty"):
        ideas.place(session, EDITOR, NOW, bare.id, 2, " ")
    with pytest.raises(DomainError, match="place == 0"):
        ideas.place(session, EDITOR, NOW, bare.id, 0, "First of all")
    back = ideas.place(session, EDITOR, NOW, bare.id, None, "Changed our minds")
    assert (moved.place, back.place) == (1, None)
    assert [one.held.id for one in backlog(session, NOW).listed] == [large.id, small.id, bare.id]


def test_an_idea_whose_goal_is_as_good_as_sure_is_valued(session: Session) -> None:
    """A large effect beside a guardrail that needs fifty times its units: it stood below all others, without a word."""
    held = ideas.add(session, EDITOR, NOW, replace(IDEA, effect=0.9))
    (one,) = backlog(session, NOW).listed
    assert (one.held.id, one.sized.why) == (held.id, "")
    assert one.priority is not None
    assert one.priority.value > 0


def test_changed_archived_restored(session: Session) -> None:
    held = ideas.add(session, EDITOR, NOW, replace(IDEA, origin=Origin.LEARNING, source="/learnings/1"))
    changed = ideas.change(session, EDITOR, NOW, held.id, replace(IDEA, value=300), revision=1)
    assert (changed.revision, changed.idea.value, changed.idea.origin) == (2, 300, Origin.LEARNING)
    with pytest.raises(ConflictError, match="somebody changed it"):
        ideas.change(session, EDITOR, NOW, held.id, IDEA, revision=1)
    ideas.archive(session, EDITOR, NOW, held.id)
    assert backlog(session, NOW).listed == ()
    with pytest.raises(ConflictError, match="only an open idea"):
        ideas.change(session, EDITOR, NOW, held.id, IDEA)
    assert ideas.restore(session, EDITOR, NOW, held.id).status is IdeaStatus.OPEN
    for wrong in (replace(IDEA, goal="gone"), replace(IDEA, layer="gone"), replace(IDEA, families=("gone",))):
        with pytest.raises(DomainError):
            ideas.add(session, EDITOR, NOW, wrong)


def test_a_draft_from_an_idea_has_its_plan_and_a_free_stretch(session: Session) -> None:
    running(session, layer={"key": "tv-pages", "start": 0.0, "end": 0.5})
    held = ideas.add(session, EDITOR, NOW, replace(IDEA, layer_share=0.5))
    draft = start(session, EDITOR, NOW, held.id, "EUR")
    assert (draft.status, draft.key, draft.name) == (Status.DRAFT, "entry-text", "Entry text")
    assert draft.hypothesis == "Shorter words sell."
    assert draft.missing_for_launch() == ()
    assert draft.phase.layer is not None
    assert (draft.phase.layer.start, draft.phase.layer.end) == (0.5, 1.0)
    found = ideas.by_id(session, held.id)
    assert (found.status, found.experiment) == (IdeaStatus.STARTED, "entry-text")
    with pytest.raises(ConflictError):
        start(session, EDITOR, NOW, held.id, "EUR")
    ideas.restore(session, EDITOR, NOW, held.id)
    assert start(session, EDITOR, NOW, held.id, "EUR").key == "entry-text-2"


def test_the_calendar_lays_ideas_around_what_runs(session: Session) -> None:
    running(session, layer={"key": "tv-pages", "start": 0.0, "end": 1.0})
    held = ideas.add(session, EDITOR, NOW, IDEA)
    season = ideas.add_season(session, EDITOR, NOW, Season("Sale", "2026-10-01", "2026-11-30"))
    bars = {bar.id: bar for found in calendar(session, NOW + DAY, UTC).lanes.values() for bar in found}
    runs, planned = bars["tv-entry"], bars[str(held.id)]
    assert planned.start.weekday() == 0
    assert planned.start >= runs.recruits_until
    assert planned.start.isoformat() > "2026-11-30"
    ideas.delete_season(session, EDITOR, NOW, season)
    bars = {bar.id: bar for found in calendar(session, NOW + DAY, UTC).lanes.values() for bar in found}
    assert local_day(NOW, UTC) < bars[str(held.id)].start < planned.start
    with pytest.raises(NotFoundError):
        ideas.delete_season(session, EDITOR, NOW, season)


def test_a_document_comes_back_as_it_went_in(session: Session) -> None:
    held = ideas.add(session, EDITOR, NOW, replace(IDEA, not_before="2026-12-01", half_life_weeks=20.0))
    told = {name: value for name, value in ideas.describe(held).items() if name in ideas.FIELDS}
    assert ideas.read_idea(told) == held.idea


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"), ({"effect": 0}, "effect"), ({"layer_share": 1.5}, "layer_share"),
        ({"not_before": "soon"}, "not_before"), ({"not_before": "2026-02-02", "not_after": "2026-02-01"}, "not_after"),
        ({"source": "https://elsewhere"}, "source"), ({"guardrail_margin": 2}, "guardrail_margin"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        ideas.read_idea({"title": "An idea", **change})
    assert refused.value.field == field
