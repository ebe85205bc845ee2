"""The data folder, its disk and the clock of its file system."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services.doctor.finding import Finding, fail, ok, warn

MEGABYTE = 1_000_000
LITTLE = 2_000 * MEGABYTE
TOO_LITTLE = 200 * MEGABYTE
#: µs that two clocks may differ.
SLACK = 2_000_000
TOO_MUCH = 60_000_000


def data_folder(_engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """It is there, writable, and closed to others."""
    folder = settings.data_dir
    if not folder.is_dir():
        yield fail("data folder", f"{folder} does not exist.", "Make it, or set NETLIFT_DATA_DIR.")
        return
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            pass
    except OSError as error:
        advice = "Give it to the user that runs the service (chown), or mount it writable."
        yield fail("data folder", f"{folder} cannot be written: {error.strerror}.", advice)
        return
    others = folder.stat().st_mode & 0o007
    if others:
        yield warn("data folder", f"Every user of this machine can look into {folder}.", f"chmod 750 {folder}")
    else:
        yield ok("data folder", f"{folder} is writable.")


def disk(_engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """Room for data, logs and a backup."""
    folder = _existing(settings.data_dir)
    usage = shutil.disk_usage(folder)
    told = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB are free at {folder}."
    advice = "Enlarge the disk, or set NETLIFT_RETENTION_DAYS."
    if usage.free < TOO_LITTLE:
        yield fail("disk space", told, advice)
    elif usage.free < LITTLE:
        yield warn("disk space", told, advice)
    else:
        yield ok("disk space", told)


def clock(_engine: Engine, settings: Settings, now: int) -> Iterator[Finding]:
    """The file system's clock and ours agree; on a network drive they need not."""
    folder = _existing(settings.data_dir)
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
            touched = Path(file.name).stat().st_mtime_ns // 1_000
    except OSError:
        return  # the data folder has told already that it cannot be written
    yield compared("clock of the file system", touched - now)


def compared(name: str, difference: int) -> Finding:
    """A clock against ours, the difference in µs."""
    told = f"It differs from this machine's by {abs(difference) / 1e6:.1f} s."
    advice = "Run a time service (chrony, systemd-timesyncd) on both machines: events are dated by these clocks."
    if abs(difference) > TOO_MUCH:
        return fail(name, told, advice)
    return warn(name, told, advice) if abs(difference) > SLACK else ok(name, told)


def _existing(folder: Path) -> Path:
    return next((place for place in (folder.absolute(), *folder.absolute().parents) if place.is_dir()), Path("/"))
