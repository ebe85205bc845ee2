"""The text of a spec, and the tables in it: the same for every kind of import."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from experiments.domain.errors import DomainError


def spec_text(path: Path) -> str:
    """The text of a spec file; raises DomainError (`bad_file`) where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DomainError("bad_file", f"spec == {path.name!r}, cannot be read: {error}.", "spec") from None


def spec_tables(text: str) -> dict[str, Any]:
    """The decoded text; raises DomainError (`bad_toml`) where it is no TOML."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DomainError("bad_toml", f"spec is no TOML: {error}.", "spec") from None
