"""Where a copy of a test is made."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from experiments.domain.experiment import Experiment


def copy_address(experiment: Experiment) -> str:
    """The first page of the builder with this test to start from."""
    return f"/experiments/build?{urlencode({'from': experiment.key})}"
