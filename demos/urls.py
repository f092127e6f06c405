from django.urls import path

from demos.views import candidates, evidence, funding, measures, meetings, pairings, programmes, standards

app_name = "demos"

urlpatterns = [
    path("demos/", candidates.candidate_board, name="board"),
    path("demos/new/", candidates.candidate_new, name="candidate-new"),
    path("demos/programmes/", programmes.programme_list, name="programme-list"),
    path("demos/programmes/plan/", programmes.programme_by_plan, name="programme-by-plan"),
    path("demos/programmes/<int:pk>/stages/", programmes.programme_stages, name="programme-stages"),
    path("demos/programmes/<int:pk>/standard/", standards.standard, name="standard"),
    path("demos/programmes/<int:pk>/standard/edit/", standards.standard_edit, name="standard-edit"),
    path("demos/<int:pk>/", candidates.candidate_detail, name="candidate"),
    path("demos/<int:pk>/move/", candidates.candidate_move, name="candidate-move"),
    path("demos/<int:pk>/owner/", candidates.candidate_owner, name="candidate-owner"),
    path("demos/<int:pk>/milestones/", candidates.candidate_milestone, name="candidate-milestone"),
    path("demos/<int:pk>/milestones/<int:milestone>/", candidates.milestone_reach, name="milestone-reach"),
    path("demos/<int:pk>/criteria/", evidence.criteria_grid, name="criteria"),
    path("demos/<int:pk>/evidence/", evidence.evidence_add, name="evidence-add"),
    path("demos/<int:pk>/evidence/<int:proof>/withdraw/", evidence.evidence_withdraw, name="evidence-withdraw"),
    path("demos/<int:pk>/findings/", evidence.finding_add, name="finding-add"),
    path("demos/<int:pk>/findings/<int:finding>/clear/", evidence.finding_clear, name="finding-clear"),
    path("demos/<int:pk>/inspections/", evidence.inspection_add, name="inspection-add"),
    path("demos/<int:pk>/recheck/", candidates.candidate_recheck, name="candidate-recheck"),
    path("demos/<int:pk>/close/", candidates.candidate_close, name="candidate-close"),
    path("meetings/", meetings.meeting_list, name="meeting-list"),
    path("meetings/new/", meetings.meeting_new, name="meeting-new"),
    path("meetings/decisions/", meetings.decision_list, name="decision-list"),
    path("meetings/decisions/<int:pk>/settle/", meetings.decision_settle, name="decision-settle"),
    path("meetings/<int:pk>/", meetings.meeting_detail, name="meeting"),
    path("pairings/", pairings.pairing_list, name="pairing-list"),
    path("pairings/new/", pairings.pairing_new, name="pairing-new"),
    path("pairings/<int:pk>/", pairings.pairing_detail, name="pairing"),
    path("pairings/<int:pk>/end/", pairings.pairing_end, name="pairing-end"),
    path("pairings/<int:pk>/print/", pairings.pairing_print, name="pairing-print"),
    path("pairings/<int:pk>/problems/<int:problem>/", pairings.problem_answer, name="problem-answer"),
    path("measures/", measures.measure_list, name="measure-list"),
    path("measures/add/", measures.measure_add, name="measure-add"),
    path("measures/<int:pk>/report/", measures.measure_report, name="measure-report"),
    path("funds/", funding.fund_list, name="fund-list"),
    path("funds/<str:code>/", funding.fund_book, name="fund-book"),
]
