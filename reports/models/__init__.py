from reports.models.reports import Report, ReportVersion

__all__ = ["Report", "ReportVersion"]
