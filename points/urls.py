from django.urls import URLPattern, path

from points.views import batches, contested, entry, notices, passbooks, paste, public, reviews, roster, rules

app_name = "points"

urlpatterns: list[URLPattern] = [
    path("entry/", entry.entry, name="entry"),
    path("entry/paste/", paste.paste, name="entry-paste"),
    path("entry/roster/", roster.roster, name="entry-roster"),
    path("entry/index/<str:code>.json", entry.entry_index, name="entry-index"),
    path("entry/find/", entry.entry_find, name="entry-find"),
    path("entry/rows/", entry.row, name="row"),
    path("entry/rows/remove/", entry.row_remove, name="row-remove"),
    path("entry/rows/restore/", entry.row_restore, name="row-restore"),
    path("entry/batches/", batches.batch_list, name="batch-list"),
    path("entry/batches/<str:number>/", batches.batch_detail, name="batch"),
    path("entry/batches/<str:number>/submit/", batches.batch_submit, name="batch-submit"),
    path("entry/batches/<str:number>/submitted/", batches.batch_submitted, name="batch-submitted"),
    path("entry/batches/<str:number>/recall/", batches.batch_recall, name="batch-recall"),
    path("entry/batches/<str:number>/resubmit/", batches.batch_resubmit, name="batch-resubmit"),
    path("entry/batches/<str:number>/rows/<int:line>/remove/", batches.claim_remove, name="claim-remove"),
    path("households/", passbooks.passbook_list, name="passbook-list"),
    path("households/<int:pk>/", passbooks.passbook, name="passbook"),
    path("households/<int:pk>/members/", passbooks.passbook_members, name="passbook-members"),
    path("households/<int:pk>/print/", passbooks.passbook_print, name="passbook-print"),
    path("households/<int:pk>/correct/<int:entry>/", passbooks.passbook_correct, name="correct"),
    path("rules/", rules.rule_set_list, name="rule-set-list"),
    path("rules/<int:pk>/", rules.rule_set, name="rule-set"),
    path("review/", reviews.review_queue, name="review-queue"),
    path("review/<str:number>/", reviews.review_detail, name="review"),
    path("review/<str:number>/open/", reviews.review_open, name="review-open"),
    path("review/<str:number>/decide/", reviews.review_decide, name="review-decide"),
    path("review/<str:number>/rows/<int:claim>/", reviews.review_row, name="review-row"),
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/new/", notices.notice_new, name="notice-new"),
    path("notices/<str:code>/", notices.notice_detail, name="notice"),
    path("notices/<str:code>/print/", notices.notice_print, name="notice-print"),
    path("notices/<str:code>/check/", contested.notice_check, name="notice-check"),
    path("notices/<str:code>/post/", notices.notice_post, name="notice-post"),
    path("gs/", public.public_notices, name="public-notices"),
    path("gs/<str:code>/", public.public_notice, name="public-notice"),
]
