"""The product without HTTP: domain, statistics, decision, store and services."""

__version__ = "0.1.0.dev0"
