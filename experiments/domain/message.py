"""What the product tells people by itself, and where it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from experiments.domain.checks import check_text
from experiments.domain.errors import DomainError

URL_MAX = 2_000
#: Hosts that may be reached without encryption, because nothing leaves the machine.
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class Topic(StrEnum):
    """What a message is about."""

    ALARM = "alarm"
    DIGEST = "digest"
    TEST = "test"


#: What somebody can subscribe to; a test message is asked for each time.
SUBSCRIBED = (Topic.ALARM, Topic.DIGEST)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of another system that is told.

    Args:
        url: https, or http on this machine.
        topics: what it is told; at least one.
        prefix: the first characters of the secret that signs, to tell two apart.
        created_at: µs UTC.
        stopped_at: µs UTC from which on it is told nothing; None while it is told.

    Raises:
        DomainError: a field is out of bounds.
    """

    url: str
    label: str
    topics: tuple[Topic, ...]
    created_at: int
    prefix: str = ""
    stopped_at: int | None = None
    id: int = 0

    def __post_init__(self) -> None:
        """Check every bound."""
        object.__setattr__(self, "url", check_url(self.url))
        object.__setattr__(self, "label", check_text(self.label, "webhook.label"))
        object.__setattr__(self, "topics", tuple(topic for topic in SUBSCRIBED if topic in self.topics))
        if not self.topics:
            raise DomainError("required", "webhook.topics is empty, must name alarm, digest or both.", "webhook.topics")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one person gets by mail."""

    alarms: bool = False
    digest: bool = False


def check_url(value: str, field: str = "webhook.url") -> str:
    """An address that messages may be sent to: https, or http on this machine, and no password in it.

    Raises:
        DomainError: `bad_url`, or the text is too long.
    """
    url = check_text(value, field, at_most=URL_MAX)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise DomainError(
            "bad_url", f"{field} == {value!r}, must be an address such as https://example.com/hook.", field
        )
    if parts.username or parts.password:
        raise DomainError("bad_url", f"{field} holds a name or password, must not: messages are signed instead.", field)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in OWN_MACHINE):
        message = f"{field} begins with {parts.scheme}://, must begin with https:// unless it is on this machine."
        raise DomainError("bad_url", message, field)
    return url
