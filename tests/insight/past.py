"""Past tests as other tests need them."""

from __future__ import annotations

from typing import Any

from experiments.insight.past_tests import PastMetric, PastNet, PastTest

DAY = 86_400_000_000


def metric(key: str = "cross-sell", verdict: str = "not_shown", **changes: Any) -> PastMetric:
    role = "goal" if key == "cross-sell" else "guardrail"
    values = {"metric": key, "title": f"{key.capitalize()} orders", "role": role, "direction": 1, "verdict": verdict,
              "point": 0.01, "lo": -0.03, "hi": 0.05, "level": 0.95}  # fmt: skip
    return PastMetric(**{**values, **changes})


def past(key: str, gain: float = 0.02, se: float = 0.02, **changes: Any) -> PastTest:
    values = {"key": key, "title": f"Test {key}", "goal": "cross-sell", "goal_title": "Cross-sell orders", "gain": gain,
              "se": se, "lo": gain - 1.96 * se, "hi": gain + 1.96 * se, "level": 0.95, "action": "inconclusive",
              "launched_at": 0, "ended_at": 28 * DAY, "traffic_per_week": 1000.0}  # fmt: skip
    return PastTest(**{**values, **changes})


def net(value: float, se: float, currency: str = "EUR") -> PastNet:
    return PastNet(value, value - 1.96 * se, value + 1.96 * se, se, currency)
