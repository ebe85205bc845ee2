"""Two people for a launch or a ship, where the deployment wants that."""

from experiments.domain.approval import Approval, ApprovalState, Deed, NeedsSecondPersonError, Policy
from experiments.services.approvals.policy import policy_of, set_policy

__all__ = ["Approval", "ApprovalState", "Deed", "NeedsSecondPersonError", "Policy", "policy_of", "set_policy"]
