from demos.models.candidates import Candidate, Milestone, Move
from demos.models.evidence import Criterion, Evidence, Finding, Inspection, Score, Standard
from demos.models.funding import FundBudget, FundLine
from demos.models.measures import Dispatch, Measure, Progress
from demos.models.meetings import Decision, Meeting, MeetingPaper
from demos.models.pairings import Pairing, Problem, Support, Visit, VisitPhoto
from demos.models.programmes import Programme, Stage

__all__ = [
    "Candidate",
    "Criterion",
    "Decision",
    "Dispatch",
    "Evidence",
    "Finding",
    "FundBudget",
    "FundLine",
    "Inspection",
    "Measure",
    "Meeting",
    "MeetingPaper",
    "Milestone",
    "Move",
    "Pairing",
    "Problem",
    "Programme",
    "Progress",
    "Score",
    "Stage",
    "Standard",
    "Support",
    "Visit",
    "VisitPhoto",
]
