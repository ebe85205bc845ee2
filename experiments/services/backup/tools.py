"""pg_dump and pg_restore: found, new enough for the server, and called without a password on their command line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url

from experiments.config import Settings
from experiments.domain.errors import DomainError

USUAL = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")


def find_tool(name: str, settings: Settings, server: int) -> str:
    """Path of a tool whose major version is at least the server's.

    Raises:
        DomainError: `no_tool`, with what was found instead.
    """
    seen = []
    for path in _candidates(name, settings):
        version = _version(path)
        if version >= server:
            return str(path)
        seen.append(f"{path} (version {version})")
    found = f" Found: {', '.join(seen)}." if seen else ""
    message = (
        f"{name} of PostgreSQL {server} or newer is not to be found; install it or set NETLIFT_POSTGRES_BIN.{found}"
    )
    raise DomainError("no_tool", message, "postgres_bin")


def call(path: str, url: str, arguments: Sequence[str]) -> None:
    """Run a tool on a database.

    Raises:
        DomainError: `tool_failed`, with the first line of what it said.
    """
    parsed = make_url(url)
    environment = {**os.environ, "PGPASSWORD": parsed.password or ""}
    command = [path, "--dbname", _without_password(parsed), "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing said"])[0]
        raise DomainError("tool_failed", f"{Path(path).name} failed: {said}", "database_url")


def _without_password(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _candidates(name: str, settings: Settings) -> Iterator[Path]:
    if settings.postgres_bin:
        yield from (path for path in [Path(settings.postgres_bin) / name] if path.is_file())
        return
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)
    for pattern in USUAL:
        yield from (
            path / name for path in sorted(Path("/").glob(pattern[1:]), reverse=True) if (path / name).is_file()
        )


def _version(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(found[1]) if found else 0
