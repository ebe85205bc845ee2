"""Who sends, and how far what they send is believed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from experiments.domain.checks import check_key, check_text
from experiments.domain.environment import Environment


class SourceKind(StrEnum):
    """How the data arrives."""

    CLIENT = "client"
    SERVER = "server"
    IMPORT = "import"


#: Where two sources tell the same order, the higher rank wins: a back office knows more than a browser.
RANK = {SourceKind.CLIENT: 1, SourceKind.SERVER: 2, SourceKind.IMPORT: 3}


@dataclass(frozen=True, slots=True)
class Source:
    """A sender of events.

    Args:
        complete: declared to cover all customers independently of any test, so that its facts may be used even when
            they arrive after the exposure.
        watermark: µs UTC up to which everything has been delivered; None where it delivers as things happen.
    """

    key: str
    name: str
    kind: SourceKind
    environment: Environment = Environment.PRODUCTION
    complete: bool = False
    watermark: int | None = None

    def __post_init__(self) -> None:
        """Check key and name."""
        check_key(self.key, "source.key")
        object.__setattr__(self, "name", check_text(self.name, "source.name"))

    @property
    def rank(self) -> int:
        """Which source wins where two tell the same order."""
        return RANK[self.kind]

    @property
    def trusted(self) -> bool:
        """Whether holdings and traits of customers are believed; a public browser key is not."""
        return self.kind is not SourceKind.CLIENT
