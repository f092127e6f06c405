from django.urls import URLPattern, path

from points.views import passbooks, reviews, rules

app_name = "points"

urlpatterns: list[URLPattern] = [
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
]
