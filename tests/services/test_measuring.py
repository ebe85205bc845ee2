"""A look back that somebody asks for is measured by the worker, told step by step, and equal to one made at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.experiment import UnitKind
from experiments.services import measuring
from experiments.services.clock import DAY, MINUTE
from experiments.services.history import STEPS, Lookback, look_back
from experiments.services.history_question import shortened
from experiments.services.measuring import Asked, Measured
from experiments.services.metrics import ensure_default_metrics
from experiments.services.sessions import reading, writing
from tests.history_world import AUDIENCE, UNTIL, WITH_TV, micros, past_in
from tests.scenes import EDITOR

NOW = micros(UNTIL)
ON_TV_PAGES = Lookback(page="/tv/*", holds=("mobile",), lacks=("tv",))
SALES = Asked(("cross-sell", "up-sell"), ON_TV_PAGES)


@pytest.fixture(scope="module")
def past(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with past_in(tmp_path_factory.mktemp("measuring"), sqlite_template) as engine:
        yield engine


def ask(engine: Engine, asked: Asked = SALES, now: int = NOW, *, anew: bool = False) -> Measured:
    with writing(engine) as session:
        return measuring.ask(session, EDITOR, now, asked, anew=anew)


def named(engine: Engine, name: str) -> Measured:
    with reading(engine) as session:
        return measuring.by_name(session, name)


def test_the_worker_finds_what_a_look_back_at_once_finds(past: Engine) -> None:
    first = ask(past)
    assert (first.state, first.history, first.usual) == ("waiting", None, None)
    assert ask(past, now=NOW + 1).name == first.name
    assert measuring.serve(past, NOW + 2)
    assert not measuring.serve(past, NOW + 3)
    found = named(past, first.name)
    with reading(past) as session:
        at_once = look_back(session, SALES.metrics, ON_TV_PAGES, NOW + 2)
    assert found.state == "done"
    assert found.history == at_once
    assert found.to_dict()["history"] == at_once.to_dict()


def test_a_recent_answer_is_given_again_until_somebody_wants_it_anew(past: Engine) -> None:
    asked = replace(SALES, metrics=("up-sell",))
    first = ask(past, asked)
    measuring.serve(past, NOW)
    finished = named(past, first.name).finished_at
    assert finished is not None
    assert ask(past, asked, finished + 6 * DAY).name == first.name
    later = ask(past, asked, finished + DAY, anew=True)
    assert (later.name != first.name, later.state) == (True, "waiting")
    assert later.usual is not None
    with reading(past) as session:
        answered = measuring.newest(session, asked, done=True)
        running = measuring.newest(session, asked)
    assert answered is not None
    assert running is not None
    assert (answered.name, running.name) == (first.name, later.name)
    measuring.serve(past, NOW)
    assert ask(past, asked, finished + 9 * DAY).state == "waiting"
    measuring.serve(past, NOW)


def test_it_is_told_what_the_worker_is_at(past: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(SALES, metrics=("contacts",))
    first = ask(past, asked)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("experiments.services.history._curve", killed)
        with pytest.raises(KeyboardInterrupt):
            measuring.serve(past, NOW)
    left = named(past, first.name)
    assert (left.state, left.done, left.step, left.total) == ("running", 2, STEPS[2], 3)
    assert left.since is not None
    assert measuring.serve(past, NOW + 1)  # what a killed worker left is taken up
    assert named(past, first.name).state == "done"


def test_the_worker_gives_up_on_what_takes_too_long(past: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(SALES, metrics=("all-sales",))
    first = ask(past, asked)
    with monkeypatch.context() as patched:
        patched.setattr("experiments.services.measuring.worker.MOST_SECONDS", 0.0)
        measuring.serve(past, NOW)
    found = named(past, first.name)
    assert (found.state, found.field) == ("failed", "days")
    assert "needed too long" in found.reason
    with reading(past) as session:  # the connection goes on without the limit
        assert look_back(session, asked.metrics, asked.lookback, NOW).units == AUDIENCE


def test_days_that_events_do_not_reach_are_shortened_where_that_was_asked(past: Engine) -> None:
    long = replace(ON_TV_PAGES, days=60)
    refused = ask(past, replace(SALES, lookback=long))
    measuring.serve(past, NOW)
    found = named(past, refused.name)
    assert (found.state, found.field) == ("failed", "days")
    assert "Look back over fewer days" in found.reason
    fitting = ask(past, replace(SALES, lookback=long, shorten=True))
    measuring.serve(past, NOW)
    history = named(past, fitting.name).history
    assert history is not None
    assert history.lookback.days == 28
    with reading(past) as session:
        assert shortened(session, SALES.metrics, ON_TV_PAGES, NOW) == ON_TV_PAGES


def test_one_of_several_families_is_enough_where_that_was_asked(past: Engine) -> None:
    def units(**audience: tuple[str, ...]) -> int:
        with reading(past) as session:
            return look_back(session, ("all-sales",), Lookback(page="/tv/*", **audience), NOW).units

    everyone = AUDIENCE + WITH_TV  # nobody holds broadband, those with a TV hold a phone too
    assert units(holds_any=("mobile", "broadband")) == units(holds_any=("tv", "mobile")) == everyone
    assert units(holds_any=("mobile", "broadband"), lacks=("tv",)) == AUDIENCE
    for audience in ({"holds": ("mobile", "broadband")}, {"holds_any": ("broadband",)}):
        with pytest.raises(DomainError, match="hardly any"):
            units(**audience)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (replace(SALES, lookback=replace(ON_TV_PAGES, page="/tvs/*")), "page"),
        (replace(SALES, lookback=replace(ON_TV_PAGES, lacks=("radio",))), "holdings_not"),
        (replace(SALES, lookback=replace(ON_TV_PAGES, holds=(), holds_any=("radio",))), "holdings_any"),
        (replace(SALES, lookback=replace(ON_TV_PAGES, until=NOW + DAY)), "until"),
    ],
)
def test_what_can_be_refused_at_once_is(past: Engine, asked: Asked, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        ask(past, asked)
    assert refused.value.field == field


def test_without_events_it_is_refused_and_asked_again_after_a_while(engine: Engine) -> None:
    asked = Asked(("cross-sell",), Lookback(unit=UnitKind.VISITOR))
    with writing(engine) as session:
        ensure_default_metrics(session, NOW)
    with pytest.raises(NotFoundError):
        ask(engine, replace(asked, metrics=("nothing",)))
    first = ask(engine, asked)
    measuring.serve(engine, NOW)
    found = named(engine, first.name)
    assert (found.state, found.history) == ("failed", None)
    assert found.reason.startswith("No visitors were seen anywhere")
    assert found.finished_at is not None
    assert ask(engine, asked, found.finished_at + MINUTE).name == first.name
    assert ask(engine, asked, found.finished_at + 11 * MINUTE).name != first.name
    assert measuring.forget_old(engine, NOW + DAY) == 0
    assert measuring.forget_old(engine, found.finished_at + 800 * DAY) == 2
    with pytest.raises(NotFoundError), reading(engine) as session:
        measuring.by_name(session, first.name)


def test_no_more_wait_than_the_worker_may_be_kept_with(engine: Engine) -> None:
    with writing(engine) as session:
        ensure_default_metrics(session, NOW)
    for days in range(measuring.MOST_WAITING):
        ask(engine, Asked(("cross-sell",), Lookback(days=7 + days)))
    with pytest.raises(ConflictError):
        ask(engine, Asked(("cross-sell",), Lookback(days=100)))


def test_a_question_is_read_from_its_document() -> None:
    asked = Asked(
        ("cross-sell",),
        Lookback(UnitKind.VISITOR, 14, NOW, ("mobile",), ("tv",), "/tv", 7, ("broadband",)),
        shorten=True,
    )
    assert Asked.of(asked.to_dict()) == asked
    assert Asked.of(asked.to_dict()).id == asked.id
    for metrics in ((), ("cross-sell", "cross-sell"), tuple("abcdefg")):
        with pytest.raises(DomainError, match="metrics"):
            replace(asked, metrics=metrics)
