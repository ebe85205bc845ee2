"""Keys with which shops and back offices call the service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.checks import check_text
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError


class KeyKind(StrEnum):
    """client: public, in clear, reads the config and writes events; server: secret, only its hash is kept."""

    CLIENT = "client"
    SERVER = "server"


_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]*]+)(:\d{1,5})?")
_LETTERS = {KeyKind.CLIENT: "pk", KeyKind.SERVER: "sk"}
_WORDS = {Environment.PRODUCTION: "live", Environment.TEST: "test"}


def key_prefix(kind: KeyKind, environment: Environment) -> str:
    """What every key of this kind and environment begins with, for example `pk_live_`."""
    return f"{_LETTERS[kind]}_{_WORDS[environment]}_"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as it may be shown; the secret of a server key is in no instance of this.

    Args:
        prefix: first characters, enough to recognise the key.
        public_key: the whole key of a client, None for a server key.
        origins: origins a browser may send from; empty = any.
        created_at, revoked_at: µs UTC.
    """

    id: int
    kind: KeyKind
    label: str
    source_id: int
    source_key: str
    environment: Environment
    prefix: str
    public_key: str | None = None
    origins: tuple[str, ...] = ()
    created_at: int = 0
    revoked_at: int | None = None

    def __post_init__(self) -> None:
        """Check label and origins."""
        object.__setattr__(self, "label", check_text(self.label, "key.label"))
        object.__setattr__(self, "origins", tuple(check_origin(origin) for origin in self.origins))


def check_origin(value: str, field: str = "key.origins") -> str:
    """An origin as browsers send it: scheme, host and port, in lower case, nothing behind it."""
    origin = check_text(value, field).lower().rstrip("/")
    if not _ORIGIN.fullmatch(origin):
        raise DomainError("bad_origin", f"{field} == {value!r}, must look like https://shop.example.", field)
    return origin
