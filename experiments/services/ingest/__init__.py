"""Taking events in: checked, keyed, appended; what is refused is set aside with its reason."""

from experiments.services.ingest.accept import Accepted, Rejected, accept
from experiments.services.ingest.availability import UnavailableError, answering
from experiments.services.ingest.grouping import writer_pace
from experiments.services.ingest.limits import Limits
from experiments.services.ingest.mending import decode_mended
from experiments.services.ingest.reading import SourceInfo
from experiments.services.ingest.replay import replay
from experiments.services.ingest.sender import find_sender, source_of

__all__ = [
    "Accepted",
    "Limits",
    "Rejected",
    "SourceInfo",
    "UnavailableError",
    "accept",
    "answering",
    "decode_mended",
    "find_sender",
    "replay",
    "source_of",
    "writer_pace",
]
