from points.models.activities import Activity, Attendance
from points.models.batches import Batch, BatchEditor, Claim
from points.models.doubts import Doubt
from points.models.evidence import Evidence
from points.models.honours import Honour, HonourKind, HonourNotice, HonourSitting
from points.models.import_words import ImportWord
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
from points.models.lookups import LookupSlip, LookupTry
from points.models.moves import HouseholdMove, VillageMerger
from points.models.notices import Notice, NoticeLine
from points.models.objections import Objection, ObjectionRow
from points.models.opening_reversals import OpeningReversal
from points.models.registers import RegisterFile, RegisterLine
from points.models.reviews import PanelMember, Review
from points.models.rules import Rule, RuleSet
from points.models.store import Item, Outlet, Redemption, RedemptionLine, StockMove
from points.models.suspensions import Suspension
from points.models.year_ends import YearEnd, YearEndLine

__all__ = [
    "Activity",
    "Attendance",
    "Balance",
    "Batch",
    "BatchEditor",
    "ChainHead",
    "Claim",
    "Doubt",
    "Entry",
    "Evidence",
    "GridRollup",
    "Honour",
    "HonourKind",
    "HonourNotice",
    "HonourSitting",
    "HouseholdMove",
    "Import",
    "ImportRow",
    "ImportWord",
    "Item",
    "LookupSlip",
    "LookupTry",
    "Notice",
    "NoticeLine",
    "Objection",
    "ObjectionRow",
    "OpeningReversal",
    "Outlet",
    "PanelMember",
    "Participation",
    "Redemption",
    "RedemptionLine",
    "RegisterFile",
    "RegisterLine",
    "Review",
    "Rollup",
    "Rule",
    "RuleSet",
    "RuleUsage",
    "Seal",
    "StockMove",
    "Suspension",
    "VillageMerger",
    "VillageMonth",
    "YearEnd",
    "YearEndLine",
]
