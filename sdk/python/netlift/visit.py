"""One page view for which the server was asked: its answers where private facts decide, ours elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from netlift import reading
from netlift.deciding import Deciding, own
from netlift.reading import ConfigError
from netlift.result import Reason, Result

if TYPE_CHECKING:
    from netlift.config import Config

REASONS = frozenset(get_args(Reason))


@dataclass(frozen=True)
class Visit:
    """Answers for one visitor or customer, good for one page view; made by `remote` of a client.

    Reading a variant logs its exposure once, as the client's own methods do, and `peek` logs nothing. An experiment
    that the server did not answer is decided here with the same ids and attributes. Where that needs private facts,
    the answer is the control with reason REMOTE, which is no exposure.

    Args:
        client: whose config and queue are used.
        anonymous_id: the visitor's id.
        user_id: the customer's id.
        attributes: what is known of the unit.
        identity: what proves the customer's id, for events of a client key.
        consent: False where the visitor has not agreed.
        results: the server's answers by experiment.
        document: the server's whole answer, for the bootstrap of a page; None without one.
    """

    client: Deciding
    anonymous_id: str | None = None
    user_id: str | None = None
    attributes: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] | None = None
    consent: bool = True
    results: Mapping[str, Result] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None

    def variant(self, key: str, *, default: str = "control", forced: str | None = None) -> str:
        """Key of the variant to show; `default` where no config knows the experiment."""
        result = self._answer(key, forced)
        return default if result.variant is None else result.variant

    def payload(self, key: str, *, default: Any = None, forced: str | None = None) -> Any:
        """The JSON value attached to the variant to show; `default` where there is none."""
        result = own(self._answer(key, forced))
        return default if result.payload is None else result.payload

    def decide(self, key: str, *, forced: str | None = None) -> Result:
        """The variant to show with its payload and the reason."""
        return own(self._answer(key, forced))

    def peek(self, key: str, *, forced: str | None = None) -> Result:
        """What `decide` would answer; nothing is logged or counted, so nothing may be shown by it."""
        return own(self._answer(key, forced, shown=False))

    def _answer(self, key: str, forced: str | None, shown: bool = True) -> Result:
        return self.client._answer(
            key, None, self.attributes, self.anonymous_id, self.user_id, forced, self.consent, shown, self
        )


def read_answers(body: bytes, config: Config) -> tuple[dict[str, Result], dict[str, Any], list[str]]:
    """The server's answers, its document, and one sentence for each answer that cannot be read.

    Raises:
        ConfigError: where the document as a whole cannot be read.
    """
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the answer is no JSON: {error}") from error
    document = dict(reading.mapping(decoded, "answer"))
    version = reading.text(document, "version")
    answers = reading.mapping(document.get("experiments"), "experiments")
    read = {key: _try(item, key, version, config) for key, item in answers.items()}
    results = {key: result for key, result in read.items() if isinstance(result, Result)}
    problems = [f"{key}: {problem}" for key, problem in read.items() if isinstance(problem, str)]
    return results, document, problems


def _try(item: object, key: str, version: str, config: Config) -> Result | str:
    """The answer, or the sentence that says why it cannot be read."""
    try:
        return _read(reading.mapping(item, "answer"), key, version, config)
    except ConfigError as error:
        return str(error)


def _read(item: Mapping[str, Any], key: str, version: str, config: Config) -> Result:
    if key not in config.experiments:
        raise ConfigError("is not in the config yet.")
    reason: Any = reading.one_of(item, "reason", tuple(sorted(REASONS)), default="")
    assigned = None if item.get("assigned") is None else reading.text(item, "assigned")
    return Result(
        variant=reading.text(item, "variant"),
        reason=reason,
        payload=item.get("payload"),
        exposure=reading.flag(item, "exposure"),
        phase=reading.whole(item, "phase"),
        config_version=version,
        suppressed=assigned is not None,
        assigned=assigned,
    )
