"""Words for mistakes that show everybody the control without any error: said once, where a developer looks."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from netlift.config import Config
from netlift.notices import Notices

# Reasons behind which a mistake may stand.
TOLD = frozenset({"NO_CONFIG", "UNKNOWN", "NO_UNIT"})


def tell(notices: Notices, key: str, reason: str, unit: object, config: Config | None, *, waiting: bool) -> None:
    """Warn where code and not circumstance seems to be the reason.

    Args:
        waiting: whether the first config is on its way.
    """
    if reason == "UNKNOWN" and config is not None:
        notices.once(f"unknown {key}", "Netlift: %s", unknown(key, config))
    elif reason == "NO_UNIT" and unit is not None and not isinstance(unit, str):
        # The value stays out of the log: it may be somebody's id.
        kind = type(unit).__name__
        notices.once(f"unit {kind}", "Netlift: %r shows the control: its id is of type %s, must be a text.", key, kind)
    elif reason == "NO_CONFIG" and waiting:
        notices.once("early", "Netlift: %r was read before the first config had come; see wait_ready().", key)


def unknown(key: str, config: Config) -> str:
    """Why a config may lack an experiment, and which name was perhaps meant."""
    close = get_close_matches(key, config.experiments, 1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    unreadable = ", left out as unreadable" if config.problems else ""
    return (
        f"this key's config ({config.environment}) has no experiment {key!r}: it is mistyped, not launched, archived"
        f"{unreadable}, or of the other environment.{guess}"
    )


def clearer(error: Exception, attributes: object) -> Exception:
    """The error, named by its cause where that can be told."""
    if attributes is not None and not issubclass(type(attributes), Mapping):
        return TypeError(f"attributes == {attributes!r}, must be a mapping.")
    return error
