"""Transactions for callers that must not know the store: pages, API and command line."""

from __future__ import annotations

from experiments.store.engines import reading, writing

__all__ = ["reading", "writing"]
