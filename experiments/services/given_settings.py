"""Which settings are given, by what, and which names are no setting at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from experiments.config import Settings

PREFIX = "NETLIFT_"
#: Names that others read: the SDKs, the compose file and its proxy, scripts and tests of the repository.
OTHERS = frozenset(
    {"NETLIFT_DOMAIN", "NETLIFT_UPSTREAM", "NETLIFT_IDENTITY_SECRET", "NETLIFT_PASSWORD", "NETLIFT_DATA"}
)
OF_SDKS = "NETLIFT_SDK_"
HIDDEN = "(hidden)"

Origin = Literal["environment", ".env", "default"]


@dataclass(frozen=True, slots=True)
class GivenSetting:
    """One setting: what holds, what says so, and what it would be otherwise; secrets are hidden."""

    name: str
    value: str
    origin: Origin
    default: str
    meaning: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)


def given_settings(settings: Settings) -> tuple[GivenSetting, ...]:
    """Every setting of a process that was started here and now."""
    environment, file = _names(os.environ), _names(_env_file())
    found = []
    for field, info in Settings.model_fields.items():
        name = PREFIX + field.upper()
        origin: Origin = "environment" if name in environment else ".env" if name in file else "default"
        found.append(
            GivenSetting(
                name, _shown(field, getattr(settings, field)), origin, _plain(info.default), str(info.description)
            )
        )
    return tuple(found)


def unknown_settings() -> dict[str, str]:
    """Names that look like settings and are none, each with the setting that was perhaps meant, or nothing."""
    known = _known()
    given = _names(os.environ) | _names(_env_file())
    strange = sorted(name for name in given - known - OTHERS if not name.startswith(OF_SDKS))
    return {name: next(iter(get_close_matches(name, known, 1, 0.8)), "") for name in strange}


def sentence(name: str, meant: str) -> str:
    """What to tell whoever wrote this name."""
    return f"{name} is no setting and changes nothing{f': {meant} was perhaps meant' if meant else ''}."


def example() -> str:
    """A file `.env` with every setting at its default, commented out."""
    parts = [
        f"# {info.description}\n#{PREFIX}{field.upper()}={_plain(info.default)}"
        for field, info in Settings.model_fields.items()
    ]
    return "# Settings of Netlift: take out the # in front of what you change.\n\n" + "\n\n".join(parts) + "\n"


def _env_file() -> Mapping[str, str | None]:
    path = Path(str(Settings.model_config.get("env_file") or ""))
    return dotenv_values(path) if path.is_file() else {}


def _known() -> set[str]:
    return {PREFIX + field.upper() for field in Settings.model_fields}


def _names(given: Iterable[str]) -> set[str]:
    return {name.upper() for name in given if name.upper().startswith(PREFIX)}


def _shown(field: str, value: object) -> str:
    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    if field == "database_url" and value:
        return make_url(str(value)).render_as_string(hide_password=True)
    return _plain(value)


def _plain(value: object) -> str:
    return "" if value is None or isinstance(value, SecretStr) else str(value)
