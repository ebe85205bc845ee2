"""Adapters of the planning and monitoring topics: power, boundaries, multiplicity, Bayes, value of a test.

Where an oracle is not followed, the reason stands in `not_followed` of its topic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from experiments.stats import alwaysvalid, bayes, betabinomial, boundaries, meta, multiplicity, normal, simultaneous
from experiments.stats import value as test_value
from experiments.stats.power import Design, GoalSpec, GuardrailSpec, joint_power, mde, power, sample_size
from experiments.stats.prior import Prior
from experiments.stats.sequential_design import cost
from experiments.stats.spending import SpendingKind, spent
from tests.oracles.registry import Case, Check, adapter, check, published

# Others round the total or the first arm up, we round every arm up.
ROUNDING_UNITS = 5

ARCSINE = "the arcsine form is another approximation; the unpooled z is dual to the interval that is shown"
POOLED_NULL = "its variance is that of the null; the unpooled z is dual to the interval that is shown"
CONTROL_VARIANCE = "it takes the control's variance for both arms and asks for 4.5 % too few units"
T_SIZES = "sizes are planned with z; the t form asks for one unit more"
OTHER_CORRECTION = "Holm and Benjamini-Hochberg are the corrections of the product"


def _near(case: Case, pattern: str, field: str, got: Any, limit: float) -> Iterator[Check]:
    """Compare the absolute distance, for numbers near zero and for simulated oracles."""
    for oracle in case.entries(pattern):
        expected = np.asarray(case.oracles[oracle][field], dtype=float)
        distance = float(np.abs(np.asarray(got, dtype=float) - expected).max())
        yield Check(f"{case.id} · {oracle} · {field} (distance)", distance, 0.0, limit, oracle)


def _units(case: Case, pattern: str, field: str, got: int) -> Iterator[Check]:
    """Compare whole numbers of units, up to the rounding of others."""
    for oracle in case.entries(pattern):
        expected = case.oracles[oracle][field]
        yield Check(f"{case.id} · {oracle} · {field}", got, expected, ROUNDING_UNITS / expected, oracle)


@adapter(
    "power_binary",
    not_followed={
        "arcsine": ARCSINE,
        "pooled-null": POOLED_NULL,
        "samplesize_proportions_2indep_onetail": POOLED_NULL,
        "power_proportions_2indep": POOLED_NULL,
        "tea-tasting": CONTROL_VARIANCE,
    },
)
def power_binary(case: Case) -> Iterator[Check]:
    """Sample size of two rates."""
    i = case.inputs
    design = Design(i["alpha"] / (2 if i["two_sided"] else 1), i["power"], i["ratio"])
    size = sample_size(GoalSpec("goal", "rate", i["p"], effect_relative=i["rel_mde"]), design)
    total = size.n_control + size.n_variant
    yield from case.follow("unpooled (RECOMMENDED)", {"n_control": size.n_control, "n_total": total})
    yield from _units(case, "spotify", "required_sample_size_total", size.arms.total)


@adapter("power_mean", not_followed={"TTestIndPower": T_SIZES, "use_t=True": T_SIZES})
def power_mean(case: Case) -> Iterator[Check]:
    """Sample size, detectable effect and power of two means."""
    i = case.inputs
    design = Design(i["alpha"] / 2, i["power"], i["ratio"])
    goal = GoalSpec("goal", "mean", i["mean"], i["sd"], effect_relative=i["rel_mde"])
    size = sample_size(goal, design)
    n_control = _both_tails_size(goal, design, size.n_control)
    fields = {"n_control": n_control, "n_total": n_control * (1 + i["ratio"])}
    yield from case.follow("NormalIndPower", fields)
    yield from _units(case, "use_t=False", "n_obs", size.arms.total)
    yield from _units(case, "spotify", "required_sample_size_total", size.arms.total)
    up = mde(goal, 20_000 / (1 + i["ratio"]), design).up
    assert up is not None
    # These two are t-based; at 20,000 units t and z differ by less than 3e-4.
    yield from case.follow("MDE at n_obs=20000", {"effect_size": up.absolute, "rel_effect_size": up.relative}, 3e-4)
    both = _both_tails_power(goal, design, 20_000 / (1 + i["ratio"]))
    yield from case.follow("power at n_obs=20000", {"power": both}, 3e-4)


def _both_tails_power(goal: GoalSpec, design: Design, n_control: float) -> float:
    """Power of others, who count a significant result on the wrong side too (1e-6 at 80 %); ours does not."""
    right = power(goal, n_control, design)
    mean = normal.quantile(right) + normal.upper_quantile(design.alpha)
    return right + normal.sf(mean + normal.upper_quantile(design.alpha))


def _both_tails_size(goal: GoalSpec, design: Design, n_control: float) -> float:
    """Our size moved to the power that counts both sides."""
    low, high = 0.99 * n_control, n_control
    for _ in range(60):
        middle = 0.5 * (low + high)
        enough = _both_tails_power(goal, design, middle) >= design.power
        low, high = (low, middle) if enough else (middle, high)
    return high


@adapter("power_noninferiority")
def power_noninferiority(case: Case) -> Iterator[Check]:
    """Sample size of a non-inferiority test, in ratio form and with a fixed margin."""
    i = case.inputs
    design = Design(i["alpha"], i["power"])
    ratio = GuardrailSpec("guardrail", "rate", i["p"], margin=i["rel_nim"])
    fixed = GuardrailSpec("guardrail", "rate", i["p"], margin=i["rel_nim"] * i["p"], margin_scale="absolute")
    by_ratio, by_margin = sample_size(ratio, design), sample_size(fixed, design)
    yield from case.follow("relative margin tested on ratio scale", {"n_per_arm": by_ratio.n_control})
    yield from case.follow("closed form fixed margin", {"n_per_arm": by_margin.n_control})
    yield from case.follow("power at ceil(n)", {"power": by_margin.power})
    yield from case.follow("NormalIndPower", {"n_per_arm": by_margin.n_control})
    yield from _units(case, "spotify", "required_sample_size_total", by_margin.arms.total)


@adapter(
    "always_valid",
    not_followed={
        "gbstats 0.8.0 SequentialTwoSidedTTest relative": "it puts the delta variance into the sequence; "
        "the lift takes the same critical value through Fieller"
    },
)
def always_valid(case: Case) -> Iterator[Check]:
    """Asymptotic confidence sequence."""
    i = case.inputs
    units, alpha, planned = i["n_c"] + i["n_t"], i["alpha"], i["nstar"]
    delta = i["mean_t"] - i["mean_c"]
    se = math.sqrt(i["var_c"] / i["n_c"] + i["var_t"] / i["n_t"])
    two, one = (alwaysvalid.critical_value(units, planned, alpha, sides) for sides in (2, 1))
    sequence = {
        "rho": alwaysvalid.mixture_width(alpha, planned),
        "half_width": two * se,
        "lo": delta - two * se,
        "hi": delta + two * se,
    }
    yield from case.follow("eq.(9)", sequence)
    yield from case.follow("(v=N", {"bound": two * math.sqrt(units), "half_width": two * se})
    yield from case.follow("one-sided", {"bound": one * math.sqrt(units), "half_width": one * se})
    yield from case.follow("fixed-n z", {"half_width": normal.upper_quantile(alpha / 2) * se})
    p = alwaysvalid.p_value(delta / se, units, planned, alpha)
    ends = [sequence["lo"], sequence["hi"]]
    yield from case.follow("TTest absolute", {"expected": delta, "ci": ends, "sd": se, "p_value": p})


@adapter("group_sequential")
def group_sequential(case: Case) -> Iterator[Check]:
    """Boundaries, inflation and expected size of published and derived designs."""
    i = case.inputs
    alpha = i["alpha"] / (2 if i["sides"] == 2 else 1)
    if case.id.startswith("gs_classic"):
        yield from case.follow("", _classic_constants(i["K"], alpha, i["power"]))
    elif "K" in i:
        yield from case.follow("", _design_fields(i["K"], alpha, i["sides"]))
    else:
        yield from _spending_design(case, alpha)


def _classic_constants(count: int, alpha: float, wanted: float) -> dict[str, float]:
    found: dict[str, float] = {}
    for shape in ("pocock", "obf"):
        critical = boundaries.classic(count, alpha, shape)  # type: ignore[arg-type]
        found[f"C_{shape}"] = critical[-1]
        found[f"inflation_{shape}"] = cost(boundaries.equally_spaced(count), critical, alpha, wanted).inflation
    return found


def _design_fields(count: int, alpha: float, sides: Literal[1, 2]) -> dict[str, Any]:
    """True O'Brien-Fleming design, its cumulative and its stage-wise levels."""
    times = boundaries.equally_spaced(count)
    critical = boundaries.classic(count, alpha, "obf", sides)
    exits = boundaries.exit_probabilities(times, critical, sides=sides)
    return {
        "z": list(critical),
        "cum_alpha": np.cumsum(exits.upper).tolist(),
        "stage_levels": [normal.sf(z) for z in critical],
    }


def _kind(text: str) -> SpendingKind:
    names: dict[str, SpendingKind] = {"pocock": "pocock", "gamma=0": "power"}
    return next((kind for name, kind in names.items() if name in text), "obf")


def _spending_design(case: Case, alpha: float) -> Iterator[Check]:
    i = case.inputs
    times, sides, kind = tuple(i["t"]), i["sides"], _kind(i["spending"])
    # Hwang-Shih-DeCani with gamma = 0 is linear spending: the power family with exponent 1.
    looks = boundaries.looks(times, alpha, kind, sides=sides, rho=1.0)
    critical = tuple(look.critical for look in looks)
    cumulative = [spent(t, alpha, kind, rho=1.0) for t in times]
    fields: dict[str, Any] = {"z": list(critical), "cum_alpha_per_side": cumulative}
    for share in (80, 90):
        price = cost(times, critical, alpha, share / 100, sides)
        fields |= {f"inflation_{share}": price.inflation, f"asn_h1_fraction_of_fixed_n_{share}": price.expected}
    if "power" in i:
        price = cost(times, critical, alpha, i["power"], sides)
        fields |= {"inflation": price.inflation, "asn_h1": price.expected, "power_by_look": list(price.power_by_look)}
    yield from case.follow("", fields)
    ldbounds = {"cum_exit_two_sided": [2 * level for level in cumulative]}
    if case.entries("ldbounds"):
        yield from case.follow("ldbounds", ldbounds)
        # Its z at look 2 is off by 1e-4 (coarse grid), which is 4e-4 of the nominal level.
        yield from case.follow("ldbounds", {"nominal_two_sided": [2 * look.nominal for look in looks]}, 5e-4)


@adapter("gs_power_family")
def gs_power_family(case: Case) -> Iterator[Check]:
    """Spending alpha t²."""
    i = case.inputs
    alpha = i["alpha"] / (2 if i["sides"] == 2 else 1)
    looks = boundaries.looks(i["t"], alpha, "power", sides=i["sides"])
    fields = {"z": [look.critical for look in looks], "cum_alpha": [look.spent for look in looks]}
    yield from case.follow("spotify", fields)


@adapter(
    "multiplicity",
    not_followed={
        "holm-sidak": OTHER_CORRECTION,
        "simes-hochberg": OTHER_CORRECTION,
        "hommel": OTHER_CORRECTION,
        "fdr_by": OTHER_CORRECTION,
    },
)
def multiple_tests(case: Case) -> Iterator[Check]:
    """Adjusted p-values."""
    ours = {
        "multipletests bonferroni": multiplicity.bonferroni,
        "multipletests sidak": multiplicity.sidak,
        "multipletests holm": multiplicity.holm,
        "multipletests fdr_bh": multiplicity.benjamini_hochberg,
        "false_discovery_control bh": multiplicity.benjamini_hochberg,
    }
    for oracle in case.oracles:
        function = next((f for name, f in ours.items() if oracle.endswith(name)), None)
        if function is not None:
            adjusted = function(case.inputs["p"])
            reject = [p is not None and p <= case.inputs["alpha"] for p in adjusted]
            fields = {"p_adj": list(adjusted), "reject": reject}
            # Not by `follow`: the name of "holm" is also the beginning of "holm-sidak".
            for key, got in fields.items():
                expected = case.oracles[oracle].get(key)
                if expected is not None:
                    yield Check(f"{case.id} · {oracle} · {key}", got, expected, case.tolerance, oracle)


@adapter("dunnett_max_t")
def dunnett(case: Case) -> Iterator[Check]:
    """Several small arms against one control, pooled variance."""
    groups = [np.array(case.inputs["control"]), *map(np.array, case.inputs["arms"])]
    sizes = [group.size for group in groups]
    df = sum(sizes) - len(sizes)
    pooled = math.sqrt(sum((g.size - 1) * g.var(ddof=1) for g in groups) / df)
    delta = [float(g.mean() - groups[0].mean()) for g in groups[1:]]
    se = [pooled * math.sqrt(1 / n + 1 / sizes[0]) for n in sizes[1:]]
    t = [d / s for d, s in zip(delta, se, strict=True)]
    critical = simultaneous.dunnett_critical(sizes[0], tuple(sizes[1:]), 0.05, df)
    fields = {
        "statistic": t,
        "p": list(simultaneous.dunnett_p(t, sizes[0], sizes[1:], df)),
        "lo": [d - critical * s for d, s in zip(delta, se, strict=True)],
        "hi": [d + critical * s for d, s in zip(delta, se, strict=True)],
    }
    yield from case.follow("scipy", fields)


@adapter("max_t")
def max_t(case: Case) -> Iterator[Check]:
    """Simultaneous critical values and adjusted p-values for any correlation, and Dunnett's."""
    i = case.inputs
    if "k_treatments" in i:
        critical = simultaneous.dunnett_critical(1, (1,) * i["k_treatments"], i["alpha"])
        yield from case.follow("1-D quadrature", {"crit": critical})
        yield from case.follow("Dunnett (1964)", {"crit": critical}, 5e-4)
        return
    k = len(i["z"])
    yield from case.follow("Monte Carlo", {"crit": simultaneous.max_t_critical(i["corr"], i["alpha"])})
    yield from _near(case, "Monte Carlo", "p_adj", simultaneous.max_t_p(i["z"], i["corr"]), case.tolerance)
    independent = simultaneous.max_t_critical(np.eye(k), i["alpha"])
    bonferroni = normal.upper_quantile(i["alpha"] / (2 * k))
    yield from case.follow("Bonferroni", {"bonf": bonferroni})
    # Sidak's value is exact for independent contrasts, so the draws must come near it.
    yield from case.follow("Bonferroni", {"sidak": independent})
    holm = multiplicity.holm([min(1.0, 2 * normal.sf(abs(z))) for z in i["z"]])
    yield from case.follow("statsmodels holm", {"p_adj": list(holm)})


@adapter("beta_binomial")
def beta_binomial(case: Case) -> Iterator[Check]:
    """Two Beta posteriors."""
    i = case.inputs
    found = betabinomial.compare_rates(i["n_c"], i["x_c"], i["n_t"], i["x_t"], i["a0"], i["b0"], "quadrature")
    fields = {
        "chance_to_win": found.chance_to_win,
        "expected_loss_choose_treatment": found.loss_variant,
        "expected_loss_choose_control": found.loss_control,
    }
    yield from case.follow("quadrature", fields)
    yield from case.follow("closed form sum", fields)


@adapter("bayes_normal")
def bayes_normal(case: Case) -> Iterator[Check]:
    """Normal posterior of a lift, flat and with a prior, and of the absolute effect."""
    i = case.inputs
    p_c, p_t = i["x_c"] / i["n_c"], i["x_t"] / i["n_t"]
    v_c, v_t = p_c * (1 - p_c) / i["n_c"], p_t * (1 - p_t) / i["n_t"]
    lift, variance = p_t / p_c - 1, v_t / p_c**2 + v_c * p_t**2 / p_c**4
    prior = Prior(i["prior_mean"], i["prior_sd"])
    scaled = Prior(i["prior_mean"] * p_c, i["prior_sd"] * p_c)
    yield from case.follow("improper prior", _posterior(bayes.posterior(lift, variance)))
    yield from case.follow("relative, proper", _posterior(bayes.posterior(lift, variance, prior)))
    yield from case.follow("absolute, same prior", _posterior(bayes.posterior(p_t - p_c, v_c + v_t, scaled)))


def _posterior(found: bayes.Posterior) -> dict[str, Any]:
    return {
        "expected": found.mean,
        "ci": [found.lo, found.hi],
        "sd": found.sd,
        "chance_to_win": found.chance,
        "risk_ctrl_trt": [found.loss_control, found.loss_variant],
    }


@adapter("empirical_bayes_segments")
def empirical_bayes(case: Case) -> Iterator[Check]:
    """Heterogeneity and shrinkage."""
    effects, variances = case.inputs["eff"], [se**2 for se in case.inputs["se"]]
    found = meta.heterogeneity(effects, variances)
    shared = {"Q": found.q, "Q_p": found.p, "mean_fe": found.mean_fixed, "i2": found.i2}
    random = {"mean_re": found.mean, "sd_re": found.sd_mean}
    yield from case.follow("Paule-Mandel", {**shared, **random, "tau2": found.tau2})
    yield from case.follow("DerSimonian-Laird", {**shared, "tau2": found.tau2_dl})
    for method, oracle in (("dl tau2", "DerSimonian-Laird"), ("pm tau2", "Paule-Mandel")):
        # The oracle's shrinkage starts from its own tau2, which its solver leaves off by 1e-6.
        tau2 = next(case.oracles[name]["tau2"] for name in case.entries(oracle))
        shrunk = meta.shrink(effects, variances, tau2)
        fields = {"post_mean": [s.mean for s in shrunk], "post_sd": [s.sd for s in shrunk]}
        yield from case.follow(method, fields)


@adapter("joint_power")
def joint(case: Case) -> Iterator[Check]:
    """Power of a goal and one guardrail together."""
    i = case.inputs
    margins = [
        i["delta_cross"] / i["se_cross"] - normal.upper_quantile(i["alpha_cross"]),
        (i["margin"] + i["delta_up"]) / i["se_up"] - normal.upper_quantile(i["alpha_up"]),
    ]
    found = joint_power(margins, i["rho"])
    fields = {
        "power_cross": found.marginal[0],
        "power_up": found.marginal[1],
        "joint_power": found.joint,
        "independent_product": found.independent,
        "bonferroni_lower": found.lower,
    }
    yield from case.follow("scipy", fields)


@adapter("value_of_test")
def value_of_test(case: Case) -> Iterator[Check]:
    """Expected gain, value of information and assurance."""
    i = case.inputs
    found = test_value.value_of_test(i["prior_mean"], i["prior_sd"], i["test_se"])
    best = {"expected_gain": found.expected_gain, "evsi_over_no_test": found.evsi, "evpi": found.evpi}
    yield from case.follow("closed form", best)
    yield from case.follow("scipy quad", {"expected_gain": found.rule_gain, "assurance": found.assurance})
    # 4 million draws have a standard error of 1e-3 of the mean.
    yield from case.follow("Monte Carlo", {"expected_gain": found.expected_gain}, 3e-3)


@published("sample_size_two_proportions_two_sided_alpha_0.05_power_0.80_per_arm")
def published_sample_sizes(section: Mapping[str, Any]) -> Iterator[Check]:
    """The unpooled column; the other columns are other formulas, and the result names its own."""
    for name, row in section.items():
        parts = re.match(r"([\d.]+)% \+([\d.]+)pp", name)
        if parts is None or "unpooled" not in row:
            continue
        rate, points = (float(part) / 100 for part in parts.groups())
        size = sample_size(GoalSpec("goal", "rate", rate, effect_absolute=points))
        # The names round the rate to four digits, which moves the size by up to 2e-5.
        yield check(name, size.n_control, row["unpooled"], 2e-5)
        yield check(f"{name} names its formula", "unpooled" in size.formula, True)


@published("sample_size_other")
def published_other_sizes(section: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Non-inferiority on an absolute margin; the pooled-null size of the first case is another formula."""
    for row in section:
        if row["case"].startswith("non-inferiority pA=.85 pB=.65 delta=-.10"):
            spec = GuardrailSpec("b", "rate", 0.65, margin=0.10, margin_scale="absolute", expected_change=0.20)
            size = sample_size(spec, Design(alpha=0.05))
            yield check(f"{row['case']} unrounded", size.n_control, row["computed"], 1e-8)
            yield check(row["case"], size.arms.control, row["n_B_published"])


@published("group_sequential")
def published_boundaries(section: Mapping[str, Any]) -> Iterator[Check]:
    """Boundaries, exit probabilities and error rates of peeking, printed to four digits."""
    for name, expected in section["computed_here"].items():
        got = _published_boundary(name)
        distance = float(np.abs(np.asarray(got) - np.asarray(expected)).max())
        yield check(f"{name} (distance)", distance, 0.0, 6e-5)
    row = section["exit_probabilities"]
    drift = -math.log(0.6) * math.sqrt(row["I"][-1])
    times = [information / row["I"][-1] for information in row["I"]]
    exits = boundaries.exit_probabilities(times, row["b"], drift, sides=1)
    yield check("exit probabilities", list(exits.upper), row["upper"], 2e-6)


def _published_boundary(name: str) -> list[float]:
    count = int(name.rsplit("_K", 1)[1])
    times = boundaries.equally_spaced(count)
    if name.startswith("naive_peeking"):
        critical = [normal.upper_quantile(0.025)] * count
        return [sum(boundaries.exit_probabilities(times, critical).by_look)]
    if name.startswith("LanDeMets"):
        return list(boundaries.critical_values(times, 0.025, _kind(name.lower()), sides=1))
    return list(boundaries.classic(count, 0.025, "pocock" if name.startswith("Pocock") else "obf"))
