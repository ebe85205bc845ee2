"""What may be said of an opportunity, in one place: a ceiling is never worded as a gain."""

from __future__ import annotations

from collections.abc import Mapping

from experiments.insight.opportunities.opportunity import Benchmark, Opportunity, Status
from experiments.insight.segments import segment_name

CEILING = "A ceiling, not a forecast: what closing the whole gap would bring, if all of it were caused by the page."
ADD = "Cells do not add: the same people are counted in several of them."


def benchmark_words(benchmark: Benchmark, family: str, families: Mapping[str, str]) -> str:
    """Whom the cell is compared with."""
    if benchmark.rule == "made_for":
        return f"the same people on “{benchmark.place.name}”, which was made for {families[family]}"
    if benchmark.held is None:
        return f"those who hold {families[family]} already, on the same page"
    return f"those who hold the same and {families[family]} too, on the same page"


def sentence(cell: Opportunity, families: Mapping[str, str]) -> str:
    """What the numbers of a cell mean."""
    family, who = families[cell.family], segment_name(cell.held, families)
    if cell.benchmark is None:
        return {
            Status.FEW: f"Too few people to compare ({who} at “{cell.place.name}”).",
            Status.NO_BENCHMARK: f"Nobody to compare with: neither a page made for {family} nor its holders here buy "
            "enough of it.",
        }[cell.status]
    whom = benchmark_words(cell.benchmark, cell.family, families)
    return {
        Status.GAP: f"These people buy less {family} here than {whom}. Part of that is because different people come, "
        "with different plans. Only a test tells.",
        Status.EXPLAINED: f"These people seem to buy less {family} here than {whom}, but not where people in the same "
        "kind of visit are compared: other people come here, and what is left is within chance.",
        Status.NO_GAP: f"No gap shown: these people do not clearly buy less {family} here than {whom}.",
        Status.NOT_COMPARABLE: f"Not comparable: other kinds of visits come here than to {whom}.",
    }[cell.status]
