"""Time reports from Moments, and boundaries: `python tests/benchmarks/report_speed.py [--runs N]`.

A report of 10 metrics (1 goal, 2 guardrails, 5 secondary, 2 exploratory; 5 rates, 5 means) for 3 variants and 20
segments: the report itself with its verdicts, planes and the check of the split in every segment, and the effect of
every metric and variant in every segment with the comparison of the segments. Target: 20 ms; 14 looks: 20 ms. All
caches of ours are emptied before every run.

tea-tasting (`pip install 'netlift[bench]'`) and statsmodels compute the same effects from the same sufficient
statistics; the ratios compare effects with effects. Neither knows verdicts, margins or boundaries of looks.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import boundaries, contrast, effects, score, segments
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments, add_up

ARMS = ("control", "entry", "banner")
METRICS = tuple(f"metric-{number}" for number in range(10))
RATES = METRICS[:5]
SEGMENTS = tuple(f"segment-{number}" for number in range(20))
ROLES = (Role.GOAL, *[Role.GUARDRAIL] * 2, *[Role.SECONDARY] * 5, *[Role.EXPLORATORY] * 2)
LOOKS = 14


class Timing(NamedTuple):
    """Milliseconds: median wall, median CPU, and the fastest run's CPU, which a busy machine disturbs least."""

    wall: float
    cpu: float
    fastest: float


@dataclass(frozen=True)
class Scene:
    """One experiment's numbers: per segment and variant, and the report's input."""

    parts: dict[str, dict[str, Moments]]
    given: AnalysisInput

    def pairs(self) -> Iterator[tuple[str, Moments, Moments]]:
        """Segment, control and variant, of every variant, the whole (segment "") included."""
        whole = {"": dict(self.given.moments), **self.parts}
        for segment, arms in whole.items():
            yield from ((segment, arms[ARMS[0]], arms[arm]) for arm in ARMS[1:])


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--units", type=int, default=5_000, help="units per variant and segment")
    options = parser.parse_args()
    timed = functools.partial(measure, runs=options.runs)
    scene = make_scene(options.units)
    few = make_scene(1_000)
    whole = timed(lambda: (build_report(scene.given), compare_segments(scene)))
    print(f"{f'{options.runs} runs, milliseconds':<72}{'wall':>10}{'CPU':>10}{'fastest':>10}")
    show("report, 10 metrics x 3 variants x 20 segments, with segment effects", whole)
    show("  the report alone, splits of 20 segments checked", timed(lambda: build_report(scene.given)))
    show("  the segment effects alone", timed(lambda: compare_segments(scene)))
    show("the report alone, metrics adjusted by a covariate", timed(lambda: build_report(adjusted(scene.given))))
    show("the report alone, under 100 events (score form)", timed(lambda: build_report(one_segment(few))))
    times = boundaries.equally_spaced(LOOKS)
    show(f"boundaries of {LOOKS} looks", timed(lambda: boundaries.critical_values(times)))
    cached = measure(lambda: boundaries.critical_values(times), options.runs, cold=False)
    show(f"boundaries of {LOOKS} looks, cached", cached)
    ours = timed(lambda: all_effects(scene))
    show("840 effects (420 absolute, 420 relative)", ours)
    compare_with_others(scene, ours, timed)


def make_scene(units: int) -> Scene:
    """Random rows, the same in every run; a lift of 5 % in the variants."""
    rng = np.random.default_rng(11)

    def rows(lift: float) -> np.ndarray:
        chance = np.full(len(METRICS), 0.06) * lift
        events = (rng.random((units, len(METRICS))) < chance).astype(float)
        events[:, len(RATES) :] *= rng.gamma(2.0, 10.0, (units, len(METRICS) - len(RATES)))
        return events

    lifts = (1.0, 1.05, 1.05)
    parts = {
        segment: {arm: Moments.from_rows(rows(lift), METRICS) for arm, lift in zip(ARMS, lifts, strict=True)}
        for segment in SEGMENTS
    }
    totals = {arm: add_up([arms[arm] for arms in parts.values()]) for arm in ARMS}
    given = AnalysisInput(
        experiment=ExperimentFacts("speed", "Speed"),
        variants=tuple(VariantFacts(arm, arm, 1 / len(ARMS), control=arm == ARMS[0]) for arm in ARMS),
        metrics=tuple(_plan(key, role) for key, role in zip(METRICS, ROLES, strict=True)),
        moments=totals,
        exposed={arm: moments.n for arm, moments in totals.items()},
        segments={key: {arm: moments.n for arm, moments in arms.items()} for key, arms in parts.items()},
    )
    return Scene(parts, given)


def _plan(key: str, role: Role) -> MetricPlan:
    margin = Margin(Scale.RELATIVE, 0.05) if role is Role.GUARDRAIL else None
    measure = Measure("rate" if key in RATES else "mean", key)
    return MetricPlan(key, key, role, Direction.HIGHER, measure, margin=margin, protected=key == METRICS[1])


def adjusted(given: AnalysisInput) -> AnalysisInput:
    """The same report with the last metric as covariate of all others."""
    covariate = METRICS[-1]
    plans = (replace(p, measure=replace(p.measure, covariates=(covariate,))) for p in given.metrics[:-1])
    return replace(given, metrics=tuple(plans))


def one_segment(scene: Scene) -> AnalysisInput:
    """A report of one segment only, whose arms have few events."""
    return replace(scene.given, moments=scene.parts[SEGMENTS[0]])


def compare_segments(scene: Scene) -> object:
    """Relative effects of every metric and variant by segment, and Cochran's Q of each."""
    found = []
    for plan in scene.given.metrics:
        for arm in ARMS[1:]:
            by_segment = {
                key: effects.relative(plan.measure, arms[ARMS[0]], arms[arm]) for key, arms in scene.parts.items()
            }
            found.append(segments.compare({"segments": by_segment}))
    return found


def all_effects(scene: Scene) -> object:
    """What the other libraries compute: both effects of every metric, variant and segment, the whole included."""
    measures = [plan.measure for plan in scene.given.metrics]
    return [
        (effects.absolute(measure, control, variant), effects.relative(measure, control, variant))
        for _, control, variant in scene.pairs()
        for measure in measures
    ]


def compare_with_others(scene: Scene, ours: Timing, timed: Callable[[Callable[[], object]], Timing]) -> None:
    """The same effects by tea-tasting and, for the rates, by statsmodels; each only where it is installed."""
    if importlib.util.find_spec("tea_tasting"):
        tea = timed(tea_tasting_effects(scene))
        show("the same 840 effects by tea-tasting", tea)
        print(f"    tea-tasting takes {tea.cpu / ours.cpu:.1f} times our CPU time")
    else:
        print("tea-tasting is not installed: pip install 'netlift[bench]'")
    if importlib.util.find_spec("statsmodels"):
        rates = timed(lambda: rate_effects(scene))
        theirs = measure(lambda: statsmodels_effects(scene), runs=3)
        show("420 effects of the rates", rates)
        show("the same 420 effects by statsmodels (Wald, log), 3 runs", theirs)
        print(f"    statsmodels takes {theirs.cpu / rates.cpu:.1f} times our CPU time")


def tea_tasting_effects(scene: Scene) -> Callable[[], object]:
    """Mean.analyze_aggregates gives the absolute and the relative effect together; building aggregates is not timed."""
    import tea_tasting
    from tea_tasting.aggr import Aggregates

    def aggregates(moments: Moments) -> Aggregates:
        means = {key: moments.mean_of(key) for key in METRICS}
        return Aggregates(moments.n, means, {key: moments.var_of(key) for key in METRICS}, {})

    pairs = [(aggregates(control), aggregates(variant)) for _, control, variant in scene.pairs()]
    metrics = [tea_tasting.Mean(key, use_t=False) for key in METRICS]
    return lambda: [metric.analyze_aggregates(*pair) for pair in pairs for metric in metrics]


def rate_effects(scene: Scene) -> object:
    """Both effects of the rates."""
    measures = [plan.measure for plan in scene.given.metrics if plan.key in RATES]
    return [
        (effects.absolute(measure, control, variant), effects.relative(measure, control, variant))
        for _, control, variant in scene.pairs()
        for measure in measures
    ]


def statsmodels_effects(scene: Scene) -> object:
    """Difference and ratio of two proportions, each with its test and its interval."""
    from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

    found = []
    for _, control, variant in scene.pairs():
        for key in RATES:
            counts = (variant.mean_of(key) * variant.n, variant.n, control.mean_of(key) * control.n, control.n)
            for compare, method in (("diff", "wald"), ("ratio", "log")):
                test = test_proportions_2indep(*counts, compare=compare, method=method)
                found.append((test, confint_proportions_2indep(*counts, compare=compare, method=method)))
    return found


def measure(job: Callable[[], object], runs: int, *, cold: bool = True) -> Timing:
    """Time a job several times; `cold` empties our caches before each run."""
    job()
    wall, cpu = [], []
    for _ in range(runs):
        if cold:
            empty_caches()
        started, used = time.perf_counter(), time.process_time()
        job()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    return Timing(1e3 * statistics.median(wall), 1e3 * statistics.median(cpu), 1e3 * min(cpu))


def empty_caches() -> None:
    """Forget every result that a second run could find again."""
    for cached in (contrast._adjusted, score.score_interval, boundaries._critical_values):
        cached.cache_clear()


def show(what: str, timing: Timing) -> None:
    """One line."""
    print(f"{what:<72}{timing.wall:>10.3f}{timing.cpu:>10.3f}{timing.fastest:>10.3f}")


if __name__ == "__main__":
    main()
