# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Plan a test
#
# Four questions, one calculation: how many units for an effect, which effect for given units, which power for both,
# and how many weeks. A cross-sell test must show two things at once: the goal rises **and** the guardrail holds. The
# guardrail usually decides how long it takes.
#
# Everything here is imported from the product; the same numbers come from `netlift power` and from the planner page.

# %%
import pandas as pd
import plotly.graph_objects as go

from experiments.decision.sizing import (
    GoalLine,
    GuardrailLine,
    KnownMetric,
    MarginForm,
    Sizing,
    design_of,
    make_design,
    reach,
    reach_in_weeks,
    size_test,
    traffic_of,
)
from experiments.decision.sizing.curve import power_by_weeks
from experiments.domain.metric import MetricKind
from experiments.domain.money import money_text

# %% [markdown]
# ## What is known, and what is wanted
#
# 5.2 % of the units buy from a family they do not hold, 4.2 % buy a larger contract. The goal is a tenth more of the
# first; at most 8 % of the second may be lost. `value` is the margin of one sale and is needed for money only. 30,000
# new units come every week.

# %% tags=["parameters"]
cross_sell, wanted_effect, value_of_cross_sell = 0.052, 0.10, 240
up_sell, accepted_loss, value_of_up_sell = 0.042, 0.08, 180
traffic_per_week = 30_000
looks = 4

# %%
goal = GoalLine("cross-sell", MetricKind.RATE, cross_sell, wanted_effect, value=value_of_cross_sell)
guardrail = GuardrailLine(
    "up-sell", MetricKind.RATE, up_sell, accepted_loss, MarginForm.RELATIVE, value=value_of_up_sell
)
sizing = Sizing((goal,), (guardrail,), traffic_per_week, looks=looks)
plan = size_test(sizing)

# %% [markdown]
# ## Units and weeks

# %%
pd.DataFrame(
    [
        *((line.key, line.per_arm, line.weeks, line.power_in_plan) for line in plan.lines),
        ("whole rule", plan.joint_per_arm, plan.weeks, plan.joint_power),
    ],
    columns=["part", "units per arm", "weeks", "power in the plan"],
).round(3)

# %%
print(f"{plan.binding} decides: {plan.weeks} weeks of enrolment, the last read-out on day {plan.days}.")
print(f"Guarding costs {plan.guardrail_to_goal:.1f} times the units of the goal.")
print(*(f"Look {look.number}: day {look.day}, boundary z = {look.critical:.3f}" for look in plan.looks), sep="\n")

# %% [markdown]
# What the accepted loss would come to if the winner ran for a year:

# %%
margin = plan.line("up-sell").margin
worth = money_text(margin.money_per_year, "EUR")
print(f"{margin.per_1000:.2f} up-sales per 1,000 units, {margin.per_year:,.0f} a year, {worth}")

# %% [markdown]
# ## What waiting longer buys

# %%
lines = power_by_weeks(sizing, plan)
figure = go.Figure(
    [go.Scatter(x=line.weeks, y=line.power, name=line.key, mode="lines+markers") for line in lines],
    layout={
        "title": "Power of each part by weeks of enrolment",
        "xaxis": {"title": "Weeks"},
        "yaxis": {"title": "Power", "tickformat": ".0%", "range": [0, 1]},
    },
)
figure.add_hline(sizing.power, line_dash="dot")
figure.add_vline(plan.weeks, line_dash="dot")
figure.show()

# %% [markdown]
# ## The other way round: what can so many weeks find?
#
# A `KnownMetric` has a baseline and no effect: the effect is the question.

# %%
open_goal = KnownMetric("cross-sell", MetricKind.RATE, cross_sell)
open_guardrail = KnownMetric("up-sell", MetricKind.RATE, up_sell)
weeks = [2, 3, 4, 6, 8, 10, 13]
found = [
    reach_in_weeks((open_goal,), (open_guardrail,), week, traffic_of(sizing), design_of(sizing)) for week in weeks
]
pd.DataFrame(
    {
        "weeks": weeks,
        "units per arm": [int(outcome.units_control) for outcome in found],
        "smallest rise of cross-sell": [outcome.line("cross-sell").smallest_rise.relative for outcome in found],
        "smallest margin of up-sell": [outcome.line("up-sell").smallest_margin.relative for outcome in found],
    }
).style.format({"smallest rise of cross-sell": "{:.1%}", "smallest margin of up-sell": "{:.1%}"})

# %% [markdown]
# Power where both size and effects are given, part by part and for the rule as a whole:

# %%
given = reach((goal,), (guardrail,), units=60_000, design=design_of(sizing))
print(*(f"{line.key}: {line.power:.0%}" for line in given.lines), f"whole rule: {given.joint_power:.0%}", sep="\n")

# %% [markdown]
# ## The price of a margin
#
# Half the margin costs four times the units. Agree it in money before launch; there is no default.

# %%
margins = [0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.15]
units = [
    size_test(Sizing((goal,), (KnownMetric("up-sell", MetricKind.RATE, up_sell).guardrail(m),), traffic_per_week))
    for m in margins
]
figure = go.Figure(
    go.Scatter(x=margins, y=[outcome.weeks for outcome in units], mode="lines+markers"),
    layout={
        "title": "Weeks by accepted loss of up-sell",
        "xaxis": {"title": "Accepted loss", "tickformat": ".0%"},
        "yaxis": {"title": "Weeks", "type": "log"},
    },
)
figure.show()

# %% [markdown]
# ## What helps
#
# Fewer arms, equal arms, a covariate known before exposure, and correlation between the metrics. Planned looks cost
# a few per cent of the units and often save weeks.

# %%
choices = {
    "as above": make_design(looks=4),
    "one look": make_design(looks=1),
    "14 looks": make_design(looks=14),
    "three variants": make_design(looks=4, variants=3),
    "a quarter treated": make_design(looks=4, allocation=1 / 3),
}
spend = KnownMetric("spend", MetricKind.MEAN, 12.5, sd=31)
with_covariate = KnownMetric("spend", MetricKind.MEAN, 12.5, sd=31, variance_explained=0.4)
rows = {name: reach((open_goal, spend), (), 60_000, design) for name, design in choices.items()}
rows["40 % of spend explained"] = reach((open_goal, with_covariate), (), 60_000, choices["as above"])
pd.DataFrame(
    {
        name: {line.key: f"{line.smallest_rise.relative:.2%}" for line in outcome.lines}
        for name, outcome in rows.items()
    }
).T.rename_axis("60,000 units in the control")

# %% [markdown]
# ## From your own history
#
# Baselines, spread, correlation and the curve of returning visitors need not be guessed. With events in the store:
#
# ```python
# from experiments.services.history import Lookback, look_back
# from experiments.services.sessions import reading
# from experiments.store.engines import make_engine
#
# with reading(make_engine("sqlite:///var/netlift.db")) as session:
#     history = look_back(
#         session, ("cross-sell", "up-sell"), Lookback(page="/tv/*", holds=("mobile",), lacks=("tv",)), now
#     )
# goal = history.known("cross-sell", value=240).goal(0.10)
# guardrail = history.known("up-sell", value=180).guardrail(0.08)
# sizing = Sizing(
#     (goal,), (guardrail,), history.traffic_per_week, traffic_by_day=history.by_day,
#     correlation=history.correlation, window_days=history.window_days,
# )
# ```
#
# `netlift power --from-history` is the same on the command line; see docs/planning.md.
