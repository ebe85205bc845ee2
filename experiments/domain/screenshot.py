"""How a variant looks, as a picture for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.checks import check_key, check_range, check_text

#: Bytes of an uploaded picture; pixels of it; longest side it is kept at.
MAX_BYTES = 8_000_000
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 1_600
ALT_MAX = 300


class MediaType(StrEnum):
    """The types that are taken, recognised by their content and never by a name."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A picture without its content.

    Args:
        variant: key of the variant it shows.
        alt: what it shows, for people who do not see it.
        width, height: pixels as kept.
        digest: SHA-256 of the content in hex.
        added_at: µs UTC.
    """

    variant: str
    alt: str
    media_type: MediaType
    width: int
    height: int
    digest: str
    added_by: str
    added_at: int

    def __post_init__(self) -> None:
        """Check every bound; a picture without words for it is none for everybody."""
        check_key(self.variant, "screenshot.variant")
        object.__setattr__(self, "alt", check_text(self.alt, "screenshot.alt", at_most=ALT_MAX))
        for name in ("width", "height"):
            check_range(getattr(self, name), f"screenshot.{name}", low=1, high=LONGEST_SIDE)
