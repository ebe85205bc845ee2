"""Questions that only the server can answer, because they need facts that are kept there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from netlift.deciding import Deciding
from netlift.evaluator import Answer
from netlift.events import plain
from netlift.hashing import normalise_unit
from netlift.identity import presented
from netlift.reading import ConfigError
from netlift.visit import Visit, read_answers


class Asking(Deciding):
    """What `remote` of both kinds of client share: the question before the wait, and the answer after it."""

    def _ask(self, visit: Visit, channel: str | None, experiments: Iterable[str] | None) -> Future[Answer] | None:
        """Send the question of a page view; None where it need not or cannot be sent."""
        try:
            asked = None if experiments is None else _names(experiments)
            if not self._worth_asking(visit, asked):
                return None
            return self._running().evaluator.begin(_question(visit, channel, asked))
        except Exception as error:
            self._notices.once(
                f"remote {type(error).__name__}", "Netlift: the server was not asked: %s", error, trace=True
            )
            return None

    def _answered(self, visit: Visit, future: Future[Answer] | None) -> Visit:
        """The page view with the server's answers, as far as there are any."""
        runtime = self._runtime
        try:
            body, config = runtime.evaluator.end(future), runtime.source.config
            if body is None or config is None:
                return visit
            results, document, problems = read_answers(body, config)
        except (ConfigError, RecursionError) as error:
            self._notices.once("remote answer", "Netlift: the server's answer cannot be read: %s", error)
            return visit
        for problem in problems:
            self._notices.once(f"remote {problem}", "Netlift: left out of the server's answer: %s", problem)
        return replace(visit, results=results, document=document)

    def _worth_asking(self, visit: Visit, asked: list[str] | None) -> bool:
        """Whether a remote experiment is asked for, and there is somebody it may be asked for."""
        config = self._running().source.config
        somebody = normalise_unit(visit.anonymous_id) or normalise_unit(visit.user_id)
        if config is None or not visit.consent or somebody is None:
            return False
        return any(
            experiment.remote and experiment.accepting
            for experiment in config.experiments.values()
            if asked is None or experiment.key in asked
        )


def _names(experiments: Iterable[str]) -> list[str]:
    names = [experiments] if isinstance(experiments, str) else list(experiments)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"experiments == {names!r}, must be keys of experiments.")
    return names


def _question(visit: Visit, channel: str | None, asked: list[str] | None) -> bytes:
    attributes: Mapping[str, Any] = visit.attributes or {}
    question: dict[str, Any] = {
        "anonymousId": normalise_unit(visit.anonymous_id),
        "userId": normalise_unit(visit.user_id),
        "attributes": dict(attributes),
    }
    more = {
        "identity": presented(visit.identity),
        "channel": attributes.get("channel") if channel is None else channel,
        "experiments": asked,
    }
    question.update({name: value for name, value in more.items() if value is not None})
    return json.dumps(question, allow_nan=False, default=plain).encode()
