from reports.models.assessment import Assessed, Assessment, AssessmentItem, AssessmentScore
from reports.models.cases import CaseStudy
from reports.models.circulars import Circular, CircularReceiver, Finding
from reports.models.packages import ReportPackage
from reports.models.publicity import Publicity
from reports.models.rectifications import Rectification, RectificationFile
from reports.models.reports import Report, ReportVersion
from reports.models.summaries import Sender, Summary, SummaryReminder, SummarySection, SummaryVersion
from reports.models.village_sheets import VillageSheet

__all__ = [
    "Assessed",
    "Assessment",
    "AssessmentItem",
    "AssessmentScore",
    "CaseStudy",
    "Circular",
    "CircularReceiver",
    "Finding",
    "Publicity",
    "Rectification",
    "RectificationFile",
    "Report",
    "ReportPackage",
    "ReportVersion",
    "Sender",
    "Summary",
    "SummaryReminder",
    "SummarySection",
    "SummaryVersion",
    "VillageSheet",
]
