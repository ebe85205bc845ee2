"""Ask a server all that a client will ask it, and say what is wrong: what `python -m netlift` prints."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from netlift import advice
from netlift.address import keyed
from netlift.config import Config, parse_config
from netlift.evaluation import evaluate
from netlift.events import make_batch
from netlift.experiment import Experiment
from netlift.options import SERVER_KEY, Options
from netlift.reading import ConfigError
from netlift.sender import PATH
from netlift.transport import Failure, Reply, Transport
from netlift.troubles import NO_NETLIFT, failure, refusal

MOST_CLOCK_SECONDS = 120.0
# Answers may take longer than a client would wait: this wants to know whether there is one.
PATIENCE = 10.0

MEANS = {
    "FORCED": "this variant was asked for",
    "NO_UNIT": "no id of this kind was given, so the control is shown",
    "NOT_RUNNING": "it is paused or stopped, so the control is shown",
    "REMOTE": "the server has to decide: ask it with client.remote(…)",
    "AUDIENCE": "an audience rule is not met by the attributes, so the control is shown",
    "LAYER": "this unit belongs to another experiment of the layer",
    "HOLDOUT": "kept out of the whole layer; an exposure",
    "HOLDBACK": "kept out of the shipped winner; an exposure",
    "ROLLOUT": "gets the shipped winner",
    "KEPT": "keeps its variant of the finished test",
    "NOT_ENROLLED": "outside the share of the experiment",
    "SPLIT": "drawn into the experiment; reading it would log an exposure",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and what to do about it where it is not `ok`."""

    name: str
    ok: bool
    told: str


def check(options: Options, asked: Mapping[str, Any]) -> Iterator[Finding]:
    """What a client of these settings will meet; nothing is recorded.

    Args:
        asked: `experiment`, `visitor`, `customer`, `agent` and `attributes` of a decision to explain, as far as given.
    """
    transport = Transport(options.host)
    try:
        reply = _ask(transport, "GET", options)
        if isinstance(reply, str):
            yield Finding("server", False, f"{options.host}: {reply}")
            return
        yield from _clock(reply)
        config = _config(reply)
        if isinstance(config, str):
            yield Finding("config", False, config)
        else:
            yield Finding("config", True, f"version {config.version}, {config.environment}, {_count(config)}.")
            yield from (Finding(f"  {each.key}", True, _state(each)) for each in config.experiments.values())
            yield from (Finding("  left out", False, problem) for problem in config.problems)
            if asked.get("experiment"):
                yield _decided(config, asked)
        yield _events(_ask(transport, "POST", options))
    finally:
        transport.close()


def kind_of(key: str) -> str:
    """What a key is, by its beginning."""
    shown = f"{key[:12]}…" if len(key) > 12 else key
    return f"server key {shown}" if key.startswith(SERVER_KEY) else f"client key {shown}"


def _ask(transport: Transport, method: str, options: Options) -> Reply | str:
    """The answer to the config, or to a batch without any event; else what is wrong."""
    path, headers = keyed("config", options.key)
    body = None
    if method == "POST":
        login = b64encode(f"{options.key}:".encode()).decode()
        path, body = PATH, make_batch((), {})
        headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    try:
        return transport.request(method, path, headers, body, timeout=PATIENCE)
    except Failure as error:
        return failure(error)


def _clock(reply: Reply) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(reply.headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return
    off = time.time() - theirs
    if abs(off) <= MOST_CLOCK_SECONDS:
        yield Finding("clock", True, "as the server's.")
    else:
        advice_ = "Events are corrected by `sentAt`; signatures of customers are not: set the clock."
        yield Finding("clock", False, f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the server's. {advice_}")


def _config(reply: Reply) -> Config | str:
    if reply.status != 200:
        return f"{refusal(reply)}."
    try:
        return parse_config(json.loads(reply.body))
    except (ValueError, RecursionError, ConfigError) as error:
        return f"{error}; {NO_NETLIFT}."


def _count(config: Config) -> str:
    count = len(config.experiments)
    return f"{count} experiment{'' if count == 1 else 's'}" if count else "no experiment yet: launch or rehearse one"


def _state(experiment: Experiment) -> str:
    where = "; the server decides: client.remote(…)" if experiment.remote else ""
    state = "draws" if experiment.accepting else "shows the control of"
    return f"{state} {experiment.unit}s{where}"


def _decided(config: Config, asked: Mapping[str, Any]) -> Finding:
    key = asked["experiment"]
    name = f"decision {key}"
    experiment = config.experiments.get(key)
    if experiment is None:
        return Finding(name, False, advice.unknown(key, config))
    unit = asked.get(experiment.unit)
    result = evaluate(config, key, unit, asked.get("attributes"))
    about = f"{experiment.unit} {unit!r}" if unit else f"no {experiment.unit}"
    return Finding(name, True, f"{result.variant} for {about}: {result.reason}, {MEANS.get(result.reason, '')}.")


def _events(reply: Reply | str) -> Finding:
    if isinstance(reply, str):
        return Finding("events", False, reply)
    if 200 <= reply.status < 300:
        return Finding("events", True, "would be taken (an empty batch was).")
    return Finding("events", False, f"{refusal(reply)}.")
