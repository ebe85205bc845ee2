"""One file of a spool: a journal of the events that wait in one process, readable after a crash of that process.

Each line is one record: eight hex digits of CRC-32, then `+` and an event, or `-` and the number of the last event
that has left the queue; events count from 1 in each file. A line that was torn by a crash or a full disk fails its
checksum and is skipped.

The owner holds a lock (`flock`) on its file for as long as it lives, so a file that can be locked has no owner. The
lock belongs to the open file and not to the process: two clients of one process exclude each other too.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SUPPORTED = fcntl is not None
_HEAD = 9  # eight digits and the kind


def size_of(event: bytes) -> int:
    """How many bytes the record of an event takes."""
    return _HEAD + len(event) + 1


def added(event: bytes) -> bytes:
    """The record of an event that waits."""
    return _record(b"+" + event)


def gone(last: int) -> bytes:
    """The record that says that the first `last` events of this file wait no more."""
    return _record(b"-%d" % last)


def _record(content: bytes) -> bytes:
    return b"%08x%b\n" % (zlib.crc32(content), content)


def waiting_in(content: bytes) -> list[bytes]:
    """The events that were still waiting when these records were written last."""
    events: list[bytes] = []
    left = 0
    for line in content.split(b"\n"):
        kind, body = _read(line)
        if kind == b"+":
            events.append(body)
        elif kind == b"-" and body.isdigit():
            left = max(left, int(body))
    return events[left:]


def _read(line: bytes) -> tuple[bytes, bytes]:
    """Kind and content of a record; an unknown kind where its checksum is wrong."""
    try:
        sound = len(line) > _HEAD and int(line[:8], 16) == zlib.crc32(line[8:])
    except ValueError:
        sound = False
    return (line[8:9], line[_HEAD:]) if sound else (b"", b"")


class SpoolFile:
    """A locked file that only grows; OSError where that fails, and then the file is as it was before."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self._descriptor = descriptor

    @classmethod
    def create(cls, path: Path) -> SpoolFile:
        """A new file of our own, readable by nobody else: it holds ids of people."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            path.unlink()
            raise
        return cls(path, descriptor, 0)

    @classmethod
    def adopt(cls, path: Path) -> SpoolFile | None:
        """A file that its owner left behind; None where it has an owner, or is gone."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have adopted, emptied and removed it between our opening and our locking it.
            if os.fstat(descriptor).st_nlink:
                return cls(path, descriptor, os.fstat(descriptor).st_size)
        except BlockingIOError:
            pass
        os.close(descriptor)
        return None

    def append(self, written: bytes) -> None:
        """Write records at the end; what was written in part is cut off again."""
        try:
            count = os.write(self._descriptor, written)
            if count < len(written):
                raise OSError(f"only {count} of {len(written)} bytes could be written")
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise
        self.size += len(written)

    def clear(self) -> None:
        """Forget all records."""
        os.ftruncate(self._descriptor, 0)
        self.size = 0

    def read(self) -> bytes:
        """All records."""
        return self.path.read_bytes()

    def remove(self) -> None:
        """Remove the file and let go of it."""
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Let go of the file, for whoever starts next; in a forked process, of the copy of the parent's file.

        It is closed and never unlocked: a lock that is shared with the parent would be gone for both.
        """
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
