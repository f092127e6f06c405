from reports.models.packages import ReportPackage
from reports.models.reports import Report, ReportVersion
from reports.models.summaries import Sender, Summary, SummaryReminder, SummarySection

__all__ = ["Report", "ReportPackage", "ReportVersion", "Sender", "Summary", "SummaryReminder", "SummarySection"]
