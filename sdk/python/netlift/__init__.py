"""Netlift SDK for Python: decide locally, log the exposure when the variant is read.

`Client` is for shops; `parse_config` and `evaluate` are its pure core, without network and without state.
"""

__version__ = "0.1.0.dev0"

from netlift.client import Client
from netlift.config import Config, parse_config
from netlift.evaluation import evaluate
from netlift.hashing import normalise_unit, unit_hash
from netlift.reading import ConfigError
from netlift.result import Reason, Result

__all__ = [
    "Client",
    "Config",
    "ConfigError",
    "Reason",
    "Result",
    "evaluate",
    "normalise_unit",
    "parse_config",
    "unit_hash",
]
