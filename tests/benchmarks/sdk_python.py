"""Time a decision of the Python SDK beside its peers: `python tests/benchmarks/sdk_python.py [--rounds N]`.

One 50/50 experiment with one rule on an attribute, everything in memory, no network while the clock runs. Targets:
repeated reads at most 3 µs, and at least 10 times faster than the fastest peer.

- repeated read: the same visitor again, as on every page view after the first. Ours counts the reason and looks up that
  the exposure was logged; the peers run with exposure logging off or without a callback, which is to their advantage.
- first read: another visitor each time. Ours makes and queues the exposure event.
- memory: growth of the resident set in a process of its own when a config of 1,000 such experiments is loaded.

The peers are in the extra: `pip install -c constraints.txt 'netlift[bench]'`. They are timed in turns with ours, in one
process, by the CPU time of the calling thread, and medians over the rounds are compared. Each must first show both
variants to about half of 2,000 visitors and neither to somebody who fails the rule: only then is it the same work.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ARMS = ("control", "entry")
SUBJECTS = ("netlift", "growthbook", "growthbook, one per request", "unleash", "statsig")
READS = {"netlift": 20_000}
MANY = 1_000

#: (visitor, channel) → the key of the variant; None or "none" outside the experiment.
Read = Callable[[str, str], Any]


def as_loaded(document: Any) -> Any:
    """The document with no part used twice, as it comes out of JSON."""
    return json.loads(json.dumps(document))


def netlift_document(count: int) -> dict[str, Any]:
    """The published config, with experiments that differ in key and salt."""
    return {
        "v": 1,
        "version": "bench",
        "environment": "production",
        "layers": {},
        "experiments": [
            {
                "key": f"exp-{number}",
                "phase": 1,
                "salt": f"salt-{number}",
                "unit": "visitor",
                "status": "running",
                "enrolment": 1.0,
                "audience": [{"attribute": "channel", "op": "in", "values": ["web", "app"]}],
                "variants": [{"key": arm, "weight": 0.5, "payload": None} for arm in ARMS],
            }
            for number in range(count)
        ],
    }


def make_netlift(count: int) -> Read:
    """The whole client: real threads, a real server for the config, exposures queued."""
    from netlift import Client

    body = json.dumps(netlift_document(count)).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"{}")

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings: dict[str, Any] = {"flush_interval": 3600.0, "batch_size": 10**6, "exposure_memory": 200_000}
    client = Client(
        "pk_bench", f"http://127.0.0.1:{server.server_port}", max_queue=200_000, exit_timeout=0.1, **settings
    )
    if not client.wait_ready(10):
        raise SystemExit("the config did not come")
    return lambda visitor, channel: client.decide("exp-0", visitor, {"channel": channel})


def growthbook_features(count: int) -> dict[str, Any]:
    """One feature with one forced-weight experiment rule each."""
    rule = {"variations": list(ARMS), "weights": [0.5, 0.5], "hashAttribute": "id", "hashVersion": 2}
    condition = {"channel": {"$in": ["web", "app"]}}
    features = {
        f"exp-{number}": {
            "defaultValue": "none",
            "rules": [{**rule, "key": f"exp-{number}", "seed": f"s-{number}", "condition": condition}],
        }
        for number in range(count)
    }
    return as_loaded(features)


def make_growthbook(count: int) -> Read:
    """One instance for all; the attributes change only where the visitor does."""
    from growthbook import GrowthBook

    book = GrowthBook(features=growthbook_features(count), attributes={})
    shown = [("", "")]

    def read(visitor: str, channel: str) -> Any:
        if (visitor, channel) != shown[0]:
            book.set_attributes({"id": visitor, "channel": channel})
            shown[0] = (visitor, channel)
        return book.get_feature_value("exp-0", "none")

    return read


def make_growthbook_per_request(count: int) -> Read:
    """An instance per request, as its guide for web servers asks for."""
    from growthbook import GrowthBook

    features = growthbook_features(count)

    def read(visitor: str, channel: str) -> Any:
        book = GrowthBook(features=features, attributes={"id": visitor, "channel": channel})
        return book.get_feature_value("exp-0", "none")

    return read


def make_unleash(count: int) -> Read:
    """Toggles from a dictionary; no registration, no metrics, no refresh."""
    from UnleashClient import UnleashClient
    from UnleashClient.cache import FileCache

    constraint = {"contextName": "channel", "operator": "IN", "values": ["web", "app"], "inverted": False}
    strategy = {"name": "default", "parameters": {}, "constraints": [constraint], "segments": []}
    variants = [{"name": arm, "weight": 500, "weightType": "variable", "stickiness": "userId"} for arm in ARMS]
    features = [
        {"name": f"exp-{number}", "enabled": True, "type": "experiment", "strategies": [strategy], "variants": variants}
        for number in range(count)
    ]
    cache = FileCache("bench", tempfile.mkdtemp())
    cache.bootstrap_from_dict(as_loaded({"version": 2, "features": features}))
    client = UnleashClient(
        "http://127.0.0.1:9/api", "bench", cache=cache, disable_metrics=True, disable_registration=True,
        refresh_interval=86_400,
    )  # fmt: skip
    client.initialize_client(fetch_toggles=False)
    return lambda visitor, channel: client.get_variant("exp-0", {"userId": visitor, "properties": {"channel": channel}})


def statsig_spec(number: int) -> dict[str, Any]:
    """An experiment: one rule per arm, each with the audience and the range of the bucket."""

    def rule(arm: str, below: int) -> dict[str, Any]:
        audience = {"type": "user_field", "targetValue": ["web", "app"], "operator": "any", "field": "channel"}
        bucket = {"type": "user_bucket", "targetValue": below, "operator": "lt", "field": None}
        more = {"additionalValues": {"salt": f"b-{number}"}, "isDeviceBased": False, "idType": "userID"}
        return {
            "name": arm, "groupName": arm, "id": f"{arm}-{number}", "salt": f"r-{number}", "passPercentage": 100,
            "conditions": [{**audience, **more}, {**bucket, **more}], "returnValue": {"arm": arm}, "idType": "userID",
        }  # fmt: skip

    return {
        "name": f"exp-{number}", "type": "dynamic_config", "salt": f"s-{number}", "enabled": True, "isActive": True,
        "defaultValue": {"arm": "none"}, "rules": [rule("control", 500), rule("entry", 1000)], "entity": "experiment",
        "idType": "userID", "isDeviceBased": False,
    }  # fmt: skip


def make_statsig(count: int) -> Read:
    """Local mode with bootstrapped specs and exposure logging off."""
    from statsig import StatsigOptions, StatsigServer, StatsigUser

    specs = [statsig_spec(number) for number in range(count)]
    values = {"has_updates": True, "time": 1, "feature_gates": [], "layer_configs": [], "dynamic_configs": specs}
    options = StatsigOptions(local_mode=True, bootstrap_values=json.dumps(values), disable_diagnostics=True)
    server = StatsigServer()
    server.initialize("secret-bench", options)
    users: dict[str, Any] = {}

    def read(visitor: str, channel: str) -> Any:
        user = users.get(visitor + channel)
        if user is None:
            user = users[visitor + channel] = StatsigUser(visitor, custom={"channel": channel})
        return server.get_experiment(user, "exp-0", log_exposure=False)

    return read


MAKERS: dict[str, Callable[[int], Read]] = dict(
    zip(
        SUBJECTS,
        (make_netlift, make_growthbook, make_growthbook_per_request, make_unleash, make_statsig),
        strict=True,
    )
)


def arm_of(answer: Any) -> str:
    """The variant an answer names; "none" outside the experiment."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict):
        return str(answer["name"]) if answer.get("enabled") else "none"
    if hasattr(answer, "reason"):
        return str(answer.variant) if answer.reason == "SPLIT" else "none"
    return str(answer.get("arm", "none"))


def check(name: str, read: Read) -> None:
    """Stop where this subject does other work than the rest."""
    shown = [arm_of(read(f"check-{number}", "web")) for number in range(2_000)]
    share = shown.count("entry") / 2_000
    if set(shown) != set(ARMS) or not 0.45 < share < 0.55 or arm_of(read("check-0", "phone")) != "none":
        raise SystemExit(f"{name}: not the same experiment: {share:.3f} of {set(shown)}")


def repeated(read: Read, reads: int) -> float:
    """CPU nanoseconds per read of one visitor."""
    read("visitor-1", "web")
    began = time.thread_time_ns()
    for _ in range(reads):
        read("visitor-1", "web")
    return (time.thread_time_ns() - began) / reads


def first(read: Read, reads: int, start: int) -> float:
    """CPU nanoseconds per read of a visitor never seen before."""
    visitors = [f"new-{number}" for number in range(start, start + reads)]
    began = time.thread_time_ns()
    for visitor in visitors:
        read(visitor, "web")
    return (time.thread_time_ns() - began) / reads


def resident() -> float:
    """Resident set in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def memory(name: str) -> None:
    """Print how many MB 1,000 experiments add to one; run in a process of its own."""
    quiet()
    one = MAKERS[name](1)
    one("visitor-1", "web")
    gc.collect()
    before = resident()
    many = MAKERS[name](MANY)
    many("visitor-1", "web")
    gc.collect()
    sys.stdout.write(f"{resident() - before:.2f}\n")
    sys.stdout.flush()
    import os

    os._exit(0)  # some peers keep threads that are not daemons


def memory_of(name: str) -> float:
    """Median of three processes."""
    command = [sys.executable, __file__, "--memory", name]
    return statistics.median(float(subprocess.check_output(command, stderr=subprocess.DEVNULL)) for _ in range(3))


def quiet() -> None:
    """Peers log about their bootstrapping."""
    logging.disable(logging.CRITICAL)


def available() -> dict[str, Read]:
    """The subjects that are installed, each checked."""
    found = {}
    for name, make in MAKERS.items():
        try:
            found[name] = make(1)
        except ImportError:
            print(f"{name}: not installed")
            continue
        check(name, found[name])
    return found


def versions() -> list[str]:
    """Of the peers that are here."""
    peers = {"growthbook", "unleashclient", "statsig"}
    installed = ((each.metadata["Name"], each.version) for each in importlib.metadata.distributions())
    return sorted({f"{name} {version}" for name, version in installed if name.lower() in peers})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory", choices=SUBJECTS)
    chosen = parser.parse_args()
    if chosen.memory:
        memory(chosen.memory)
    quiet()
    readers = available()
    again: dict[str, list[float]] = {name: [] for name in readers}
    new: dict[str, list[float]] = {name: [] for name in readers}
    for turn in range(chosen.rounds):
        for name, read in readers.items():
            again[name].append(repeated(read, READS.get(name, 1_000)))
            new[name].append(first(read, 1_000, turn * 1_000))
    print(f"Python {sys.version.split()[0]}, {', '.join(versions()) or 'no peers'}, medians of {chosen.rounds} rounds")
    ours, ours_new = statistics.median(again["netlift"]), statistics.median(new["netlift"])
    print(f"{'':30}{'repeated µs':>12}{'ratio':>8}{'first µs':>10}{'ratio':>8}{'1,000 experiments MB':>22}")
    for name in readers:
        each, fresh = statistics.median(again[name]), statistics.median(new[name])
        print(
            f"{name:30}{each / 1e3:12.2f}{each / ours:8.1f}{fresh / 1e3:10.1f}{fresh / ours_new:8.1f}"
            f"{memory_of(name):22.1f}"
        )
    sys.stdout.flush()
    import os

    os._exit(0)


if __name__ == "__main__":
    main()
