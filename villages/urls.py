from django.urls import path

from villages.views import accounts, charters, disclosures, indicators, people, public_disclosures, services, tokens
from villages.views import accounts, charters, indicators, people, services, sessions, tokens
from villages.views import accounts, charters, indicators, people, services, sessions, staff, tokens
from villages.views import accounts, charters, indicators, people, services, sessions, staff, staff_lists, tokens

app_name = "villages"

urlpatterns = [
    path("accounts/login/", accounts.sign_in, name="sign-in"),
    path("accounts/logout/", accounts.sign_out, name="sign-out"),
    path("accounts/password/", accounts.password, name="password"),
    path("accounts/sessions/", sessions.session_list, name="session-list"),
    path("accounts/sessions/others/", sessions.session_end_others, name="session-end-others"),
    path("accounts/sessions/<str:digest>/end/", sessions.session_end, name="session-end"),
    path("accounts/tokens/", tokens.token_list, name="token-list"),
    path("accounts/tokens/new/", tokens.token_new, name="token-new"),
    path("accounts/tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("staff/", staff.staff_list, name="staff-list"),
    path("staff/import/", staff_lists.staff_import, name="staff-import"),
    path("staff/import/open/", staff_lists.staff_open, name="staff-open"),
    path("staff/import/template/", staff_lists.staff_template, name="staff-template"),
    path("staff/<int:pk>/", staff.staff, name="staff"),
    path("staff/<int:pk>/appoint/", staff.staff_appoint, name="staff-appoint"),
    path("staff/<int:pk>/posts/<int:post>/move/", staff.staff_move, name="staff-move"),
    path("staff/<int:pk>/posts/<int:post>/end/", staff.staff_end, name="staff-end"),
    path("staff/<int:pk>/password/", staff.staff_password, name="staff-password"),
    path("staff/<int:pk>/unlock/", staff.staff_unlock, name="staff-unlock"),
    path("staff/<int:pk>/off/", staff.staff_off, name="staff-off"),
    path("staff/<int:pk>/on/", staff.staff_on, name="staff-on"),
    path("staff/<int:pk>/sign-out/", staff.staff_sign_out, name="staff-sign-out"),
    path("requests/", services.errand_list, name="errand-list"),
    path("requests/new/", services.errand_new, name="errand-new"),
    path("requests/<int:pk>/move/", services.errand_move, name="errand-move"),
    path("services/new/", services.guide_new, name="guide-new"),
    path("bm/<str:code>/", services.public_services, name="public-services"),
    path("disclosures/", disclosures.disclosure_list, name="disclosure-list"),
    path("disclosures/<str:code>/", disclosures.disclosure_village, name="disclosure-village"),
    path("disclosures/<str:code>/new/", disclosures.disclosure_new, name="disclosure-new"),
    path("disclosures/<str:code>/<int:pk>/", disclosures.disclosure, name="disclosure"),
    path("disclosures/<str:code>/<int:pk>/correct/", disclosures.disclosure_correct, name="disclosure-correct"),
    path("disclosures/<str:code>/<int:pk>/withdraw/", disclosures.disclosure_withdraw, name="disclosure-withdraw"),
    path("disclosures/<str:code>/<int:pk>/<int:position>/", disclosures.disclosure_paper, name="disclosure-paper"),
    path("gk/<str:code>/", public_disclosures.public_disclosures, name="public-disclosures"),
    path("gk/<str:code>/<int:pk>/", public_disclosures.public_disclosure, name="public-disclosure"),
    path(
        "gk/<str:code>/<int:pk>/<int:position>/",
        public_disclosures.public_disclosure_paper,
        name="public-disclosure-paper",
    ),
    path("people/", people.people_list, name="people-list"),
    path("people/new/", people.people_new, name="people-new"),
    path("people/<int:pk>/end/", people.people_end, name="people-end"),
    path("charters/", charters.charter_list, name="charter-list"),
    path("charters/<str:code>/", charters.charter, name="charter"),
    path("charters/<str:code>/new/", charters.charter_new, name="charter-new"),
    path("charters/<str:code>/<int:version>/file/", charters.charter_file, name="charter-file"),
    path("charters/<str:code>/<int:version>/paper/", charters.charter_paper, name="charter-paper"),
    path("indicators/", indicators.indicator_list, name="indicator-list"),
    path("indicators/<str:period>/<str:code>/", indicators.indicator_grid, name="indicator-grid"),
]
