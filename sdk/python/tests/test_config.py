from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from netlift import ConfigError, parse_config


def test_documents_are_read_as_in_the_golden_cases(cases: dict[str, Any]) -> None:
    for case in cases["documents"]:
        if case["readable"]:
            assert list(parse_config(case["document"]).experiments) == case["experiments"], case
        else:
            with pytest.raises(ConfigError):
                parse_config(case["document"])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"enrolment": 1.2}, "enrolment == 1.2, must be between 0 and 1."),
        ({"salt": ""}, "salt == '', must be a text that is not empty."),
        ({"unit": "device"}, "unit == 'device', must be one of visitor, customer, agent."),
        ({"layer": {"key": "gone", "range": [0, 1]}}, "layers['gone'] == None, must be an object."),
        ({"variants": []}, "variants == [], must hold at least the control."),
    ],
)
def test_a_problem_names_field_value_and_bound(
    changes: dict[str, Any], problem: str, make_document: Callable[..., Any], make_experiment: Callable[..., Any]
) -> None:
    config = parse_config(make_document(make_experiment("kept"), make_experiment("broken", **changes)))
    assert config.problems == (f"experiments[1]: {problem}",)


def test_of_two_experiments_with_one_key_the_second_is_left_out_and_named(
    make_document: Callable[..., Any], make_experiment: Callable[..., Any]
) -> None:
    config = parse_config(make_document(make_experiment("tv"), make_experiment("tv", phase=2)))
    assert config.problems == ("experiments[1]: key == 'tv', must be used once.",)
    assert config.experiments["tv"].answers.no_unit.phase == 1


def test_a_config_cannot_be_changed(make_document: Callable[..., Any], make_experiment: Callable[..., Any]) -> None:
    config = parse_config(make_document(make_experiment()))
    with pytest.raises(FrozenInstanceError):
        config.version = "other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        config.experiments["tv-entry"].enrolment = 0.0  # type: ignore[misc]


def test_environment_and_mark_of_made_up_data_are_kept(make_document: Callable[..., Any]) -> None:
    config = parse_config({**make_document(), "environment": "test", "generated": True})
    assert (config.environment, config.generated) == ("test", True)
