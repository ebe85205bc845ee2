"""Events on disk, so that a process that is killed loses none: the next one sends them."""

from __future__ import annotations

import hashlib
import os
import time
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path

from netlift import spoolfile
from netlift.notices import Notices
from netlift.outbox import Outbox, Waiting
from netlift.spoolfile import SpoolFile

# Seconds between two looks for files whose process has died.
LOOK_INTERVAL = 60.0
_TROUBLE = "writing the spool"


class Spool:
    """The journal of one client's queue in a folder that many processes may share, each with a file of its own.

    A file is written with every event that is queued and every batch that is settled, without waiting for the disk:
    a killed process loses nothing, a power cut may lose the last seconds. It is bounded by `limit` bytes; an event that
    finds it full waits in memory only, and is counted in `unspooled`. What a dead process left behind is adopted
    when there is room in the queue for it, by one process only. Repeats are harmless because events keep
    their `messageId`.

    Methods that journal are called under the lock of the queue, all others by the thread that sends.

    Args:
        folder: where the files are; made where it is missing, readable by its owner only.
        limit: most bytes of this process's file.
        account: whose events they are; files of other accounts are left alone.
        notices: where trouble is told.
    """

    def __init__(self, folder: Path, limit: int, account: str, notices: Notices) -> None:
        self._folder = folder
        self._limit = limit
        self._prefix = f"netlift-{hashlib.sha256(account.encode()).hexdigest()[:12]}-"
        self._notices = notices
        self._file: SpoolFile | None = None
        self._written: deque[Waiting] = deque()  # in this file and still waiting
        self._forgotten = 0  # events of this file that wait no more
        self._bytes = 0  # of the records in `_written`
        self._found: list[Path] = []
        self._look_at = 0.0
        self._closed = False
        self.unspooled = 0
        self.restored = 0

    def added(self, waiting: Waiting) -> None:
        """Write down an event that was queued."""
        if self._closed or not self._fits(spoolfile.size_of(waiting.event)):
            self.unspooled += 1
        elif self._attempt(lambda: self._append(spoolfile.added(waiting.event))):
            self._written.append(waiting)
            self._bytes += spoolfile.size_of(waiting.event)
        else:
            self.unspooled += 1

    def gone(self, last: int) -> None:
        """Write down that all events up to this number have left the queue."""
        before = self._forgotten
        while self._written and self._written[0].number <= last:
            self._bytes -= spoolfile.size_of(self._written.popleft().event)
            self._forgotten += 1
        file = self._file
        if file is None or self._forgotten == before:
            return
        if self._written:
            self._attempt(lambda: self._append(spoolfile.gone(self._forgotten)))
        elif self._attempt(file.clear):
            self._forgotten = 0

    def restore(self, outbox: Outbox) -> None:
        """Queue what dead processes left behind, as far as there is room."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_INTERVAL
            self._attempt(self._look)
        while self._found:
            if not self._taken_over(self._found[-1], outbox):
                return
            self._found.pop()

    def close(self) -> None:
        """Let go of the file; it is removed where nothing waits in it."""
        self._closed = True
        file, self._file = self._file, None
        if file is not None:
            self._attempt(file.release if self._written else file.remove)

    def abandon(self) -> None:
        """In a forked process, let go of the parent's file; takes no lock."""
        self._closed = True
        file, self._file = self._file, None
        if file is not None:
            file.release()

    def _fits(self, size: int) -> bool:
        """Whether there is room for one more record, after tidying up where that makes room.

        What waits may fill half of the file, so that each tidying up frees as much as it copies.
        """
        if self._bytes + size > self._limit // 2:
            return False
        if self._file is not None and self._file.size + size > self._limit:
            return self._attempt(self._rewrite)
        return True

    def _rewrite(self) -> None:
        """Start a new file with what still waits. A crash between the two leaves both, and the server drops repeats."""
        old, new = self._file, self._create()
        try:
            new.append(b"".join(spoolfile.added(waiting.event) for waiting in self._written))
        except OSError:
            new.remove()
            raise
        self._file = new
        self._forgotten = 0
        if old is not None:
            old.remove()

    def _append(self, record: bytes) -> None:
        if self._file is None:
            self._file = self._create()
        self._file.append(record)

    def _create(self) -> SpoolFile:
        return SpoolFile.create(self._folder / f"{self._prefix}{os.getpid()}-{uuid.uuid4().hex[:8]}.spool")

    def _look(self) -> None:
        self._found = sorted(self._folder.glob(f"{self._prefix}*.spool"), reverse=True)

    def _taken_over(self, path: Path, outbox: Outbox) -> bool:
        """Whether this file is done with: taken over, owned by a living process, gone or not to be read."""
        try:
            file = SpoolFile.adopt(path)
        except OSError as error:
            self._notices.once(f"spool {path}", "Netlift: %s cannot be taken over: %s.", path, error)
            return True
        if file is None or self._attempt(lambda: self._adopt(file, outbox)):
            return True
        file.release()
        return False

    def _adopt(self, file: SpoolFile, outbox: Outbox) -> bool:
        """Queue the events of a file and remove it; False where the queue has no room for them now."""
        events = spoolfile.waiting_in(file.read())
        if len(outbox) and (len(events) > outbox.room or self._bytes + file.size > self._limit // 2):
            return False
        for event in events:
            outbox.put(event, patient=False)
        self.restored += len(events)
        # Only now, when they stand in our own file.
        file.remove()
        return True

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Do something with the disk; False where it failed, which is told once and harms nothing else."""
        try:
            done = work()
        except OSError as error:
            self._notices.once(_TROUBLE, "Netlift: %s in %s failed: %s.", _TROUBLE, self._folder, error)
            return False
        self._notices.settled(_TROUBLE)
        return done is not False
