from django.urls import path, register_converter

from reports import converters
from reports.views import (
    acceptance,
    assessments,
    batches,
    bulletin_papers,
    cases,
    circulars,
    dashboards,
    entries,
    minutes,
    notice_papers,
    pairing_sheets,
    publicity,
    rectifications,
    reports,
    summaries,
    summary_lists,
    summary_papers,
    village_sheets,
    villages,
)

app_name = "reports"

register_converter(converters.Span, "span")
register_converter(converters.SummaryPeriod, "summed")
register_converter(converters.PlaceCode, "place")
register_converter(converters.VillageCode, "village")
register_converter(converters.Suffix, "paper")
register_converter(converters.Printed, "printed")

A_SUMMARY = "reports/summaries/<summed:period>/<slug:sender>/"
A_CIRCULAR = "reports/circulars/<int:pk>/"
A_FINDING = f"{A_CIRCULAR}<int:finding>/"
A_CASE = "reports/cases/<int:pk>/"
AN_ASSESSMENT = "reports/assessments/<int:pk>/"
A_SHEET = "reports/<span:period>/villages/<village:village>/"
A_REPORT = "reports/<span:period>/<place:code>/"

urlpatterns = [
    path("dashboard/", dashboards.dashboard, name="dashboard"),
    path("dashboard/t/<str:code>/", dashboards.dashboard_township, name="dashboard-township"),
    path("dashboard/export.xlsx", dashboards.dashboard_export, name="dashboard-export"),
    path("dashboard/t/<str:code>/export.xlsx", dashboards.dashboard_township_export, name="dashboard-township-export"),
    path("dashboard/wall/", dashboards.dashboard_wall, name="dashboard-wall"),
    path("villages/", villages.village_list, name="village-list"),
    path("villages/<str:code>/", villages.village, name="village"),
    path("villages/<str:code>/entries/", entries.entry_list, name="entry-list"),
    path("villages/<str:code>/batches/", batches.village_batches, name="village-batches"),
    path("villages/<str:code>/entries/export.xlsx", entries.entry_export, name="entry-export"),
    path("demos/<int:pk>/acceptance.<printed:kind>", acceptance.acceptance_paper, name="acceptance"),
    path("bulletins/<str:code>/sheet.<paper:kind>", bulletin_papers.bulletin_paper, name="bulletin-paper"),
    path("notices/<str:code>/sheet.<paper:kind>", notice_papers.notice_paper, name="notice-paper"),
    path("meetings/<int:pk>/minutes.docx", minutes.meeting_minutes, name="meeting-minutes"),
    path("pairings/<int:pk>/sheet.<printed:kind>", pairing_sheets.pairing_paper, name="pairing-sheet"),
    path("reports/", reports.report_list, name="report-list"),
    path("reports/assessments/", assessments.assessment_list, name="assessment-list"),
    path("reports/assessments/open/", assessments.assessment_open, name="assessment-open"),
    path(AN_ASSESSMENT, assessments.assessment_page, name="assessment"),
    path(f"{AN_ASSESSMENT}count/", assessments.assessment_count, name="assessment-count"),
    path(f"{AN_ASSESSMENT}show/", assessments.assessment_show, name="assessment-show"),
    path(f"{AN_ASSESSMENT}finish/", assessments.assessment_finish, name="assessment-finish"),
    path(f"{AN_ASSESSMENT}publish/", assessments.assessment_publish, name="assessment-publish"),
    path(f"{AN_ASSESSMENT}export.xlsx", assessments.assessment_export, name="assessment-export"),
    path(f"{AN_ASSESSMENT}<int:place>/", assessments.assessment_place, name="assessment-place"),
    path(f"{AN_ASSESSMENT}<int:place>/score/", assessments.assessment_score, name="assessment-score"),
    path(f"{AN_ASSESSMENT}<int:place>/answer/", assessments.assessment_answer, name="assessment-answer"),
    path("reports/circulars/", circulars.circular_list, name="circular-list"),
    path("reports/circulars/new/", circulars.circular_new, name="circular-new"),
    path(A_CIRCULAR, circulars.circular, name="circular"),
    path(f"{A_CIRCULAR}edit/", circulars.circular_edit, name="circular-edit"),
    path(f"{A_CIRCULAR}name/", circulars.circular_name, name="circular-name"),
    path(f"{A_CIRCULAR}<int:finding>/unname/", circulars.circular_unname, name="circular-unname"),
    path(f"{A_CIRCULAR}issue/", circulars.circular_issue, name="circular-issue"),
    path(f"{A_CIRCULAR}discard/", circulars.circular_discard, name="circular-discard"),
    path(f"{A_CIRCULAR}sign-for/", circulars.circular_sign_for, name="circular-sign-for"),
    path(A_FINDING, rectifications.finding, name="finding"),
    path(f"{A_FINDING}report/", rectifications.rectification_report, name="rectification-report"),
    path(f"{A_FINDING}<int:made>/accept/", rectifications.rectification_accept, name="rectification-accept"),
    path(f"{A_FINDING}<int:made>/return/", rectifications.rectification_return, name="rectification-return"),
    path(f"{A_FINDING}files/<int:file>/", rectifications.rectification_file, name="rectification-file"),
    path(f"{A_CIRCULAR}download.<printed:suffix>", circulars.circular_paper, name="circular-paper"),
    path("reports/cases/", cases.case_list, name="case-list"),
    path("reports/cases/new/", cases.case_new, name="case-new"),
    path(A_CASE, cases.case, name="case"),
    path(f"{A_CASE}edit/", cases.case_edit, name="case-edit"),
    path(f"{A_CASE}submit/", cases.case_submit, name="case-submit"),
    path(f"{A_CASE}return/", cases.case_return, name="case-return"),
    path(f"{A_CASE}adopt/", cases.case_adopt, name="case-adopt"),
    path(f"{A_CASE}discard/", cases.case_discard, name="case-discard"),
    path(f"{A_CASE}print/", cases.case_print, name="case-print"),
    path(f"{A_CASE}download.<printed:suffix>", cases.case_paper, name="case-paper"),
    path("reports/publicity/", publicity.publicity_list, name="publicity-list"),
    path("reports/publicity/new/", publicity.publicity_new, name="publicity-new"),
    path("reports/publicity/<int:pk>/withdraw/", publicity.publicity_withdraw, name="publicity-withdraw"),
    path("reports/summaries/", summary_lists.summary_list, name="summary-list"),
    path("reports/summaries/<summed:period>/remind/", summary_lists.summary_remind, name="summary-remind"),
    path("reports/summaries/<summed:period>/collect/", summary_lists.summary_collect, name="summary-collect"),
    path(A_SUMMARY, summaries.summary, name="summary"),
    path(f"{A_SUMMARY}save/<slug:key>/", summaries.summary_save, name="summary-save"),
    path(f"{A_SUMMARY}note/", summaries.summary_note, name="summary-note"),
    path(f"{A_SUMMARY}check/", summaries.summary_check, name="summary-check"),
    path(f"{A_SUMMARY}submit/", summaries.summary_submit, name="summary-submit"),
    path(f"{A_SUMMARY}sign/", summaries.summary_sign, name="summary-sign"),
    path(f"{A_SUMMARY}return/", summaries.summary_return, name="summary-return"),
    path(f"{A_SUMMARY}accept/", summaries.summary_accept, name="summary-accept"),
    path(f"{A_SUMMARY}paper/", summary_lists.summary_paper, name="summary-paper"),
    path(f"{A_SUMMARY}scan/", summary_papers.summary_scan, name="summary-scan"),
    path(f"{A_SUMMARY}scan/file/", summary_papers.summary_scan_file, name="summary-scan-file"),
    path(f"{A_SUMMARY}<int:number>/download.<paper:suffix>", summary_papers.summary_version, name="summary-version"),
    path(f"{A_SUMMARY}download.<printed:suffix>", summary_papers.summary_download, name="summary-download"),
    path("reports/<span:period>/villages/", village_sheets.sheet_list, name="sheet-list"),
    path("reports/<span:period>/villages/request/", village_sheets.sheet_request_all, name="sheet-request-all"),
    path(
        "reports/<span:period>/villages/<place:code>/request/",
        village_sheets.sheet_request_township,
        name="sheet-request-township",
    ),
    path(A_SHEET, village_sheets.sheet, name="sheet"),
    path(f"{A_SHEET}request/", village_sheets.sheet_request, name="sheet-request"),
    path(f"{A_SHEET}<int:number>/download.<paper:suffix>", village_sheets.sheet_download, name="sheet-download"),
    path("reports/<span:period>/package/", reports.package_request, name="package-request"),
    path("reports/<span:period>/package.zip", reports.package_download, name="package-download"),
    path("reports/<span:period>/table.xlsx", reports.flat_table, name="flat-table"),
    path("reports/<span:period>/request/", reports.report_request_missing, name="report-request-missing"),
    path(A_REPORT, reports.report, name="report"),
    path(f"{A_REPORT}row/", reports.report_row, name="report-row"),
    path(f"{A_REPORT}request/", reports.report_request, name="report-request"),
    path(f"{A_REPORT}<int:number>/download.<paper:suffix>", reports.report_download, name="report-download"),
]
