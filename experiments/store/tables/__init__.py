"""All tables; importing this package fills `Base.metadata`."""

from experiments.store.tables.access import (
    AccessLinkRow,
    ApiKeyRow,
    AuditGateRow,
    AuditRow,
    LoginFailureRow,
    SourceRow,
    TokenRow,
    UserRow,
    WebSessionRow,
)
from experiments.store.tables.approvals import ApprovalRow, DeploymentSettingRow
from experiments.store.tables.backlog import IdeaRow, SeasonRow
from experiments.store.tables.base import Base
from experiments.store.tables.catalogue import (
    FamilyRow,
    GoalRow,
    JourneyRow,
    JourneyVersionRow,
    MetricRow,
    ProductPriceRow,
    ProductRow,
)
from experiments.store.tables.contact_centre import ContactCentreCountRow, ContactCentreRow
from experiments.store.tables.design import DecisionRow, ExperimentRow, LayerRow, PhaseRow, SnapshotRow, VariantRow
from experiments.store.tables.drafts import AaCheckRow, DraftAnswerRow, LookBackRow, ScreenshotRow
from experiments.store.tables.events import EventKeyRow, EventRow, QuarantineRow
from experiments.store.tables.facts import (
    CursorRow,
    ExposureRow,
    HoldingRow,
    LinkRow,
    NameRow,
    OrderClaimRow,
    OutcomeRow,
    PageViewRow,
    RefundRow,
    TallyRow,
)
from experiments.store.tables.imports import ImportColumnRow, ImportRow, ImportUnitRow, ImportValueRow
from experiments.store.tables.insight import EvidenceRow, InsightRow, OpportunityTestRow
from experiments.store.tables.intake import (
    FileImportErrorRow,
    FileImportRow,
    MappingRow,
    ProductAliasRow,
    ReconciliationRow,
    StatedRelationRow,
)
from experiments.store.tables.learnings import LearningRow, LearningVersionRow
from experiments.store.tables.messages import MessageRow, SubscriptionRow, WebhookRow
from experiments.store.tables.ops import KeptAnswerRow, LeaseRow, ProgressRow, WorkerFaultRow
from experiments.store.tables.overview import OverviewCountRow, OverviewRow
from experiments.store.tables.privacy import ErasedRow, UnitMarkRow, UnitTableRow
from experiments.store.tables.private import (
    ContactFactRow,
    EligibilityRow,
    EvaluationCountRow,
    IdentitySecretRow,
    QualificationRow,
)
from experiments.store.tables.rolling import AlarmRow, RollOutReadingRow
from experiments.store.tables.run_costs import RunCostRow
from experiments.store.tables.talk import CommentRow, ShareRow

__all__ = [
    "AaCheckRow",
    "AccessLinkRow",
    "AlarmRow",
    "ApiKeyRow",
    "ApprovalRow",
    "AuditGateRow",
    "AuditRow",
    "Base",
    "CommentRow",
    "ContactCentreCountRow",
    "ContactCentreRow",
    "ContactFactRow",
    "CursorRow",
    "DecisionRow",
    "DeploymentSettingRow",
    "DraftAnswerRow",
    "EligibilityRow",
    "ErasedRow",
    "EvaluationCountRow",
    "EventKeyRow",
    "EventRow",
    "EvidenceRow",
    "ExperimentRow",
    "ExposureRow",
    "FamilyRow",
    "FileImportErrorRow",
    "FileImportRow",
    "GoalRow",
    "HoldingRow",
    "IdeaRow",
    "IdentitySecretRow",
    "ImportColumnRow",
    "ImportRow",
    "ImportUnitRow",
    "ImportValueRow",
    "InsightRow",
    "JourneyRow",
    "JourneyVersionRow",
    "KeptAnswerRow",
    "LayerRow",
    "LearningRow",
    "LearningVersionRow",
    "LeaseRow",
    "LinkRow",
    "LoginFailureRow",
    "LookBackRow",
    "MappingRow",
    "MessageRow",
    "MetricRow",
    "NameRow",
    "OpportunityTestRow",
    "OrderClaimRow",
    "OutcomeRow",
    "OverviewCountRow",
    "OverviewRow",
    "PageViewRow",
    "PhaseRow",
    "ProductAliasRow",
    "ProductPriceRow",
    "ProductRow",
    "ProgressRow",
    "QualificationRow",
    "QuarantineRow",
    "ReconciliationRow",
    "RefundRow",
    "RollOutReadingRow",
    "RunCostRow",
    "ScreenshotRow",
    "SeasonRow",
    "ShareRow",
    "SnapshotRow",
    "SourceRow",
    "StatedRelationRow",
    "SubscriptionRow",
    "TallyRow",
    "TokenRow",
    "UnitMarkRow",
    "UnitTableRow",
    "UserRow",
    "VariantRow",
    "WebSessionRow",
    "WebhookRow",
    "WorkerFaultRow",
]
