"""The questions a shop asks of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netlift import advice, messages
from netlift.config import Config
from netlift.core import Core
from netlift.evaluation import evaluate
from netlift.experiment import Experiment
from netlift.result import ERROR, Result
from netlift.runtime import Runtime

if TYPE_CHECKING:
    from netlift.visit import Visit

# Under which the errors of keys are counted that are no text.
NO_KEY = "(no key)"


class Deciding(Core):
    """Decide locally; showing a variant logs its exposure, once per unit, phase, variant and reason.

    An experiment randomises visitors, customers or agents of the contact centre, and its own kind picks the id: give
    the id it needs as `unit`, or give `anonymous_id` (visitor), `user_id` (customer) and `agent_id`, and let the
    experiment choose. Where visitor and customer are known, give both: the exposure then carries both, which links
    later sales to the unit. The exposure of an agent carries the agent alone. All methods take

    - `key`: key of the experiment;
    - `unit`: id of the kind the experiment randomises, which wins over the three ids below;
    - `attributes`: what is known of the unit, for audience rules; absent or None is not known;
    - `anonymous_id`, `user_id`: the ids of the visitor and of the customer;
    - `agent_id`: the id of who works under the variant, where agents are drawn; a client key is not believed;
    - `forced`: key of a variant to show whatever the rules say, never an exposure;
    - `consent`: False where the visitor has not agreed: the control is shown and nothing is logged.
    """

    def variant(
        self,
        key: str,
        unit: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        default: str = "control",
        forced: str | None = None,
        consent: bool = True,
    ) -> str:
        """Key of the variant to show; `default` without a config, for an unknown experiment, and on any error."""
        result = self._answer(key, unit, attributes, anonymous_id, user_id, forced, consent, agent_id=agent_id)
        return default if result.variant is None else result.variant

    def payload(
        self,
        key: str,
        unit: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        default: Any = None,
        forced: str | None = None,
        consent: bool = True,
    ) -> Any:
        """The JSON value attached to the variant to show; `default` where there is none."""
        result = own(self._answer(key, unit, attributes, anonymous_id, user_id, forced, consent, agent_id=agent_id))
        return default if result.payload is None else result.payload

    def decide(
        self,
        key: str,
        unit: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        forced: str | None = None,
        consent: bool = True,
    ) -> Result:
        """The variant to show with its payload and the reason."""
        return own(self._answer(key, unit, attributes, anonymous_id, user_id, forced, consent, agent_id=agent_id))

    def peek(
        self,
        key: str,
        unit: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        forced: str | None = None,
        consent: bool = True,
    ) -> Result:
        """What `decide` would answer; nothing is logged or counted, so nothing may be shown by it."""
        return own(
            self._answer(key, unit, attributes, anonymous_id, user_id, forced, consent, agent_id=agent_id, shown=False)
        )

    def _answer(
        self,
        key: str,
        unit: str | None,
        attributes: Mapping[str, Any] | None,
        anonymous_id: str | None,
        user_id: str | None,
        forced: str | None,
        consent: bool,
        shown: bool = True,
        visit: Visit | None = None,
        agent_id: str | None = None,
    ) -> Result:
        try:
            if not isinstance(key, str):
                raise TypeError(f"key == {key!r}, must be a text.")
            runtime = self._runtime
            if not runtime.started:
                runtime.start()
            config = runtime.source.config
            unit = _unit_of(config, key, anonymous_id, user_id, agent_id) if unit is None else unit
            if forced is None and self._options.forced:
                forced = self._options.forced.get(key)
            result = visit.results.get(key) if visit is not None and forced is None else None
            if result is None:
                result = evaluate(config, key, unit, attributes, forced=forced, consent=consent)
            if shown:
                runtime.tally.add(key, result.reason)
                if result.exposure and unit is not None and config is not None:
                    # The reason is part of it: a unit of the test that is later held back must be seen as held back.
                    seen = (unit, key, result.phase, result.variant, result.reason, result.suppressed)
                    if runtime.exposures.is_new(seen):
                        self._expose(runtime, config.experiments[key], result, unit, anonymous_id, user_id, visit)
                elif result.reason in advice.TOLD:
                    waiting = self._options.usable and not runtime.source.failures
                    advice.tell(self._notices, key, result.reason, unit, config, waiting=waiting)
        except Exception as error:
            return self._failed(key, advice.clearer(error, attributes), shown)
        return result

    def _expose(
        self,
        runtime: Runtime,
        experiment: Experiment,
        result: Result,
        unit: str,
        anonymous_id: str | None,
        user_id: str | None,
        visit: Visit | None,
    ) -> None:
        identity = None if visit is None else visit.identity
        runtime.put(messages.exposure(experiment, result, unit, anonymous_id, user_id, self._moment(), identity))

    def _failed(self, key: object, error: Exception, shown: bool) -> Result:
        self._notices.once(f"decide {type(error).__name__}", "Netlift: %r was not decided: %s", key, error, trace=True)
        if shown:
            self._runtime.tally.add(key if isinstance(key, str) else NO_KEY, ERROR.reason)
        return ERROR


def _unit_of(
    config: Config | None, key: str, anonymous_id: str | None, user_id: str | None, agent_id: str | None
) -> str | None:
    """The id of the kind the experiment randomises."""
    experiment = config.experiments.get(key) if config is not None else None
    if experiment is None:
        return None
    return {"customer": user_id, "agent": agent_id}.get(experiment.unit, anonymous_id)


def own(result: Result) -> Result:
    """The result with a payload of its own, since the config's is shared by all callers."""
    payload = result.payload
    if not isinstance(payload, (dict, list)):
        return result
    return replace(result, payload=_copied(payload))


def _copied(value: Any) -> Any:
    """A copy of a JSON value; `deepcopy` takes several times as long."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
