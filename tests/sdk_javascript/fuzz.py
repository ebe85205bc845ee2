"""Compare Python and JavaScript on random units and random configs: both must answer alike, bit by bit.

    python -m tests.sdk_javascript.fuzz --units 100000 --seed 1

One node process answers JSON lines; it gets the configs as pages do, compiled. Left out is what JSON itself cannot
carry alike into both languages: whole numbers beyond 2**53, and 1.0 where a whole number must stand.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

from netlift import ConfigError, evaluate, parse_config
from netlift.compiling import compile_config

SDK = Path(__file__).resolve().parents[2] / "sdk" / "javascript"
UNITS_PER_CONFIG = 20
#: What an evaluation answers; the rest of a result is for answers of the server.
FIELDS = ("variant", "reason", "payload", "exposure", "phase", "config_version")
OPS = ("in", "any_of", "not_in", "none_of", "gte", "lte", "exists", "missing", "regex", None)
NAMES = ("channel", "holdings", "age", "x", "", "constructor", "__proto__")
STATUSES = (*["running"] * 8, "testing", "paused", "stopped", "decided", "someday")
KEYS = ("half", "tv-entry", "ünï", "toString", "e1", "e2")


def _letter(draw: random.Random) -> str:
    """Any character this Python's Unicode tables know: newer ones may be normalised by one side only."""
    while True:
        letter = chr(draw.choice((draw.randrange(0x250), draw.randrange(0x3000), draw.randrange(0x110000))))
        if unicodedata.category(letter) != "Cn":
            return letter


def random_unit(draw: random.Random) -> Any:
    kind = draw.randrange(12)
    if kind == 0:
        return draw.choice((None, "", " ", "\t\u00a0\ufeff", 7, 1.5, True, [], ["v"], {}, "\ud800", "a\udfff"))
    if kind == 1:
        return str(draw.randrange(10**12))
    if kind == 2:
        return "".join(_letter(draw) for _ in range(draw.randrange(200, 2000)))
    if kind < 7:
        return "".join(_letter(draw) for _ in range(draw.randrange(1, 12)))
    if kind == 7:
        return (
            draw.choice((" ", "\n", "\x85", "\x1c", "\u3000"))
            + f"visitor-{draw.randrange(10**6)}"
            + draw.choice(("", " "))
        )
    return f"visitor-{draw.randrange(10**9):x}"


def random_value(draw: random.Random, deep: bool = True) -> Any:
    single = (
        None,
        True,
        False,
        0,
        1,
        -1,
        1.5,
        0.1,
        "",
        "web",
        "tv",
        "é",
        1e300,
        {"product": "tv"},
        {"product": 1},
        {"a": 1},
    )
    if deep and draw.random() < 0.4:
        return [random_value(draw, draw.random() < 0.1) for _ in range(draw.randrange(4))]
    return draw.choice(single)


def random_rule(draw: random.Random) -> Any:
    if draw.random() < 0.05:
        return draw.choice((None, "x", [], {}, {"op": "missing"}, {"attribute": 1, "op": "missing"}))
    rule = {"attribute": draw.choice(NAMES), "op": draw.choice(OPS), "values": random_value(draw)}
    if draw.random() < 0.7:
        rule["values"] = [random_value(draw, deep=False) for _ in range(draw.randrange(4))]
    if draw.random() < 0.1:
        del rule["values"]
    return rule


def random_weights(draw: random.Random) -> list[float]:
    parts = [draw.random() * draw.choice((0, 1, 1, 1)) for _ in range(draw.randrange(1, 6))]
    total = sum(parts)
    return [part / total for part in parts] if total else [1.0]


def random_share(draw: random.Random) -> Any:
    return draw.choice((0, 1, 0.5, 1.0, draw.random(), draw.random(), draw.random() ** 3))


def random_experiment(draw: random.Random) -> Any:
    weights = random_weights(draw)
    item: dict[str, Any] = {
        "key": draw.choice(KEYS),
        "phase": draw.randrange(9),
        "salt": draw.choice(("s", "salt-é", f"salt-{draw.randrange(10**6)}", "😀")),
        "unit": draw.choice(("visitor", "customer")),
        "status": draw.choice(STATUSES),
        "enrolment": random_share(draw),
        "audience": [random_rule(draw) for _ in range(draw.choice((0, 0, 0, 0, 1, 2)))],
        "remote": draw.random() < 0.1,
        "variants": [
            {"key": f"v{at}", "weight": weight, "payload": random_value(draw)} for at, weight in enumerate(weights)
        ],
    }
    if draw.random() < 0.4:
        start, end = sorted((random_share(draw), random_share(draw)))
        item["layer"] = {"key": draw.choice(("pages", "free", "toString")), "range": [start, end]}
    if draw.random() < 0.3:
        item["rollout"] = {
            "variant": draw.choice(item["variants"])["key"],
            "share": random_share(draw),
            "holdback": random_share(draw),
        }
        if draw.random() < 0.4:
            item["rollout"]["keep"] = draw.choice((True, True, False, 1))
    return _spoilt(draw, item) if draw.random() < 0.15 else item


def _spoilt(draw: random.Random, item: dict[str, Any]) -> Any:
    """One field that is gone, or holds something else."""
    field = draw.choice(list(item))
    if draw.random() < 0.3:
        del item[field]
    else:
        item[field] = draw.choice((None, "", "x", 0.5, 2, -1, True, [], {}, ["visitor"], [0.5, 0.5], "\ud800"))
    return item


def random_config(draw: random.Random) -> Any:
    document: dict[str, Any] = {
        "v": 1,
        "version": f"{draw.randrange(16**8):x}",
        "environment": "production",
        "generated": draw.random() < 0.5,
        "layers": {
            "pages": {"salt": "pages", "holdout": random_share(draw)},
            "free": {"salt": f"free-{draw.randrange(99)}"},
        },
        "experiments": [random_experiment(draw) for _ in range(draw.randrange(1, 5))],
    }
    return _spoilt(draw, document) if draw.random() < 0.03 else document


def questions(units: int, seed: int) -> list[dict[str, Any]]:
    """Configs, each followed by questions to it."""
    draw = random.Random(seed)
    asked: list[dict[str, Any]] = []
    for at in range(units):
        if at % UNITS_PER_CONFIG == 0:
            document = published(random_config(draw))
            asked.append({"config": document})
        question = {"key": _key_in(draw, document), "unit": random_unit(draw)}
        question["attributes"] = {draw.choice(NAMES): random_value(draw) for _ in range(draw.randrange(4))} or None
        if draw.random() < 0.1:
            question["forced"] = draw.choice(("v0", "v1", "nothing", None))
        if draw.random() < 0.05:
            question["consent"] = False
        asked.append(question)
    return asked


def _key_in(draw: random.Random, document: Any) -> str:
    """Mostly an experiment of the config."""
    items = document.get("experiments")
    if not isinstance(items, list) or not items or draw.random() < 0.03:
        return "nothing"
    item = draw.choice(items)
    key = item.get("key") if isinstance(item, dict) else None
    return key if isinstance(key, str) else "nothing"


def published(document: Any) -> Any:
    """The document as a client key gets it: without the rules of remote experiments."""
    items = document.get("experiments")
    if not isinstance(items, list):
        return document
    return {**document, "experiments": [_hidden(item) for item in items]}


def _hidden(item: Any) -> Any:
    return {**item, "audience": []} if isinstance(item, dict) and item.get("remote") is True else item


def compiled(document: Any) -> Any:
    """The same as a page gets it; null where it cannot be read."""
    try:
        return compile_config(document)
    except ConfigError:
        return None


def answer_all(asked: list[dict[str, Any]]) -> list[Any]:
    """What Python answers."""
    config, answers = None, []
    for question in asked:
        if "config" in question:
            try:
                config = parse_config(question["config"])
            except ConfigError:
                config = None
            answers.append(None if config is None else list(config.experiments))
            continue
        others = {name: question[name] for name in ("forced", "consent") if name in question}
        result = evaluate(config, question["key"], question["unit"], question["attributes"], **others)
        answers.append({name: getattr(result, name) for name in FIELDS})
    return answers


def ask_node(asked: list[dict[str, Any]]) -> list[Any]:
    """What JavaScript answers."""
    sent = ({"config": compiled(each["config"])} if "config" in each else each for each in asked)
    lines = "".join(json.dumps(question) + "\n" for question in sent)
    command = ["node", "tests/fuzz.mjs"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=SDK, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(units: int, seed: int) -> tuple[list[tuple[Any, Any, Any]], Counter[str]]:
    """What the two answered differently, as (question, Python, JavaScript), and how often each reason came."""
    asked = questions(units, seed)
    ours, theirs = answer_all(asked), ask_node(asked)
    if len(ours) != len(theirs):
        raise RuntimeError(f"{len(asked)} questions got {len(theirs)} answers.")
    reasons = Counter(answer["reason"] for answer in ours if isinstance(answer, dict))
    spoken = json.loads(json.dumps(ours))
    return [one for one in zip(asked, spoken, theirs, strict=True) if one[1] != one[2]], reasons


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.monotonic()
    found, reasons = differences(options.units, options.seed)
    print(
        f"{options.units} units, {options.units // UNITS_PER_CONFIG} configs, {time.monotonic() - started:.0f} s:",
        dict(reasons),
    )
    print(f"{len(found)} differences")
    for question, ours, theirs in found[:5]:
        print(json.dumps({"question": question, "python": ours, "javascript": theirs})[:2000])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
