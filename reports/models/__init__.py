from reports.models.reports import Report, ReportVersion
from reports.models.summaries import Sender, Summary, SummaryReminder, SummarySection

__all__ = ["Report", "ReportVersion", "Sender", "Summary", "SummaryReminder", "SummarySection"]
