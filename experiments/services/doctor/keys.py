"""The key of the id hashes and the key of the sessions: there, strong, and nobody else's to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.doctor.finding import Finding, fail, ok, warn

#: Characters of a key, and different ones among them.
LEAST = 32
LEAST_DIFFERENT = 10


def id_key(_engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """Without this key no stored unit can be found again."""
    advice = (
        "Back it up apart from the database, and never change it once events are stored: every returning visitor "
        "would look new."
    )
    yield _key("id key", settings.given_id_key, settings.data_dir / "id.key", "NETLIFT_ID_KEY", advice)


def secret_key(_engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """It signs sessions and forms and locks stored secrets."""
    advice = "Set a new one of at least 32 random characters; people sign in anew."
    yield _key("secret key", settings.given_secret_key, settings.data_dir / "secret.key", "NETLIFT_SECRET_KEY", advice)


def _key(name: str, text: str, path: Path, place: str, advice: str) -> Finding:
    if not text:
        if not path.is_file():
            return warn(name, f"{path} does not exist yet.", "It is made at the first start; back it up then.")
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            return fail(name, f"{path} can be read by others (mode {mode:o}).", f"chmod 600 {path}")
        text, place = path.read_text().strip(), str(path)
    if len(text) < LEAST or len(set(text)) < LEAST_DIFFERENT:
        told = f"{place} has {len(text)} characters, {len(set(text))} of them different."
        return fail(name, f"{told} That can be guessed.", advice)
    return ok(name, f"{place} has {len(text)} characters.")
