"""Learnings that other tests contradict or that are old are flagged."""

from __future__ import annotations

from experiments.domain.learning import Evidence, Stance
from experiments.insight.related import Near
from experiments.insight.retest import OLD_DAYS, flags
from tests.insight.past import DAY, metric, past

ABOUT = Near("tv", "", ("tv",))
OWN = past("own", journey="tv", families=("tv",), metrics=(metric(verdict="better"),))
FOR_IT = (Evidence("own", Stance.FOR),)


def test_nothing_speaks_against_a_fresh_one() -> None:
    assert flags(FOR_IT, OWN, [OWN], ABOUT, OWN.ended_at, OWN.ended_at + DAY) == ()


def test_evidence_against_it() -> None:
    other = past("other", gain=-0.05)
    (flag,) = flags((*FOR_IT, Evidence("other", Stance.AGAINST)), OWN, [OWN, other], ABOUT, 0, OWN.ended_at)
    assert (flag.why, "cross-sell orders −5.0% (−8.9% to −1.1%)" in flag.text) == ("contradicted", True)


def test_a_test_nobody_named_that_came_out_the_other_way() -> None:
    other = past("other", journey="tv", families=("tv",), metrics=(metric(verdict="worse"),))
    assert [flag.why for flag in flags(FOR_IT, OWN, [OWN, other], ABOUT, 0, OWN.ended_at)] == ["contradicted"]
    elsewhere = past("other", journey="shop", families=("tv",), metrics=(metric(verdict="worse"),))
    undecided = past("other", journey="tv", families=("tv",), metrics=(metric(verdict="not_shown"),))
    for harmless in (elsewhere, undecided):
        assert flags(FOR_IT, OWN, [OWN, harmless], ABOUT, 0, OWN.ended_at) == ()


def test_old_unless_a_newer_test_supports_it() -> None:
    now = OWN.ended_at + (OLD_DAYS + 1) * DAY
    assert [flag.why for flag in flags(FOR_IT, OWN, [OWN], ABOUT, OWN.ended_at, now)] == ["old"]
    newer = past("newer", ended_at=now - DAY)
    assert flags((*FOR_IT, Evidence("newer", Stance.FOR)), OWN, [OWN, newer], ABOUT, OWN.ended_at, now) == ()
