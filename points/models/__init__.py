from points.models.batches import Batch, BatchEditor, Claim
from points.models.imports import Import, ImportRow
from points.models.ledger import (
    Balance,
    ChainHead,
    Entry,
    GridRollup,
    Participation,
    Rollup,
    RuleUsage,
    Seal,
    VillageMonth,
)
from points.models.notices import Notice, NoticeLine
from points.models.objections import Objection, ObjectionRow
from points.models.reviews import PanelMember, Review
from points.models.rules import Rule, RuleSet

__all__ = [
    "Balance",
    "Batch",
    "BatchEditor",
    "ChainHead",
    "Claim",
    "Entry",
    "GridRollup",
    "Import",
    "ImportRow",
    "Notice",
    "NoticeLine",
    "Objection",
    "ObjectionRow",
    "PanelMember",
    "Participation",
    "Review",
    "Rollup",
    "Rule",
    "RuleSet",
    "RuleUsage",
    "Seal",
    "VillageMonth",
]
