from demos.models.candidates import Candidate, Milestone, Move
from demos.models.funding import FundBudget, FundLine
from demos.models.measures import Measure, Progress
from demos.models.meetings import Decision, Meeting
from demos.models.pairings import Pairing, Problem, Support, Visit
from demos.models.programmes import Programme, Stage

__all__ = [
    "Candidate",
    "Decision",
    "FundBudget",
    "FundLine",
    "Measure",
    "Meeting",
    "Milestone",
    "Move",
    "Pairing",
    "Problem",
    "Programme",
    "Progress",
    "Stage",
    "Support",
    "Visit",
]
