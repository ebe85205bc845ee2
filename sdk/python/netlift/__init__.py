"""Netlift SDK for Python: decide locally, log the exposure when the variant is read.

`Client` is for shops; `parse_config` and `evaluate` are its pure core, without network and without state.
"""

__version__ = "0.1.0.dev0"

from netlift.client import Client
from netlift.config import Config, parse_config
from netlift.cookies import Cookie
from netlift.evaluation import evaluate
from netlift.hashing import normalise_unit, unit_hash
from netlift.identity import sign_identity
from netlift.page import Page
from netlift.reading import ConfigError
from netlift.result import Reason, Result
from netlift.visit import Visit

__all__ = [
    "Client",
    "Config",
    "ConfigError",
    "Cookie",
    "Page",
    "Reason",
    "Result",
    "Visit",
    "evaluate",
    "normalise_unit",
    "parse_config",
    "sign_identity",
    "unit_hash",
]
