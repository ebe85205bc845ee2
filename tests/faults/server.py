"""The product's own server in processes of its own, to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from experiments.domain.environment import Environment
from experiments.domain.key import KeyKind
from experiments.services.access import create_key
from experiments.services.actor import SYSTEM
from experiments.store.engines import writing
from tests.running import free_port

START_SECONDS = 90.0


class Server:
    """gunicorn with two workers, as `netlift serve` runs it, in a process group of its own."""

    def __init__(self, engine: Engine, url: str, folder: Path) -> None:
        with writing(engine) as session:
            made = create_key(session, SYSTEM, 0, KeyKind.SERVER, "Faults", Environment.PRODUCTION)
        self.key, self.source = made.key, made.info.source_id
        self._environment = os.environ | {"NETLIFT_DATABASE_URL": url, "NETLIFT_DATA_DIR": str(folder)}
        self.port = free_port()
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", "web.wsgi:app", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "critical"]
        process = subprocess.Popen(
            [*command, "--no-control-socket"], env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert process.poll() is None, "gunicorn ended"
            assert time.monotonic() < until, "gunicorn does not answer"
            time.sleep(0.1)
        return process

    def restart(self) -> None:
        """Start again after `kill`."""
        self.process = self._start()

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill(self) -> None:
        """SIGKILL for the master and all workers at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End whatever still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def send(self, items: list[dict[str, Any]]) -> bool:
        """One request; False where it was not acknowledged."""
        try:
            with self._open("/v1/batch", {"batch": items, "writeKey": self.key}) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:  # 503
            error.close()
            return False
        except (OSError, ValueError, HTTPException):  # nobody there, or killed in mid-answer
            return False
        assert answer["accepted"] + answer["duplicates"] == len(items)
        return True

    def _answers(self) -> bool:
        try:
            with self._open("/healthz") as response:
                return bool(json.load(response)["ok"])
        except (OSError, ValueError, HTTPException):
            return False

    def _open(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data)
        return urllib.request.urlopen(request, timeout=15)
