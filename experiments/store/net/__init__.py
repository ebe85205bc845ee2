"""The columns between gross and net: one statement, whatever their number."""

from experiments.store.net.request import Block, NetRequest
from experiments.store.net.run import NetCells, compute_net

__all__ = ["Block", "NetCells", "NetRequest", "compute_net"]
