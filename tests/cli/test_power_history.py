"""`netlift power --from-history`: the planted past comes out as text and JSON, and sizes a test."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from web.cli import cli
from web.cli.failures import run

AUDIENCE = ("--until", "2025-06-29", "--page", "/tv/*", "--holdings", "mobile", "--holdings-not", "tv")
Power = Callable[..., tuple[int, str, str]]
SALES = ("--goal", "cross-sell:+60%", "--guardrail", "up-sell:50%")


@pytest.fixture
def power(past_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Power:
    """Run the command on that database; gives exit code, output and errors."""
    monkeypatch.setenv("NETLIFT_DATABASE_URL", past_url)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(cli, ["power", "--from-history", *arguments])
        return code, *capsys.readouterr()

    return call


def test_the_text_shows_what_was_measured_and_then_the_size(power: Power) -> None:
    code, text, errors = power(*SALES, *AUDIENCE)
    assert (code, errors) == (0, "")
    assert "customers with mobile and without tv seen on /tv/*, 2025-04-21 to 2025-06-29: 300 in its first" in text
    assert "10.00%" in text
    assert "12.00%" in text
    assert "cross-sell and up-sell +0.29" in text
    assert "Distinct customers by week: 150, 213, 260, 300, 335" in text
    assert "The goal cross-sell decides: 26 weeks" in text
    assert "the given correlation of the metrics" in text


def test_the_document_holds_history_and_sizing(power: Power) -> None:
    document = json.loads(power(*SALES, *AUDIENCE, "--json")[1])
    assert document["history"]["metrics"][0]["baseline"] == pytest.approx(0.1)
    assert document["history"]["correlation"][0][1] == pytest.approx(0.2872134789517736)
    assert document["weeks"] == 26
    assert document["window_days"] == 42
    assert document["reach"] is None


def test_weeks_are_read_off_the_measured_curve(power: Power) -> None:
    asked = ("--goal", "cross-sell", "--guardrail", "contacts", *AUDIENCE, "--covariate-days", "14", "--weeks", "2")
    document = json.loads(power(*asked, "--json")[1])
    assert document["reach"]["units_total"] == 213
    goal, contacts = document["reach"]["lines"]
    assert "covariates remove 33% of the variance" in contacts["assumptions"]
    assert goal["power"] is None


def test_stated_traffic_and_correlation_overrule_what_was_measured(power: Power) -> None:
    document = json.loads(power(*SALES, *AUDIENCE, "--traffic", "500", "--correlation", "0", "--json")[1])
    assert document["traffic_per_week"] == 500
    assert document["weeks"] == 3
    independent = json.loads(power(*SALES, *AUDIENCE, "--json")[1])["joint_n_control"]
    assert document["joint_n_control"] > independent


def test_one_of_several_goals_is_planned_as_independent(power: Power) -> None:
    goals = ("--goal", "cross-sell:+60%", "--goal", "up-sell:+50%", "--goal-rule", "any")
    code, text, _ = power(*goals, *AUDIENCE)
    assert code == 0
    assert "one of 2 goals is enough" in text


def test_visitors_and_other_days(power: Power) -> None:
    document = json.loads(
        power(*SALES, *AUDIENCE, "--unit", "visitor", "--days", "14", "--until", "2025-06-15", "--json")[1]
    )
    assert document["history"]["unit"] == "visitor"
    assert document["history"]["days"] == 14
    assert document["history"]["since"] == "2025-04-21T00:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--goal", "cross-sell:+10%:sd=4", *AUDIENCE), "goal.cross-sell.sd is taken from history"),
        (("--goal", "cross-sell:+10%:expect=1%", *AUDIENCE), "goal.cross-sell.expect is not known"),
        (("--goal", "contacts:+10%", *AUDIENCE), "goal.contacts.effect == '+10%', must be below 0"),
        (("--goal", "cross-sell", *AUDIENCE), "goal.cross-sell.effect is empty"),
        (("--goal", "nothing:+10%", *AUDIENCE), "metric == 'nothing', does not exist"),
        (("--goal", "cross-sell:+10%"), "the last ones were seen on 2025-06-29"),
        (("--goal", "cross-sell:+10%", *AUDIENCE, "--days", "70"), "Look back over fewer days"),
        ((*SALES[:2], "--guardrail", "up-sell:5", *AUDIENCE), "must look like 5%, 2/1000 or 20%gain"),
    ],
)
def test_a_question_that_history_cannot_answer(power: Power, arguments: tuple[str, ...], words: str) -> None:
    code, text, errors = power(*arguments)
    assert (code, text) == (1, "")
    assert words in errors
