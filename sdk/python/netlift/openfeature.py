"""The provider for OpenFeature: evaluation over OFREP, exposures and tracked events through the queue of a client.

Needs the extra: `pip install 'netlift-sdk[openfeature]'`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagResolutionDetails, Reason
from openfeature.hook import Hook, HookContext
from openfeature.provider import Metadata
from openfeature.track import TrackingEventDetails

from netlift import lifecycle, messages
from netlift.client import Client
from netlift.hashing import normalise_unit

#: What an object flag holds.
Object = Sequence[Any] | Mapping[str, Any]


class NetliftProvider(OFREPProvider):
    """`openfeature.api.set_provider(NetliftProvider(Client(key, host)))`; flags are experiments.

    The server evaluates each flag. One that it answers with reason SPLIT is an exposure, which is logged once through
    the client's queue: in the background, in batches, and never with an exception.

    The targeting key is the id of the unit. Where the context also has the attributes `anonymousId` and `userId`, each
    experiment takes the id of its own kind, and exposures carry both. With a client key, private facts count only where
    `identityExpiry` and `identitySignature` hold what `sign_identity` made.

    Args:
        client: where key, address, timeout and queue come from; it stays yours to close.
        timeout: patience with one evaluation in seconds; the client's own where it is None.
    """

    def __init__(self, client: Client, *, timeout: float | None = None) -> None:
        options = client._options
        super().__init__(
            options.host,
            headers_factory=lambda: {"Authorization": f"Bearer {options.key}"},
            timeout=options.timeout if timeout is None else timeout,
        )
        self._client = client
        self._hooks: list[Hook] = [_ExposureHook(client)]
        lifecycle.watch(self)

    def get_metadata(self) -> Metadata:
        """The name under which OpenFeature shows the provider."""
        return Metadata(name="Netlift")

    def get_provider_hooks(self) -> list[Hook]:
        """What logs the exposures."""
        return self._hooks

    async def resolve_boolean_details_async(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """The same in a thread of its own: the event loop goes on."""
        return await asyncio.to_thread(self.resolve_boolean_details, flag_key, default_value, evaluation_context)

    async def resolve_string_details_async(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """The same in a thread of its own: the event loop goes on."""
        return await asyncio.to_thread(self.resolve_string_details, flag_key, default_value, evaluation_context)

    async def resolve_integer_details_async(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """The same in a thread of its own: the event loop goes on."""
        return await asyncio.to_thread(self.resolve_integer_details, flag_key, default_value, evaluation_context)

    async def resolve_float_details_async(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """The same in a thread of its own: the event loop goes on."""
        return await asyncio.to_thread(self.resolve_float_details, flag_key, default_value, evaluation_context)

    async def resolve_object_details_async(
        self, flag_key: str, default_value: Object, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Object]:
        """The same in a thread of its own: the event loop goes on."""
        return await asyncio.to_thread(self.resolve_object_details, flag_key, default_value, evaluation_context)

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: EvaluationContext | None = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """Record that something happened; a targeting key alone is the visitor's id."""
        context = evaluation_context or EvaluationContext()
        visitor, customer = context.attributes.get("anonymousId"), context.attributes.get("userId")
        if visitor is None and customer is None:
            visitor = context.targeting_key
        self._client.track(
            tracking_event_name,
            anonymous_id=visitor,  # type: ignore[arg-type]  # the client checks it, and says so
            user_id=customer,  # type: ignore[arg-type]
            properties=_properties(tracking_event_details),
        )

    def shutdown(self) -> None:
        """Send what waits, and close the connections to the server."""
        lifecycle.unwatch(self)
        self._client.flush()
        self.session.close()

    def after_fork(self) -> None:
        """In a forked process, use connections of its own."""
        self.session = requests.Session()

    def at_exit(self) -> None:
        """The client sends what waits."""


def _properties(details: TrackingEventDetails | None) -> dict[str, Any]:
    if details is None:
        return {}
    value = {} if details.value is None else {"value": details.value}
    return {**details.attributes, **value}


class _ExposureHook(Hook):
    """Logs what was evaluated with reason SPLIT; an exception here would turn the answer into the default."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def after(self, hook_context: HookContext, details: FlagEvaluationDetails[Any], hints: Any) -> None:  # noqa: ARG002
        """Queue the exposure, if it is one and a new one."""
        try:
            if details.reason == Reason.SPLIT:
                self._expose(hook_context.evaluation_context, details)
        except Exception as error:
            self._client._notices.once(
                f"openfeature {type(error).__name__}",
                "Netlift: the exposure of %r was not logged: %s",
                details.flag_key,
                error,
                trace=True,
            )

    def _expose(self, context: EvaluationContext, details: FlagEvaluationDetails[Any]) -> None:
        facts = details.flag_metadata
        unit = normalise_unit(facts.get("contextId", context.targeting_key))
        if unit is None:
            raise ValueError("the answer names no unit.")
        properties = {
            "experiment_id": facts.get("experimentKey", details.flag_key),
            "variation_id": details.variant,
            "phase": facts["phase"],
            "config_version": facts.get("version"),
            "reason": facts.get("experimentReason", "SPLIT"),
            "unit": facts.get("unit", "visitor"),
            **({"suppressed": True} if facts.get("suppressed") is True else {}),
        }
        runtime = self._client._running()
        if runtime.exposures.is_new((unit, *properties.values())):
            given = context.attributes
            runtime.put(
                messages.viewed(
                    properties,
                    unit,
                    given.get("anonymousId"),
                    given.get("userId"),
                    timestamp=self._client._moment(),
                    identity=_identity(given),
                )
            )


def _identity(given: Mapping[str, Any]) -> Any:
    if given.get("identity") is not None:
        return given["identity"]
    flat = {"expiry": given.get("identityExpiry"), "signature": given.get("identitySignature")}
    return None if None in flat.values() else flat
