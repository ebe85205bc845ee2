# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Why trust it? Calibration in pictures
#
# Simulated tests whose truth we know, analysed by the product's own functions: how often do they say what they should
# not, and do planned tests have the power that was planned? Small runs, made to be watched; the full table with its
# Monte-Carlo errors is in docs/calibration.md.

# %%
import numpy as np
import plotly.graph_objects as go

from experiments.stats import effects, noninferiority
from experiments.stats.boundaries import critical_values, equally_spaced
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from experiments.stats.power import GoalSpec, GuardrailSpec, joint_sample_size

rng = np.random.default_rng(20)
runs = 1_500
bought = Measure("rate", "y")

# %% [markdown]
# ## Nothing happens: every p-value is equally likely
#
# 1,500 A/A tests with 5 % buyers. If the test keeps its promise, the p-values are spread evenly, and about 5 % lie
# below .05.

# %%
n, rate = 4_000, 0.05
control = [Moments.from_counts(n, x) for x in rng.binomial(n, rate, runs)]
variant = [Moments.from_counts(n, x) for x in rng.binomial(n, rate, runs)]
p_values = [effects.absolute(bought, a, b).p for a, b in zip(control, variant, strict=True)]
print(f"p below .05: {np.mean(np.array(p_values) < 0.05):.1%} ± {1.96 * np.sqrt(0.05 * 0.95 / runs):.1%}")
figure = go.Figure(
    go.Histogram(x=p_values, xbins={"start": 0, "end": 1, "size": 0.05}),
    layout={"title": "p-values of 1,500 A/A tests", "xaxis": {"title": "p"}},
)
figure.add_hline(runs / 20, line_dash="dot")
figure.show()

# %% [markdown]
# ## Something happens: the interval covers it
#
# A true lift of 10 %. Each vertical bar is the 95 % interval of one test; the dark ones miss the truth.

# %%
lifted = [Moments.from_counts(n, x) for x in rng.binomial(n, rate * 1.1, runs)]
lifts = [effects.relative(bought, a, b) for a, b in zip(control, lifted, strict=True)]
covered = np.array([lift.lo <= 0.1 <= lift.hi for lift in lifts])
print(f"covered: {covered.mean():.1%} ± {1.96 * np.sqrt(0.05 * 0.95 / runs):.1%}")
shown = lifts[:80]
figure = go.Figure(
    go.Scatter(
        y=[lift.point for lift in shown],
        mode="markers",
        marker={"color": ["lightsteelblue" if lift.lo <= 0.1 <= lift.hi else "darkred" for lift in shown]},
        error_y={
            "array": [lift.hi - lift.point for lift in shown],
            "arrayminus": [lift.point - lift.lo for lift in shown],
            "width": 0,
        },
    ),
    layout={"title": "80 intervals of a true lift of 10 %", "yaxis": {"tickformat": "+.0%"}},
)
figure.add_hline(0.1, line_dash="dot")
figure.show()

# %% [markdown]
# ## The guardrail: a loss at the margin must not pass
#
# Up-sell truly falls by exactly the margin. "Holds" would be wrong; it may be said in 2.5 % of tests at most.

# %%
margins = [0.05, 0.10, 0.20, 0.30]
larger = 20_000
passed = [
    np.mean(
        [
            noninferiority.relative(bought, Moments.from_counts(larger, a), Moments.from_counts(larger, b), margin).holds
            for a, b in zip(
                rng.binomial(larger, 0.05, runs), rng.binomial(larger, 0.05 * (1 - margin), runs), strict=True
            )
        ]
    )
    for margin in margins
]
error = 1.96 * np.sqrt(0.025 * 0.975 / runs)
figure = go.Figure(
    go.Scatter(x=margins, y=passed, mode="markers", error_y={"array": [error] * len(margins)}),
    layout={
        "title": "Passed although the loss is the margin itself",
        "xaxis": {"title": "Margin", "tickformat": ".0%"},
        "yaxis": {"tickformat": ".1%", "range": [0, 0.06]},
    },
)
figure.add_hline(0.025, line_dash="dot")
figure.show()

# %% [markdown]
# ## Looking early, with and without a boundary
#
# Nothing happens, and we look five times. Without a boundary one of seven tests "wins" at some look; with the planned
# boundary one in twenty does (both sides).

# %%
looks = 5
boundary = np.array(critical_values(equally_spaced(looks)))
steps = rng.binomial(n, rate, (2, runs, looks)).cumsum(axis=2)
sizes = n * np.arange(1, looks + 1)
a, b = steps / sizes
z = (b - a) / np.sqrt((a * (1 - a) + b * (1 - b)) / sizes)
naive = (np.maximum.accumulate(np.abs(z), axis=1) > 1.959964).mean(axis=0)
planned = (np.cumsum(np.abs(z) > boundary, axis=1) > 0).mean(axis=0)
figure = go.Figure(
    [
        go.Scatter(x=list(range(1, looks + 1)), y=naive, name="z beyond 1.96 at any look so far"),
        go.Scatter(x=list(range(1, looks + 1)), y=planned, name="beyond the planned boundary"),
    ],
    layout={
        "title": "False alarms by look",
        "xaxis": {"title": "Look", "dtick": 1},
        "yaxis": {"tickformat": ".0%", "rangemode": "tozero"},
    },
)
figure.add_hline(0.05, line_dash="dot")
figure.show()

# %% [markdown]
# ## Planned power is power
#
# A test planned for 80 % on the whole rule: cross-sell up by 10 %, up-sell unchanged within a margin of 8 %. How many
# of the simulated tests ship?

# %%
goal = GoalSpec("cross-sell", "rate", 0.052, effect_relative=0.10)
guardrail = GuardrailSpec("up-sell", "rate", 0.042, margin=0.08)
size = joint_sample_size((goal, guardrail))
units = size.arms.control
crossed = zip(rng.binomial(units, 0.052, runs), rng.binomial(units, 0.0572, runs), strict=True)
upped = zip(rng.binomial(units, 0.042, runs), rng.binomial(units, 0.042, runs), strict=True)
gains = np.array(
    [effects.absolute(bought, Moments.from_counts(units, x), Moments.from_counts(units, y)).lo > 0 for x, y in crossed]
)
holds = np.array(
    [
        noninferiority.relative(bought, Moments.from_counts(units, x), Moments.from_counts(units, y), 0.08).holds
        for x, y in upped
    ]
)
seen = [gains.mean(), holds.mean(), (gains & holds).mean()]
promised = [*size.power.marginal, size.power.joint]
figure = go.Figure(
    [
        go.Bar(x=["goal", "guardrail", "whole rule"], y=promised, name="planned"),
        go.Bar(
            x=["goal", "guardrail", "whole rule"],
            y=seen,
            name="simulated",
            error_y={"array": [1.96 * np.sqrt(share * (1 - share) / runs) for share in seen]},
        ),
    ],
    layout={"title": f"Power with {units:,} units per arm", "yaxis": {"tickformat": ".0%", "range": [0, 1]}},
)
figure.show()
