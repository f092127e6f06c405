"""The addresses of points, gathered by the project's own router."""

from points.api.activities import Activities
from points.api.batches import Batches, Claims
from points.api.evidence import Proofs
from points.api.ledger import Balances, Entries
from points.api.notices import Notices
from points.api.reviews import Panel, Reviews
from points.api.rules import Rules, RuleSets
from points.api.store import Items, Outlets, Redemptions

routes = [
    ("rule-sets", RuleSets, "rule-set"),
    ("rules", Rules, "rule"),
    ("batches", Batches, "batch"),
    ("claims", Claims, "claim"),
    ("evidence", Proofs, "evidence"),
    ("reviews", Reviews, "review"),
    ("panel", Panel, "panel"),
    ("activities", Activities, "activity"),
    ("entries", Entries, "entry"),
    ("balances", Balances, "balance"),
    ("notices", Notices, "notice"),
    ("outlets", Outlets, "outlet"),
    ("items", Items, "item"),
    ("redemptions", Redemptions, "redemption"),
]
