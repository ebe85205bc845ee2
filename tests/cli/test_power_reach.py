"""`netlift power` turned round: what given units or weeks can find, and with what power."""

from __future__ import annotations

import json

import pytest

from web.cli import cli
from web.cli.failures import run

BOTH = ("--goal", "cross-sell:0.052:+10%", "--guardrail", "up-sell:0.042:5%")
OPEN = ("--goal", "cross-sell:0.052", "--guardrail", "up-sell:0.042")


class Result:
    """Exit code and what was printed."""

    def __init__(self, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        self.code = run(cli, ["power", *arguments])
        self.out, self.err = capsys.readouterr()


def test_units_with_effects_give_the_power_of_each_part_and_of_the_rule(capsys: pytest.CaptureFixture[str]) -> None:
    sized = json.loads(Result((*BOTH, "--traffic", "30000", "--json"), capsys).out)
    asked = Result((*BOTH, "--units", str(sized["joint_per_arm"]), "--json"), capsys)
    assert asked.code == 0
    reach = json.loads(asked.out)["reach"]
    assert reach["joint_power"] == pytest.approx(sized["joint_power"])
    assert reach["binding"] == "up-sell"
    assert [line["power"] for line in reach["lines"]] == pytest.approx(
        [line["power_in_plan"] for line in sized["lines"]]
    )


def test_units_without_effects_give_the_smallest_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result((*OPEN, "--units", "29963"), capsys)
    assert "29,963 units in the control, 59,926 in all:" in result.out
    assert "+10.0% or −9.5%" in result.out
    assert "worse by 10.4%" in result.out
    assert "by its own test" in result.out
    assert "minimum detectable effect" in result.out
    assert "whole rule" not in result.out


def test_the_text_names_the_weakest_part_formulas_and_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result((*BOTH, "--units", "30000", "--variants", "3", "--looks", "2"), capsys)
    assert "30,000 units in the control, 90,000 in all:" in result.out
    assert "The guardrail up-sell has the least power" in result.out
    assert "joint power: Φ" in result.out
    assert "alpha / 2 for each variant against the control" in result.out
    assert "2 equally spaced looks" in result.out
    assert "up-sell: the guardrail does not change in truth" in result.out


def test_weeks_stand_for_the_units_they_bring(capsys: pytest.CaptureFixture[str]) -> None:
    weeks = Result((*BOTH, "--traffic", "30000", "--weeks", "4", "--window", "14", "--json"), capsys)
    units = Result((*BOTH, "--units", "60000", "--json"), capsys)
    by_weeks, by_units = json.loads(weeks.out), json.loads(units.out)
    assert by_weeks["reach"]["joint_power"] == pytest.approx(by_units["reach"]["joint_power"])
    assert by_weeks["reach"]["weeks"] == 4
    assert by_weeks["joint_per_arm"] > 60_000, "with effects and traffic the sizing is answered as well"
    assert "joint_per_arm" not in by_units
    text = Result((*BOTH, "--traffic", "30000", "--weeks", "4", "--window", "14"), capsys)
    assert "60,000 units in the control, 120,000 in all after 4 weeks, read out on day 42:" in text.out


def test_a_covariate_makes_smaller_effects_visible(capsys: pytest.CaptureFixture[str]) -> None:
    def rise(line: str) -> float:
        document = json.loads(Result(("--goal", line, "--units", "10000", "--json"), capsys).out)
        return float(document["reach"]["lines"][0]["smallest_rise"]["absolute"])

    assert rise("spend:12.5:sd=31:explained=0.36") == pytest.approx(0.8 * rise("spend:12.5:sd=31"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((*BOTH, "--units", "10", "--weeks", "2"), 2, "--units and --weeks exclude each other"),
        ((*BOTH, "--weeks", "2"), 2, "Missing option '--traffic'"),
        ((*BOTH, "--traffic", "9", "--page", "/tv/*"), 2, "--page needs --from-history"),
        ((*BOTH, "--units", "10", "--holdings", "tv"), 2, "--holdings needs --from-history"),
        ((*BOTH, "--from-history", "--window", "9"), 2, "--window and --from-history exclude each other"),
        ((*BOTH, "--traffic", "-4", "--weeks", "2"), 1, "traffic_per_week == -4.0, must be > 0"),
        ((*BOTH, "--units", "10", "--alpha", "0.9"), 1, "alpha == 0.9"),
        ((*BOTH, "--units", "0"), 2, "0 is not in the range x>=1"),
        (("--goal", "cross-sell:0.052:2/1000", "--units", "9"), 1, "must look like +10% or +0.003"),
        (("--goal", "cross-sell:0.052:+1%:sd", "--units", "9"), 1, "goal.cross-sell has 'sd'"),
    ],
)
def test_what_does_not_go_together_is_refused(
    arguments: tuple[str, ...], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = Result(arguments, capsys)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
