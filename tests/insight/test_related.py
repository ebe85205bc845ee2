"""One sentence from the facts of past tests near a plan."""

from __future__ import annotations

from experiments.insight.related import Near, near, sentence
from tests.insight.past import metric, past

TV = Near("tv-pages", "", ("tv",))


def test_three_tests_on_a_journey_told_together() -> None:
    rows = [("better", "holds"), ("better", "holds"), ("not_shown", "not_shown")]
    tests = [
        past(f"t{i}", journey="tv-pages", metrics=(metric("up-sell", guard), metric(verdict=goal)))
        for i, (goal, guard) in enumerate(rows)
    ]
    told = sentence(near(tests, TV), TV, "TV pages")
    assert told == (
        "Three tests on TV pages: cross-sell orders rose in two of three; no change of up-sell orders was shown."
    )


def test_both_directions_and_lower_is_better() -> None:
    contacts = metric("contacts", "broken", direction=-1)
    tests = [past("a", journey="tv-pages", metrics=(metric(verdict="worse"), contacts))]
    assert sentence(tests, TV, "TV pages") == "One test on TV pages: cross-sell orders fell; contacts orders rose."
    tests.append(past("b", journey="tv-pages", metrics=(metric(verdict="better"),)))
    assert "cross-sell orders rose in one of two and fell in one of two" in sentence(tests, TV, "TV pages")


def test_the_nearest_are_chosen() -> None:
    same = past("same", journey="tv-pages", template="Entry text", metrics=(metric(),))
    place, kind = past("place", journey="tv-pages"), past("kind", template="entry text")
    family = past("family", families=("tv",))
    every = [family, kind, place, same]
    asked = Near("tv-pages", "entry text", ("tv",))
    assert near(every, asked) == (same,)
    assert near([family, kind, place], asked) == (place,)
    assert near([family, kind], asked) == (kind,)
    assert near([family], asked) == (family,)
    assert near(every, Near()) == ()
    assert sentence(near(every, asked), asked, "TV pages").startswith("One test of the kind “entry text” on TV pages:")
    assert sentence((family,), asked, families=["TV"]) == "One test with offers of TV: no verdict on any metric."
    assert sentence((), asked) == ""
