"""Adapters of the topics about one effect: rates, means, ratios, covariates and non-inferiority.

Where an oracle is not followed, the reason stands in `not_followed` of its topic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from experiments.stats import effects, fewevents, noninferiority, normal
from experiments.stats.contrast import contrast
from experiments.stats.effect import Effect
from experiments.stats.measure import Measure, estimate
from experiments.stats.moments import Moments
from experiments.stats.score import score_interval, score_z
from tests.oracles.registry import Case, Check, adapter, check, published

RATE = Measure("rate", "y")
MEAN = Measure("mean", "y")
RATIO = Measure("ratio", "num", "den")
Z95 = normal.upper_quantile(0.025)

PLAIN_DELTA = "a plain delta interval of the lift disagrees with the absolute test in 2 to 9 % of samples; Fieller"
FIXED_CONTROL = "an absolute interval divided by the control value treats that value as known; Fieller instead"
POOLED = "the variance is unpooled, so that test and interval agree"
Z_FOR_RATES = "rates are compared by z, the t form differs from it by 1e-5"


def _counts(inputs: Mapping[str, Any]) -> tuple[Moments, Moments]:
    control = Moments.from_counts(inputs["n_c"], inputs["x_c"])
    return control, Moments.from_counts(inputs["n_t"], inputs["x_t"])


def _rows(inputs: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Moments, Moments]:
    """Moments of two groups from row lists `<name>_c` and `<name>_t`."""
    first, second = (
        Moments.from_rows(list(zip(*(inputs[f"{name}_{arm}"] for name in names), strict=True)), list(names.values()))
        for arm in ("c", "t")
    )
    return first, second


def _ends(effect: Effect) -> dict[str, Any]:
    return {"lo": effect.lo, "hi": effect.hi}


def _tea(absolute: Effect, log: Effect | None = None) -> dict[str, Any]:
    """Fields of a tea-tasting result; its relative interval is the log form."""
    fields = {
        "effect_size": absolute.point,
        "effect_size_ci_lower": absolute.lo,
        "effect_size_ci_upper": absolute.hi,
        "pvalue": absolute.p,
        "statistic": absolute.statistic,
    }
    if log is not None:
        fields |= {
            "control": absolute.control,
            "treatment": absolute.variant,
            "rel_effect_size": log.point,
            "rel_effect_size_ci_lower": log.lo,
            "rel_effect_size_ci_upper": log.hi,
        }
    return fields


def _gbstats(absolute: Effect) -> dict[str, Any]:
    return {"expected": absolute.point, "ci": [absolute.lo, absolute.hi], "sd": absolute.se, "p_value": absolute.p}


def _spotify(absolute: Effect) -> dict[str, Any]:
    return {
        "difference": absolute.point,
        "p-value": absolute.p,
        "ci_lower": absolute.lo,
        "ci_upper": absolute.hi,
        "adjusted p-value": absolute.p,
    }


@adapter(
    "two_proportion",
    not_followed={
        "exact": "exact tests have no interval of their own; few events use the score form",
        "pooled SE": POOLED,
        "equal_var=True": POOLED,
        "chi2_contingency": POOLED,
        "agresti-caffo": "for few events the score form is used, which also gives ratios and non-inferiority",
        "log-adjusted": "the log form is a cross-check only, without the half event added",
        "correction=True": "a continuity correction makes test and interval needlessly wide",
        "Mean(use_t=True)": Z_FOR_RATES,
        "StudentsTTest": Z_FOR_RATES,
        "gbstats": "uses the ddof-1 variance and t; a rate has variance p(1 − p)/n here",
        "absolute=False": FIXED_CONTROL,
    },
)
def two_proportion(case: Case) -> Iterator[Check]:
    control, variant = _counts(case.inputs)
    # The contrast is asked directly: with few events `effects.absolute` would answer in the score form.
    found = contrast(RATE, control, variant)
    z, log = effects.absolute_of(found), effects.log_relative(RATE, control, variant)
    yield from case.follow("confint_proportions_2indep diff wald", _ends(z))
    yield from case.follow("test_proportions_2indep diff wald", {"z": z.statistic, "p": z.p})
    yield from case.follow("norm, correction=False, equal_var=False", _tea(z, log))
    yield from case.follow("ZTest.difference absolute=True", _spotify(z))
    yield from case.follow("ratio log (", _ends(log))
    yield from _score_forms(case, control, variant)


def _score_forms(case: Case, control: Moments, variant: Moments) -> Iterator[Check]:
    rates = estimate(RATE, control), estimate(RATE, variant)
    table = fewevents.counts_of(*rates)
    yield from case.follow("diff newcomb", _ends(fewevents.newcombe(*rates)))
    statistic = score_z(table, 0.0, "absolute")
    yield from case.follow("test_proportions_2indep diff score", {"z": statistic, "p": 2 * normal.sf(abs(statistic))})
    # statsmodels has a wrong coefficient in the cubic of the difference (its issue 10269): off by up to 0.7 % here.
    lo, hi = score_interval(table, Z95, "absolute")
    yield from case.follow("confint_proportions_2indep diff score", {"lo": lo, "hi": hi}, tolerance=1e-2)
    lo, high = score_interval(table, Z95, "relative")
    yield from case.follow("ratio score (", {"lo": lo - 1, "hi": None if high is None else high - 1}, tolerance=1e-8)


@adapter(
    "welch_mean",
    not_followed={
        "zconfint_diff": "under 200 units per group the interval is Welch's",
        "use_t=False": "under 200 units per group the interval is Welch's",
        "ZTest": "under 200 units per group the interval is Welch's",
        "relative (delta method": PLAIN_DELTA,
        "absolute=False": FIXED_CONTROL,
    },
)
def welch_mean(case: Case) -> Iterator[Check]:
    groups = _rows(case.inputs, {"y": "y"})
    t, log = effects.absolute(MEAN, *groups), effects.log_relative(MEAN, *groups)
    yield from case.follow("ttest_ind(equal_var=False)", {"t": t.statistic, "df": t.df, "p": t.p, **_ends(t)})
    yield from case.follow("tconfint_diff unequal", _ends(t))
    yield from case.follow("Mean (Welch", _tea(t, log))
    yield from case.follow("gbstats 0.8.0 TwoSidedTTest absolute", _gbstats(t))
    yield from case.follow("StudentsTTest.difference absolute=True", _spotify(t))
    # The oracle inverts the z-test; by default the lift's interval has the t quantile of its absolute twin.
    fieller = effects.relative(MEAN, *groups, critical=Z95)
    ends = {name: value for name, value in _ends(fieller).items() if _has_number(case, "inversion (brentq)", name)}
    yield from case.follow("inversion (brentq) of Fieller z-test", ends)
    # The oracle's root search gives no number for a very wide interval; |z| at our ends must then be critical.
    yield check(f"{case.id} · |z| at the ends of Fieller's interval", _z_at_lifts(groups, fieller), [Z95, Z95])


def _z_at_lifts(groups: tuple[Moments, Moments], lift: Effect) -> list[float]:
    found = contrast(MEAN, *groups)
    factors = [1 + end for end in (lift.lo, lift.hi) if end is not None]
    gaps = [(found.variant or 0.0) - factor * (found.control or 0.0) for factor in factors]
    return [abs(gap) / math.sqrt(found.variance_against(f)) for gap, f in zip(gaps, factors, strict=True)]


def _has_number(case: Case, pattern: str, field: str) -> bool:
    return all(case.oracles[name].get(field) is not None for name in case.entries(pattern))


@adapter(
    "ratio_delta",
    not_followed={
        "use_t=False": "under 200 units per group the interval is Welch's",
        "WRONG": "ignores that visits of one customer belong together",
        "relative (delta method": PLAIN_DELTA,
    },
)
def ratio_delta(case: Case) -> Iterator[Check]:
    groups = _rows(case.inputs, {"num": "num", "den": "den"})
    t, log = effects.absolute(RATIO, *groups), effects.log_relative(RATIO, *groups)
    yield from case.follow("RatioOfMeans", _tea(t, log), without="use_t=False")
    yield from case.follow("gbstats 0.8.0 TwoSidedTTest absolute", _gbstats(t))
    arms = [(estimate(RATIO, group).variance or 0.0) * (group.n - 1) / group.n for group in groups]
    # The cluster-robust form divides by n where the sample variance divides by n − 1.
    yield from case.follow("cluster-robust by customer", {"diff": t.point, "se": math.sqrt(sum(arms))})


ONE_SLOPE = "one slope for both groups; Lin's estimator has one per group and is never worse in large samples"


@adapter(
    "cuped",
    not_followed={
        "ANCOVA": ONE_SLOPE,
        "relative (delta method": PLAIN_DELTA + "; it also divides by the unadjusted control value",
    },
)
def cuped(case: Case) -> Iterator[Check]:
    groups = _rows(case.inputs, {"y": "y", "x": "x"})
    # The closed form has no correction for small groups; ours adds (n − 1)/(n − 1 − p) below 1000 units.
    lin = contrast(Measure("mean", "y", covariates=("x",)), *groups, small_sample=False)
    se = math.sqrt(lin.variance)
    yield from case.follow("Lin estimator", {"diff": lin.delta, "se_superpopulation": se})
    yield from case.follow("Lin (2013) interacted, HC2", {"diff": lin.delta})
    # HC2 weights the residuals by their leverage: equal in the limit, within 3 % at 50 units.
    yield from case.follow("Lin (2013) interacted, HC2", {"se": se}, tolerance=0.03)
    plain, plain_log = effects.absolute(MEAN, *groups), effects.log_relative(MEAN, *groups)
    yield from case.follow("Mean without covariate", _tea(plain, plain_log))
    yield from _one_theta(case, *groups)


def _one_theta(case: Case, control: Moments, variant: Moments) -> Iterator[Check]:
    """The compatibility form of tea-tasting and gbstats: one theta from all units, then a plain comparison."""
    pooled = control + variant
    theta = pooled.cov_of("y", "x") / pooled.var_of("x")
    x_mean = pooled.mean_of("x")
    first, second = (
        Moments(
            group.n,
            ("y",),
            np.array([group.mean_of("y") - theta * (group.mean_of("x") - x_mean)]),
            group.combine({"y": {"y": 1.0, "x": -theta}}).cov,
        )
        for group in (control, variant)
    )
    t, log = effects.absolute(MEAN, first, second), effects.log_relative(MEAN, first, second)
    yield from case.follow("pooled theta incl. between-arm", _tea(t, log))
    yield from case.follow("TwoSidedTTest absolute RegressionAdjusted", _gbstats(t))
    yield from case.follow("compute_theta", {"theta": theta})
    # spotify-confidence has the same point and takes the variance of a regression, so only the point is held.
    yield from case.follow("ZTestLinreg", {"difference": t.point})


@adapter(
    "non_inferiority",
    not_followed={
        "agresti-caffo": "for few events the score form is used",
        "ratio log": "the deciding form is the linear ratio, dual to Fieller's bound; log differs in the fourth digit",
    },
)
def non_inferiority(case: Case) -> Iterator[Check]:
    control, variant = _counts(case.inputs)
    margin, alpha = case.inputs["rel_margin"], case.inputs["alpha"]
    found = noninferiority.relative(RATE, control, variant, margin, alpha=alpha)
    yield from case.follow("linearised ratio test", {"z": found.statistic, "p": found.p, "non_inferior": found.holds})
    # The oracles apply a relative margin as a fixed one, d times the control's rate: our absolute margin.
    fixed = margin * control.mean_of("y")
    naive = noninferiority.absolute(RATE, control, variant, fixed, alpha=alpha)
    yield from case.follow("diff wald", {"z": naive.statistic, "p": naive.p})
    yield from case.follow(
        "naive fixed-margin",
        {"z": naive.statistic, "p": naive.p, "lower_bound_diff": naive.bound, "margin_abs": naive.margin},
    )
    yield from case.follow(
        "spotify",
        {"p-value": naive.p, "ci_lower": naive.bound, "is_significant": naive.holds, "null_hypothesis": -naive.margin},
    )
    table = fewevents.counts_of(estimate(RATE, control), estimate(RATE, variant))
    ratio = score_z(table, 1 - margin, "relative")
    yield from case.follow("ratio score", {"z": ratio, "p": normal.sf(ratio)})
    # The same wrong coefficient of statsmodels: 0.1 % here.
    difference = score_z(table, -fixed, "absolute")
    yield from case.follow("diff score", {"z": difference, "p": normal.sf(difference)}, tolerance=2e-3)


@published("two_proportions")
def published_two_proportions(rows: list[dict[str, Any]]) -> Iterator[Check]:
    for row in rows:
        if "x_new" in row:
            variant, control = (row["x_new"], row["n_new"]), (row["x_old"], row["n_old"])
        else:
            variant, control = zip(row["x"], row["n"], strict=True)
        groups = Moments.from_counts(control[1], control[0]), Moments.from_counts(variant[1], variant[0])
        table = fewevents.counts_of(*(estimate(RATE, group) for group in groups))
        n = table.n_c + table.n_v
        # The score statistic under equality is the pooled z times sqrt((n − 1)/n).
        z = score_z(table, 0.0, "absolute") * math.sqrt(n / (n - 1))
        name = f"two proportions {variant} {control}"
        yield check(f"{name} z", z, row.get("z_pooled", row.get("z")), 1e-8)
        yield check(f"{name} p", 2 * normal.sf(abs(z)), row["p_two_sided"], 1e-8)
        if "diff" in row:
            yield check(f"{name} diff", effects.absolute(RATE, *groups).point, row["diff"], 1e-6)
            yield check(f"{name} one-sided p", normal.sf(z), row["p_one_sided_new_better"], 1e-8)
