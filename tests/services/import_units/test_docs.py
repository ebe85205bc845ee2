"""What the page about imports shows is what the product reads."""

from __future__ import annotations

import re
from pathlib import Path

from experiments.services.import_units.parse import parse_spec
from experiments.services.import_units.result import LISTED
from experiments.services.import_units.spec import MAX_SEGMENT_VALUES, CsvOptions

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "import-units.md").read_text()


def test_the_example_is_a_valid_spec() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    spec = parse_spec(example)
    assert [variant.key for variant in spec.variants] == ["control", "offer"]
    assert [metric.key for metric in spec.metrics] == ["cross-sell", "up-sell", "seconds-per-contact"]
    assert spec.csv == CsvOptions()


def test_bounds_are_those_of_the_code() -> None:
    assert f"the first {LISTED:,} are listed" in PAGE
    assert f"at most {MAX_SEGMENT_VALUES}" in PAGE
