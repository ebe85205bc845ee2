from __future__ import annotations

import json

from experiments.stats.effect import Effect, NonInferiority, Status


def test_effect_round_trip_through_json() -> None:
    effect = Effect(
        "relative", Status.UNBOUNDED, 0.5, None, None, 0.95, "fieller", None, 1.2, 0.23, 0.01, 0.015, df=8.5
    )
    written = json.loads(json.dumps(effect.to_dict(), allow_nan=False))
    assert written["status"] == "unbounded"
    assert list(written) == [
        "scale", "status", "point", "lo", "hi", "level", "form", "se", "statistic", "p",
        "control", "variant", "df", "few_events",
    ]  # fmt: skip
    assert Effect.from_dict(written) == effect
    assert Effect.from_dict(written).status is Status.UNBOUNDED


def test_non_inferiority_round_trip_through_json() -> None:
    found = NonInferiority(Status.OK, 2.5, 0.006, -0.01, 0.05, "relative", 0.025, True, "ratio")
    written = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert NonInferiority.from_dict(written) == found
    assert written["holds"] is True
