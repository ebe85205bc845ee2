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
# # Find opportunities
#
# Where do pages hold unused cross-sell potential? The finder compares what people buy on a page with a stated benchmark,
# within the same kind of visit, and words the answer as a ceiling. Here it meets traffic whose truth is known: three gaps
# are planted, and one page is opened by strangers, which looks like a gap and is none.

# %%
import numpy as np
import pandas as pd
import plotly.graph_objects as go

from experiments.insight.opportunities import Kappa, Status, find
from experiments.insight.opportunities.simulate import FAMILIES, PEOPLE, PLACES, Scene, draw
from experiments.insight.opportunities.words import sentence
from experiments.insight.segments import segment_name

# %% [markdown]
# ## What is true
#
# Mobile-only customers on TV pages lose 70 % of the TV orders they would place elsewhere: the lead case. Two smaller
# gaps are planted beside it.

# %%
lead = ("tv", ("mobile",), "tv")
planted = {lead: 0.7, ("mobile", ("broadband",), "mobile"): 0.6, ("tv", ("broadband", "mobile"), "tv"): 0.45}
scene = Scene(planted)
truth = pd.DataFrame(
    [
        {"place": place, "holds": segment_name(held, FAMILIES), "family": FAMILIES[family], "lost": share,
         "ceiling per week": scene.ceiling(place, held, family) / 100}
        for (place, held, family), share in planted.items()
    ]
)
truth.round(2)

# %% [markdown]
# ## What is seen, and what is found
#
# One draw of four weeks. Cells are ranked by the lower bound of the shrunk ceiling.

# %%
traffic = draw(np.random.default_rng(1), scene)
found = find(traffic)
listed = pd.DataFrame(
    [
        {"rank": each.rank, "place": each.place.name, "holds": segment_name(each.held, FAMILIES),
         "family": FAMILIES[each.family], "gap": each.gap.value, "ceiling": each.ceiling.raw / 100,
         "lo": each.ceiling.lo / 100, "hi": each.ceiling.hi / 100, "shrunk": each.ceiling.shrunk / 100,
         "at least": each.ceiling.bound / 100,
         "truth": scene.ceiling(each.place.key, each.held, each.family) / 100}
        for each in found.ranked
    ]
)
assert (found.ranked[0].place.key, found.ranked[0].held, found.ranked[0].family) == lead
listed.round(3)

# %% [markdown]
# The words that stand beside the first one. They never promise a gain: who comes to a page chose it.

# %%
print(sentence(found.ranked[0], FAMILIES))

# %%
figure = go.Figure()
figure.add_scatter(
    x=listed["ceiling"], y=listed.index + 1, mode="markers", name="ceiling, 95 %",
    error_x={"type": "data", "array": listed["hi"] - listed["ceiling"], "arrayminus": listed["ceiling"] - listed["lo"]},
)
figure.add_scatter(x=listed["truth"], y=listed.index + 1, mode="markers", marker_symbol="x", name="planted")
figure.update_yaxes(autorange="reversed", title="rank", dtick=1)
figure.update_xaxes(title="EUR per week")
figure

# %% [markdown]
# ## Other people are no gap
#
# On the help pages most visitors were never seen before, and strangers buy less everywhere. Without standardising nearly
# every cell there looks like a gap; between people of the same kind of visit almost none is left.

# %%
strangers = [each for each in found.opportunities if each.place.key == "help" and each.gap is not None]
compared = pd.DataFrame(
    [
        {"cell": f"{segment_name(each.held, FAMILIES)}: {FAMILIES[each.family]}", "at first sight": each.gap.raw,
         "like with like": each.gap.value, "called": each.status.value}
        for each in strangers
    ]
)
compared.round(4)

# %%
bars = go.Figure()
for name in ("at first sight", "like with like"):
    bars.add_bar(x=compared["cell"], y=100 * compared[name], name=name)
bars.update_yaxes(title="gap in percentage points")
bars

# %% [markdown]
# ## How often is that right?
#
# Two hundred draws. How often is the lead case first, how often does the interval cover the planted ceiling, and how often is a cell
# of strangers called a gap? `make calibrate` runs the same with a thousand.

# %%
random = np.random.default_rng(2)
draws = [find(draw(random, scene)) for _ in range(200)]
first = [(each.ranked[0].place.key, each.ranked[0].held, each.ranked[0].family) == lead for each in draws]
leads = [next(each for each in one.opportunities if (each.place.key, each.held, each.family) == lead) for one in draws]
covered = [each.ceiling.lo <= scene.ceiling(*lead) <= each.ceiling.hi for each in leads]
called = [
    each.status is Status.GAP for one in draws for each in one.opportunities
    if each.place.key == "help" and each.gap is not None
]
shares = pd.Series({"lead case first": np.mean(first), "interval covers": np.mean(covered),
                    "strangers called a gap": np.mean(called)})
assert shares["lead case first"] > 0.95
assert shares["strangers called a gap"] < 0.05
shares.round(3)

# %% [markdown]
# ## What to expect of a test
#
# Past tests close a part κ of a gap. Before ten tests have told, κ is an assumption: 10 %, somewhere in 0 to 30 %.

# %%
kappa = Kappa()
print(f"{kappa.value:.0%} {kappa.words}")
pd.DataFrame(
    [
        {"κ": share, "expected per week, EUR": found.ranked[0].expected(share) / 100}
        for share in (kappa.low, kappa.value, kappa.high)
    ]
).round(0)

# %% [markdown]
# Five places and five sets of holdings were simulated here: the same list come from your own events with
# `netlift opportunities --json`, and every cell ends in a draft of a test with audience, margin and sample size.

# %%
len(PLACES), len(PEOPLE)
