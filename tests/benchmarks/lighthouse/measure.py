"""How Lighthouse rates the pages: `python tests/benchmarks/lighthouse/measure.py [--runs 5] [--page /planner] …`.

Seeds the demo in a temporary folder (or takes `--data`, a folder that has one), serves it as `netlift serve` does,
signs in and lets a pinned Lighthouse (desktop preset) load each page in turns. Prints the median of every category and
of the layout shift, and what was found wanting. Exits with 1 where a median is below 95 or a page shifts.
Needs node and Chromium; `npm --prefix tests/benchmarks/lighthouse ci` first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

HERE = Path(__file__).resolve().parent
PAGES = ("/", "/experiments/tv-entry", "/experiments/build", "/planner")
LEAST = 95
#: Below this nobody sees a shift; Lighthouse itself calls 0.1 good.
MOST_SHIFT = 0.01


def main() -> None:
    """Print one line per page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--page", action="append", help=f"{', '.join(PAGES)} by default")
    parser.add_argument("--data", type=Path, help="folder of a seeded demo")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="netlift-lighthouse-")))
        url, cookie = stack.enter_context(_serving(folder))
        found = _rate(url, cookie, options.runs, options.page or PAGES)
    short = [page for page, runs in found.items() if _report(page, runs)]
    sys.exit(1 if short else 0)


def _rate(url: str, cookie: str, runs: int, pages: list[str] | tuple[str, ...]) -> dict[str, dict[str, object]]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    command = ["node", str(HERE / "run.mjs"), url, cookie, str(runs), chromium, *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, dict[str, object]] = json.loads(done.stdout)
    return found


def _report(page: str, found: dict[str, object]) -> bool:
    """Print what was found; whether it falls short."""
    runs: list[dict[str, float]] = found["runs"]  # type: ignore[assignment]
    median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    scores = {name: value for name, value in median.items() if name != "shift"}
    print(f"{page:<28}" + "".join(f"  {name} {value:.0f}" for name, value in scores.items()), end="")
    print(f"  layout shift {median['shift']:.4f}  (median of {len(runs)})", flush=True)
    wanting: dict[str, str] = found["wanting"]  # type: ignore[assignment]
    for name, words in wanting.items():
        print(f"    {name}: {words}")
    return min(scores.values()) < LEAST or median["shift"] > MOST_SHIFT


@contextmanager
def _serving(data: Path) -> Iterator[tuple[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    around = {**os.environ, "NETLIFT_DATA_DIR": str(data)}
    netlift = str(Path(sys.executable).with_name("netlift"))
    told = subprocess.run(
        [netlift, "demo", "--no-serve"], env=around, capture_output=True, text=True, check=True
    ).stdout
    server = subprocess.Popen([netlift, "serve", "--port", str(port)], env=around, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        yield url, _sign_in(url, told)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _sign_in(url: str, told: str) -> str:
    """The cookie of the demo's first person."""
    email, password = _credentials(told)
    session = requests.Session()
    for _ in range(150):
        try:
            form = session.get(f"{url}/sign-in", timeout=30)
            break
        except requests.RequestException:
            time.sleep(0.2)
    else:
        raise SystemExit("the server does not answer")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form.text)
    sent = {"csrf_token": token[1] if token else "", "email": email, "password": password}
    answer = session.post(f"{url}/sign-in", sent, timeout=10, headers={"Referer": url})
    if "/sign-in" in answer.url:
        raise SystemExit("could not sign in")
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


def _credentials(told: str) -> tuple[str, str]:
    email = re.search(r"[\w.+-]+@[\w.-]+", told)
    password = re.search(r"[Pp]assword\s+(\S+)", told) or re.search(r"/\s*(\S+)\s*$", told, re.MULTILINE)
    if email is None or password is None:
        raise SystemExit("the demo printed no login")
    return email[0], password[1]


if __name__ == "__main__":
    main()
