"""What gunicorn's master does when a worker process has ended: keep what it counted, in one file for all that ended.

Workers are renewed after so many requests. A file of counts for each that ever lived would make every reading of
`/metrics` slower than the one before.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

#: Stands for all processes that have ended; no living one has this number.
ENDED = 0


def child_exit(_server: Any, worker: Any) -> None:
    """Called by gunicorn in its master, one worker at a time."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        keep_counts(Path(folder), worker.pid)


def keep_counts(folder: Path, pid: int) -> None:
    """Add the counts of an ended process to those of the ended ones, and forget its gauges."""
    from prometheus_client.mmap_dict import MmapedDict

    for kind in ("counter", "histogram"):
        path = folder / f"{kind}_{pid}.db"
        if not path.exists():
            continue
        kept = MmapedDict(str(folder / f"{kind}_{ENDED}.db"))
        for key, value, stamp, _ in MmapedDict.read_all_values_from_file(str(path)):
            kept.write_value(key, kept.read_value(key)[0] + value, stamp)
        kept.close()
        path.unlink()
    for path in folder.glob(f"gauge_*_{pid}.db"):
        path.unlink()
