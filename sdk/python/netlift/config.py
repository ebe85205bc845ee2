"""The published config, read once into frozen values that evaluate fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from netlift import reading
from netlift.experiment import Experiment, read_experiment
from netlift.reading import ConfigError
from netlift.result import Result

SUPPORTED = 1
_Read = tuple[Experiment, Mapping[str, Any]]


@dataclass(frozen=True)
class Config:
    """One published config.

    Args:
        version: hash of the content, the same on every server.
        environment: where the keys that read it belong, `production` or `test`.
        generated: whether its events are made up for a demonstration.
        experiments: the readable experiments by key.
        unknown: the answer for every other key.
        problems: one sentence for each experiment that was left out because it cannot be read.
    """

    version: str
    environment: str
    generated: bool
    experiments: Mapping[str, Experiment]
    unknown: Result
    problems: tuple[str, ...]


def parse_config(document: Any) -> Config:
    """Read a config document as decoded from JSON.

    An experiment that cannot be read is left out and named in `problems`, so that it never takes its neighbours down.

    Raises:
        ConfigError: where the document as a whole cannot be read.
    """
    return read_config(document)[0]


def read_config(document: Any) -> tuple[Config, Mapping[str, Mapping[str, Any]]]:
    """The config, and for each of its experiments the part of the document that it was read from.

    Raises:
        ConfigError: as `parse_config`.
    """
    document = reading.mapping(document, "config")
    if document.get("v") != SUPPORTED or isinstance(document["v"], bool):
        raise ConfigError(f"v == {document.get('v')!r}, must be {SUPPORTED}.")
    version = reading.text(document, "version")
    found, problems = _read_experiments(document, version)
    config = Config(
        version=version,
        environment=reading.text(document, "environment"),
        generated=reading.flag(document, "generated"),
        experiments={key: experiment for key, (experiment, _) in found.items()},
        unknown=Result(None, "UNKNOWN", None, exposure=False, phase=None, config_version=version),
        problems=problems,
    )
    return config, {key: item for key, (_, item) in found.items()}


def _read_experiments(document: Mapping[str, Any], version: str) -> tuple[dict[str, _Read], tuple[str, ...]]:
    layers = {} if document.get("layers") is None else reading.mapping(document["layers"], "layers")
    found: dict[str, _Read] = {}
    problems = []
    for position, item in enumerate(reading.items(document, "experiments")):
        experiment = _try(item, layers, version)
        if isinstance(experiment, str):
            problems.append(f"experiments[{position}]: {experiment}")
        elif experiment.key in found:
            problems.append(f"experiments[{position}]: key == {experiment.key!r}, must be used once.")
        else:
            found[experiment.key] = experiment, item
    return found, tuple(problems)


def _try(item: Any, layers: Mapping[str, Any], version: str) -> Experiment | str:
    """The experiment, or the sentence that says why it cannot be read."""
    try:
        return read_experiment(reading.mapping(item, "experiment"), layers, version)
    except ConfigError as error:
        return str(error)
