from demos.models.funding import FundBudget, FundLine
from demos.models.measures import Measure, Progress
from demos.models.meetings import Decision, Meeting
from demos.models.pairings import Pairing, Problem, Support, Visit

__all__ = [
    "Decision",
    "FundBudget",
    "FundLine",
    "Measure",
    "Meeting",
    "Pairing",
    "Problem",
    "Progress",
    "Support",
    "Visit",
]
