"""Reading the settings of a client: what does not fit is warned of and replaced by its default."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from netlift import spoolfile
from netlift.notices import Notices
from netlift.options import SERVER_KEY, Options
from netlift.outbox import WHEN_FULL, WhenFull


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
        when_full=_policy(settings.get("when_full"), notices),
        spool=_folder(settings.get("spool"), notices),
        forced=_forced(settings.get("forced"), notices),
        page_key=_page_key(settings.get("page_key"), notices),
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


def _policy(value: Any, notices: Notices) -> WhenFull:
    if value is None or value in WHEN_FULL:
        return value or "drop_oldest"
    notices.once("option when_full", "Netlift: when_full == %r, must be one of %s.", value, ", ".join(WHEN_FULL))
    return "drop_oldest"


def _folder(value: Any, notices: Notices) -> Path | None:
    if value is None:
        return None
    if isinstance(value, (str, os.PathLike)) and os.fspath(value):
        if spoolfile.SUPPORTED:
            return Path(value).absolute()
        notices.once("option spool", "Netlift: there is no spool on this system, which cannot lock files.")
    else:
        notices.once("option spool", "Netlift: spool == %r, must be a folder. Events wait in memory only.", value)
    return None


def _page_key(value: Any, notices: Notices) -> str:
    if isinstance(value, str) and value.startswith(SERVER_KEY):
        notices.once("option page_key", "Netlift: page_key is a server key, must be a client key: pages are public.")
        return ""
    if value is not None and not _is_key(value):
        notices.once("option page_key", "Netlift: page_key is no ASCII text. Pages get no config.")
        return ""
    return value.strip() if value else ""


def _key(value: Any, notices: Notices) -> str:
    if _is_key(value):
        return str(value).strip()
    notices.once("option key", "Netlift: the key is missing or no ASCII text. The client is off.")
    return ""


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value.strip())


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
