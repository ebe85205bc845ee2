"""What people saw and heard: feedback, recordings, user tests, beside the numbers of an opportunity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from experiments.domain.checks import TEXT_MAX, check_text
from experiments.domain.errors import DomainError

LINK_MAX = 2_000


class EvidenceKind(StrEnum):
    """Where it comes from."""

    FEEDBACK = "feedback"
    RECORDING = "recording"
    USER_TEST = "user_test"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One note.

    Args:
        text: what was seen or heard.
        link: where it can be looked at; http or https only, empty = nowhere.
    """

    kind: EvidenceKind
    text: str
    link: str = ""

    def __post_init__(self) -> None:
        """Check text and link."""
        object.__setattr__(self, "text", check_text(self.text, "text", at_most=TEXT_MAX))
        object.__setattr__(self, "link", check_text(self.link, "link", at_most=LINK_MAX, required=False))
        if self.link and not _is_web(self.link):
            raise DomainError("bad_link", f"link == {self.link!r}, must begin with http:// or https://.", "link")


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in link)
