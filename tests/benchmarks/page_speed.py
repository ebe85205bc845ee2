"""Time every page on the demo's data: `python tests/benchmarks/page_speed.py FOLDER [--runs N] [--only PREFIX]`.

FOLDER is the data folder of a demo (`netlift demo --no-serve`); it is copied first, so nothing in it changes. Every
page is asked for in this process through Flask's test client, by the demo's own person, with everything between socket
and database: session, rights, queries, templates, packing. What is not in it is gunicorn and the network. The first
answer of a page (statements compiled, stored reports parsed) is timed apart, after what a server loads when it starts;
the median is over the runs that follow. SQL counts the statements of one such run. Targets: 50 ms, and 10 ms for the
results pages; they are held against the processor time, because the clock of a busy machine measures its neighbours (on
a quiet one the two agree).
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.services import measuring
from experiments.services.actor import Actor
from experiments.services.clock import now_us
from experiments.services.history import Lookback
from experiments.services.measuring import Asked
from experiments.store import migrate
from experiments.store.engines import make_engine, reading, writing
from web.app import create_app
from web.warm import warm_up

TARGET, RESULTS_TARGET = 50.0, 10.0
TESTS = ("tv-entry", "tv-bundle-banner", "order-button", "checkout-hint", "app-offer")
TABS = ("", "/cannibalisation", "/segments", "/over-time", "/quality", "/plan", "/log")
#: Pages that are named by no rule without a place in it.
FURTHER = (
    *(f"/experiments/{test}{tab}" for test in TESTS for tab in TABS),
    "/experiments/tv-entry/report", "/experiments/tv-entry/shares", "/data/metrics/cross-sell", "/docs/method",
)  # fmt: skip
#: What answers with a file, a fragment or a test's own address.
NOT_PAGES = re.compile(
    r"<|\.csv|\.json|^/(api|v1|ofrep|static|sdk|metrics|healthz|readyz)|stream|fragment|preview|/live$"
)


class Timed(NamedTuple):
    """One page: milliseconds of the first answer, medians by the clock and of the processor, statements, kB."""

    path: str
    status: int
    first: float
    median: float
    processor: float
    statements: int
    kilobytes: float

    @property
    def target(self) -> float:
        """Milliseconds it may take."""
        return RESULTS_TARGET if self.path.startswith("/experiments/") and "/new" not in self.path else TARGET


def main() -> None:
    """Print one line per page, the slowest last, and how many miss their target."""
    options = _options()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "demo"
        shutil.copytree(options.folder, folder)
        settings = Settings(data_dir=folder)
        engine = make_engine(settings.url)
        migrate.upgrade(engine)
        app = create_app(settings, engine)
        warm_up(app)
        client = _signed_in(app.test_client(), folder)
        rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
        paths = sorted({rule for rule in rules if not NOT_PAGES.search(rule)} | set(FURTHER) | {_planned(engine)})
        wanted = [path for path in paths if path.startswith(options.only)]
        found = [_time(client, engine, path, options.runs) for path in wanted]
    _print([page for page in found if page.status == 200])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--only", default="/")
    return parser.parse_args()


def _signed_in(client: FlaskClient, folder: Path) -> FlaskClient:
    told = json.loads((folder / "demo.json").read_text("utf-8"))
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    form = {"csrf_token": found[1], "email": told["email"], "password": told["password"]}
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 302, "the password in demo.json is not the one in force"
    return client


def _planned(engine: Engine) -> str:
    """The planner with values that were measured just now, and its answer along the measured curve."""
    asked = Asked(("cross-sell", "up-sell"), Lookback(page="/tv*", holds=("mobile",), lacks=("tv",)))
    with writing(engine) as session:
        name = measuring.ask(session, Actor("bench", UserRole.EDITOR), now_us(), asked).name
    measuring.serve(engine, now_us())
    with reading(engine) as session:
        history = measuring.by_name(session, name).history
    assert history is not None
    goal, guardrail = (f"{100 * metric.baseline:.6g}" for metric in history.metrics)
    fields = {"goal": "cross-sell", "goal_baseline": goal, "goal_effect": "20", "guardrail1": "up-sell",
              "guardrail1_baseline": guardrail, "guardrail1_margin": "8", "guardrail1_form": "relative", "looks": "3",
              "power": "80", "traffic": f"{history.traffic_per_week:.0f}", "measured": name}  # fmt: skip
    return f"/planner?{urlencode(fields)}"


def _time(client: FlaskClient, engine: Engine, path: str, runs: int) -> Timed:
    (first, cpu), status, size = _ask(client, path)
    if status != 200:
        return Timed(path, status, first, first, cpu, 0, size)
    walls, processor = zip(*(_ask(client, path)[0] for _ in range(runs)), strict=True)
    with _counting(engine) as statements:
        client.get(path)
    return Timed(path, status, first, statistics.median(walls), statistics.median(processor), len(statements), size)


def _ask(client: FlaskClient, path: str) -> tuple[tuple[float, float], int, float]:
    begun, worked = time.perf_counter(), time.process_time()
    answer = client.get(path)
    size = len(answer.data)
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000
    return took, answer.status_code, size / 1000


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SET ", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    yield seen
    event.remove(engine, "before_cursor_execute", count)


def _print(pages: list[Timed]) -> None:
    print(f"{'page':48}{'first':>9}{'median':>9}{'processor':>10}{'SQL':>5}{'kB':>7}")
    for page in sorted(pages, key=lambda page: page.processor):
        times = f"{page.first:6.1f} ms{page.median:6.1f} ms{page.processor:7.1f} ms"
        late = "  over" if page.processor > page.target else ""
        print(f"{page.path:48}{times}{page.statements:5}{page.kilobytes:7.1f}{late}")
    over = [page for page in pages if page.processor > page.target]
    print(f"{len(pages)} pages, {len(over)} over their target")


if __name__ == "__main__":
    main()
