"""The settings of a client, checked once: what does not fit is warned of and replaced by its default."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from netlift.notices import Notices


@dataclass(frozen=True)
class Options:
    """Settings of a client; durations in seconds.

    Args:
        key: the key of the environment, sent with every event.
        host: address of the Netlift server, such as `https://netlift.example.com`, with a path prefix if it has one.
        flush_interval: how long an event may wait for others before it is sent.
        max_queue: how many events may wait; beyond, the oldest are dropped and counted.
        batch_size: most events in one request.
        timeout: patience with one request for the config; it doubles after each failure, up to `send_timeout`.
        send_timeout: patience with one request that carries events.
        poll_interval: time between two looks at the config.
        retry_interval: first pause after a failed request; it doubles after each failure, up to 30 s.
        report_interval: how often the counts of reasons are sent.
        exit_timeout: how long the end of the process may wait for events to be sent.
        exposure_memory: how many exposures are remembered so as not to be logged again.
        forced: variants to show by experiment key, for trying things out; never an exposure.
        clock: says when the events happen that state no time of their own, for replays and tests; the real time
            where it is None. The time of sending is always the real one.
    """

    key: str = ""
    host: str = ""
    flush_interval: float = 1.0
    max_queue: int = 10_000
    batch_size: int = 100
    timeout: float = 0.8
    send_timeout: float = 10.0
    poll_interval: float = 30.0
    retry_interval: float = 0.5
    report_interval: float = 60.0
    exit_timeout: float = 2.0
    exposure_memory: int = 10_000
    forced: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] | None = None

    @property
    def usable(self) -> bool:
        """Whether there is a server to talk to."""
        return bool(self.key and self.host)


def read_options(settings: Mapping[str, Any], notices: Notices) -> Options:
    """Options from settings by name, with the environment filling in key, host and forced where they are None.

    `NETLIFT_SDK_KEY`, `NETLIFT_SDK_HOST` and `NETLIFT_SDK_FORCED` ("experiment=variant,other=variant") are read.
    Never raises: a setting that does not fit keeps its default, and a client without key and host answers NO_CONFIG.
    """
    defaults = Options()
    numbers = {
        setting.name: _number(setting.name, settings[setting.name], getattr(defaults, setting.name), notices)
        for setting in fields(Options)
        if setting.name in settings and isinstance(getattr(defaults, setting.name), (int, float))
    }
    return replace(
        defaults,
        key=_key(settings.get("key") or os.environ.get("NETLIFT_SDK_KEY"), notices),
        host=_host(settings.get("host") or os.environ.get("NETLIFT_SDK_HOST"), notices),
        forced=_forced(settings.get("forced"), notices),
        clock=_clock(settings.get("clock"), notices),
        **numbers,
    )


def _number(name: str, value: Any, default: float, notices: Notices) -> Any:
    """A finite number above 0, whole where the default is."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not fits or (isinstance(default, int) and int(value) != value):
        kind = "whole number" if isinstance(default, int) else "number"
        notices.once(f"option {name}", "Netlift: %s == %r, must be a %s above 0.", name, value, kind)
        return default
    return type(default)(value)


def _key(value: Any, notices: Notices) -> str:
    if isinstance(value, str) and value.isascii() and value.isprintable() and value.strip():
        return value.strip()
    notices.once("option key", "Netlift: the key is missing or no ASCII text. The client is off.")
    return ""


def _host(value: Any, notices: Notices) -> str:
    host = value.strip().rstrip("/") if isinstance(value, str) else ""
    if not _is_address(host):
        notices.once("option host", "Netlift: host == %r, must be an http or https address. The client is off.", value)
        return ""
    return host


def _is_address(host: str) -> bool:
    try:
        parts = urlsplit(host)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _clock(value: Any, notices: Notices) -> Callable[[], datetime] | None:
    if value is None or callable(value):
        return value  # type: ignore[no-any-return]
    notices.once("option clock", "Netlift: clock == %r, must be callable. The real time is used.", value)
    return None


def _forced(value: Any, notices: Notices) -> Mapping[str, str]:
    if value is None:
        return _forced_from_text(os.environ.get("NETLIFT_SDK_FORCED", ""))
    if isinstance(value, Mapping):
        return dict(value)
    notices.once("option forced", "Netlift: forced == %r, must map experiment keys to variant keys.", value)
    return {}


def _forced_from_text(listed: str) -> dict[str, str]:
    pairs = (pair.split("=", 1) for pair in listed.split(",") if "=" in pair)
    return {experiment.strip(): variant.strip() for experiment, variant in pairs}
