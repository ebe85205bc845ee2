"""Write compiled.json, the documents and audience rules of cases.json as pages get them.

    python sdk/make_compiled.py            write sdk/compiled.json
    python sdk/make_compiled.py --check    fail where the file differs from what would be written

The Python SDK compiles; what must come out of the cases does not change by it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from netlift import ConfigError
from netlift.compiling import compile_config, compile_rule

SOURCE = Path(__file__).with_name("cases.json")
TARGET = Path(__file__).with_name("compiled.json")


def render(cases: dict[str, Any]) -> str:
    """The whole file: one config or the rules of one audience case per line."""
    configs = (f"{_line(name)}:{_line(compile_config(document))}" for name, document in cases["configs"].items())
    audience = (_line([compile_rule(rule) for rule in case["rules"]]) for case in cases["audience"])
    documents = (_line(_compiled(case["document"])) for case in cases["documents"])
    parts = (f'"audience":[\n{_lines(audience)}\n]', f'"documents":[\n{_lines(documents)}\n]')
    return f'{{"configs":{{\n{_lines(configs)}\n}},\n{_lines(parts)}}}\n'


def _compiled(document: Any) -> Any:
    """The document for pages; None where it cannot be read."""
    try:
        return compile_config(document)
    except ConfigError:
        return None


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _lines(parts: Any) -> str:
    return ",\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the file, or compare it."""
    text = render(json.loads(SOURCE.read_text(encoding="ascii")))
    if "--check" in arguments:
        same = TARGET.read_text(encoding="ascii") == text
        print("compiled.json is up to date." if same else "compiled.json differs: run python sdk/make_compiled.py")
        return 0 if same else 1
    TARGET.write_text(text, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
