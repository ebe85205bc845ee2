"""Where the files of a run lie: in memory where the machine has plenty, for no test pulls the plug.

A fresh PostgreSQL database is 800 files and every SQLite commit waits for its disk; a run makes thousands of both.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
#: What the clusters of two processes and the folders of running tests take, with room to spare.
GIB = 2**30
DATABASES, EVERYTHING = 1 * GIB, 4 * GIB


def room(wanted: int, *, programs: bool = False) -> bool:
    """Whether memory serves as a disk with so many bytes free, and may hold programs that are run."""
    if not os.access(MEMORY, os.W_OK) or _available() < 2 * wanted or shutil.disk_usage(MEMORY).free < wanted:
        return False
    return not (programs and os.statvfs(MEMORY).f_flag & os.ST_NOEXEC)


def use() -> None:
    """Put temporary files of this process and its children there, unless TMPDIR says where they belong."""
    if "TMPDIR" not in os.environ and room(EVERYTHING, programs=True):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def for_databases() -> Path | None:
    """Folder for a database cluster; None is the usual one."""
    return MEMORY if "TMPDIR" not in os.environ and room(DATABASES) else None


def _available() -> int:
    """Bytes of memory that are free or can be freed; 0 where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    found = dict(line.split(":", 1) for line in lines)
    return int(found.get("MemAvailable", "0 kB").split()[0]) * 1024
