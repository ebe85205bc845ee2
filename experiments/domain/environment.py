"""Test and production; keys and sources belong to one."""

from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    """Only production is analysed."""

    PRODUCTION = "production"
    TEST = "test"
