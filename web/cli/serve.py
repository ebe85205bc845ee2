"""`netlift serve`: supervise gunicorn and one worker; both end together."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

import click

from web.cli.context import load_settings, open_engine
from web.cli.stopping import Stop

if TYPE_CHECKING:
    from experiments.config import Settings

RESTART_AFTER_SECONDS = 1.0
GRACE_SECONDS = 15.0


@click.command()
@click.option("--host", help="Address to listen on; NETLIFT_HOST by default.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; NETLIFT_PORT by default.")
@click.option("--no-worker", is_flag=True, help="Serve only; a worker runs elsewhere.")
def serve(host: str | None, port: int | None, no_worker: bool) -> None:
    """Serve the web product and run its worker; ends both on Ctrl-C.

    \b
    Example:
      netlift serve --host 0.0.0.0 --port 8000
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(**given)
    open_engine(settings).dispose()
    sys.exit(supervise(settings, worker=not no_worker))


def supervise(settings: Settings, *, worker: bool = True) -> int:
    """Run gunicorn and, where wanted, the worker until one signal ends both; restarts what dies by itself."""
    _check_port(settings.host, settings.port)
    with tempfile.TemporaryDirectory(prefix="netlift-metrics-") as counts:
        return _supervise(settings, {"PROMETHEUS_MULTIPROC_DIR": counts, **_environment(settings)}, worker=worker)


def _supervise(settings: Settings, environment: dict[str, str], *, worker: bool) -> int:
    commands = {"web": _gunicorn(settings)}
    if worker:
        commands["worker"] = [sys.executable, "-m", "web.cli", "worker"]
    stop = Stop()
    running = {name: subprocess.Popen(command, env=environment) for name, command in commands.items()}  # noqa: S603
    while not stop.wait(RESTART_AFTER_SECONDS):
        for name, process in running.items():
            if process.poll() is None:
                continue
            if name == "web" and process.returncode in (1, 3, 4):  # gunicorn could not start at all
                _end(running)
                return process.returncode
            click.echo(f"{name} ended with {process.returncode}, starting it again", err=True)
            running[name] = subprocess.Popen(commands[name], env=environment)  # noqa: S603
    _end(running)
    return 0


def _check_port(host: str, port: int) -> None:
    """Say at once what gunicorn would only say after many tries."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise click.ClickException(
                f"port == {port}: {reason}; choose another with --port or NETLIFT_PORT."
            ) from None


def _end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    until = time.monotonic() + GRACE_SECONDS
    for process in running.values():
        try:
            process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _gunicorn(settings: Settings) -> list[str]:
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "web.wsgi:app",
        "--config",
        "python:web.gunicorn_hooks",
        "--bind",
        f"{settings.host}:{settings.port}",
        "--worker-class",
        "gthread",
        "--workers",
        str(settings.web_workers),
        "--threads",
        str(settings.web_threads),
        "--max-requests",
        "20000",
        "--max-requests-jitter",
        "2000",
        "--graceful-timeout",
        "5",
        "--log-level",
        "warning",
        "--logger-class",
        "web.logs.GunicornLogger",
        "--no-control-socket",
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """The children read the same settings, whatever this process was given on its command line."""
    told = {
        **os.environ,
        "NETLIFT_HOST": settings.host,
        "NETLIFT_PORT": str(settings.port),
        "NETLIFT_DATA_DIR": str(settings.data_dir),
        "NETLIFT_DATABASE_URL": settings.database_url,
        "NETLIFT_COMPANY": settings.company,
    }
    if settings.secret_key_file is None:
        told["NETLIFT_SECRET_KEY"] = settings.session_secret()
    if settings.id_key_file is None:
        told["NETLIFT_ID_KEY"] = settings.id_secret().decode()
    return told
