"""`python -m netlift`: does this machine reach the server, is the key right, and what would be decided?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from netlift import __version__
from netlift.checking import check, kind_of
from netlift.notices import Notices
from netlift.settings import read_options


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found; 1 where something is wrong, 2 where key or host are missing."""
    asked = _parser().parse_args(arguments)
    options = read_options({"key": asked.key, "host": asked.host}, Notices())
    if not options.usable:
        print(
            "Key or host are missing: give --key and --host, or set NETLIFT_SDK_KEY and NETLIFT_SDK_HOST.",
            file=sys.stderr,
        )
        return 2
    print(f"netlift-sdk {__version__}, {kind_of(options.key)}, {options.host}")
    failed = False
    for finding in check(options, vars(asked)):
        failed = failed or not finding.ok
        print(f"{'ok  ' if finding.ok else 'fail'} {finding.name}: {finding.told}", flush=True)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m netlift",
        description="Check the connection to a Netlift server: address, clock, key, config, and whether events are "
        "taken. Nothing is recorded.",
        epilog="Example: python -m netlift --host https://netlift.example.com --key pk_… --experiment tv-entry "
        "--visitor v-1",
    )
    parser.add_argument("--key", help="client or server key; NETLIFT_SDK_KEY by default")
    parser.add_argument("--host", help="address of the server; NETLIFT_SDK_HOST by default")
    parser.add_argument("--experiment", help="explain what would be decided in this experiment")
    parser.add_argument("--visitor", help="… for this visitor")
    parser.add_argument("--customer", help="… for this customer")
    parser.add_argument("--agent", help="… for this agent of the contact centre")
    parser.add_argument("--attributes", type=_attributes, metavar="JSON", help='… with these, as {"channel": "web"}')
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _attributes(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("must be a JSON object")
    return value


if __name__ == "__main__":
    sys.exit(main())
