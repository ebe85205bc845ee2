"""The one aggregate query: events in, Moments per variant out."""

from experiments.store.moments.request import ColumnRequest, MomentsRequest
from experiments.store.moments.run import ExposureCounts, MomentsResult, compute_linked, compute_moments

__all__ = ["ColumnRequest", "ExposureCounts", "MomentsRequest", "MomentsResult", "compute_linked", "compute_moments"]
