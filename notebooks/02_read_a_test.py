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
# # Read a test
#
# A test needs few numbers to be read: units, buyers of the one thing, buyers of the other, and how many bought both.
# From these the product computes what its pages show: effects with the intervals that decided, verdicts, one action.

# %%
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from experiments.decision.analyse import build_report
from experiments.decision.explain import explain
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.render_explanation import explanation_text
from experiments.decision.render_text import to_text
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import effects
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments

# %% [markdown]
# ## The counts
#
# Made up: three variants of an entry to the cross-sell shop on TV pages. The banner gains the most and takes
# the most from up-sell.

# %%
counts = pd.DataFrame(
    [
        {"variant": "control", "units": 120_000, "cross_sell": 3_780, "up_sell": 5_112, "both": 241},
        {"variant": "entry", "units": 120_150, "cross_sell": 4_240, "up_sell": 5_101, "both": 262},
        {"variant": "banner", "units": 119_870, "cross_sell": 4_461, "up_sell": 4_618, "both": 255},
    ]
).set_index("variant")
counts.assign(
    cross_sell_rate=counts.cross_sell / counts.units, up_sell_rate=counts.up_sell / counts.units
).round(4)

# %% [markdown]
# ## Moments
#
# Statistics see nothing but this: the number of units, the sums, and the sums of products. `both` gives the
# correlation of the two metrics.

# %%
moments = {
    row.Index: Moments.from_sums(
        row.units,
        ("cross_sell", "up_sell"),
        [row.cross_sell, row.up_sell],
        [[row.cross_sell, row.both], [row.both, row.up_sell]],
    )
    for row in counts.itertuples()
}
moments["control"]

# %% [markdown]
# ## The plan, and the report
#
# The plan says what is a goal and what a guardrail, with its margin, before anybody looks. Here: up-sell may lose 5 %
# at most.

# %%
given = AnalysisInput(
    experiment=ExperimentFacts("tv-entry", "Personal entry on TV pages"),
    variants=(
        VariantFacts("control", "Page as it is", 1 / 3, control=True),
        VariantFacts("entry", "Entry", 1 / 3),
        VariantFacts("banner", "Banner", 1 / 3),
    ),
    metrics=(
        MetricPlan("cross-sell", "Cross-sell", Role.GOAL, Direction.HIGHER, Measure("rate", "cross_sell")),
        MetricPlan(
            "up-sell", "Up-sell", Role.GUARDRAIL, Direction.HIGHER, Measure("rate", "up_sell"),
            margin=Margin(Scale.RELATIVE, 0.05), protected=True,
        ),
    ),
    moments=moments,
    exposed={key: group.n for key, group in moments.items()},
)
report = build_report(given)
print(to_text(report))

# %% [markdown]
# ## The picture
#
# Each bar is the interval that its verdict used; the dashed line is the margin of up-sell.

# %%
rows = report.metrics
names = [f"{row.title}, {row.variant}" for row in rows]
figure = go.Figure(
    go.Scatter(
        x=[row.relative.point for row in rows],
        y=names,
        mode="markers",
        error_x={
            "array": [row.relative.hi - row.relative.point for row in rows],
            "arrayminus": [row.relative.point - row.relative.lo for row in rows],
        },
        text=[row.verdict.value for row in rows],
    ),
    layout={"title": "Relative change with its interval", "xaxis": {"tickformat": "+.0%"}},
)
figure.add_vline(0)
figure.add_vline(-0.05, line_dash="dash")
figure.show()

# %% [markdown]
# ## Both at once
#
# A variant ships where the whole cross lies above zero and to the right of the margin. The shaded regions are joint
# and wider than the intervals; they decide nothing.

# %%
figure = go.Figure(
    [
        go.Scatter(
            x=[x for x, _ in plane.regions[level]],
            y=[y for _, y in plane.regions[level]],
            name=f"{plane.variant}, {float(level):.0%}",
            mode="lines",
            fill="toself",
        )
        for plane in report.planes
        for level in plane.regions
    ],
    layout={
        "title": "Cross-sell against up-sell",
        "xaxis": {"title": "Change of up-sell", "tickformat": "+.0%"},
        "yaxis": {"title": "Change of cross-sell", "tickformat": "+.0%"},
    },
)
figure.add_vline(-0.05, line_dash="dash")
figure.add_hline(0)
figure.show()

# %% [markdown]
# ## One number, taken apart
#
# Nothing is a black box: every number of a report can be followed to the sums it came from.

# %%
print(explanation_text(explain(given, "up-sell", "banner")))

# %% [markdown]
# The same effect straight from the statistics, without plan and verdict:

# %%
effect = effects.relative(Measure("rate", "up_sell"), moments["control"], moments["banner"])
print(f"{effect.point:+.2%}, interval {effect.lo:+.2%} to {effect.hi:+.2%} ({effect.form}), p = {effect.p:.2g}")

# %% [markdown]
# ## What if the margin had been another?
#
# For understanding only: the margin is agreed before launch.

# %%
cross_sell, up_sell = given.metrics
pd.DataFrame(
    {
        f"{margin:.0%}": build_report(
            replace(given, metrics=(cross_sell, replace(up_sell, margin=Margin(Scale.RELATIVE, margin))))
        ).decision.variants
        for margin in (0.02, 0.05, 0.10, 0.15)
    }
).map(str).rename_axis("margin of up-sell →")
