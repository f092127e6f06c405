"""The addresses of points, gathered by the project's own router."""

from points.api.batches import Batches, Claims
from points.api.ledger import Balances, Entries
from points.api.notices import Notices
from points.api.rules import Rules, RuleSets

routes = [
    ("rule-sets", RuleSets, "rule-set"),
    ("rules", Rules, "rule"),
    ("batches", Batches, "batch"),
    ("claims", Claims, "claim"),
    ("entries", Entries, "entry"),
    ("balances", Balances, "balance"),
    ("notices", Notices, "notice"),
]
