from django.urls import path

from villages.views import accounts, indicators, people

app_name = "villages"

urlpatterns = [
    path("accounts/login/", accounts.sign_in, name="sign-in"),
    path("accounts/logout/", accounts.sign_out, name="sign-out"),
    path("accounts/password/", accounts.password, name="password"),
    path("people/", people.people_list, name="people-list"),
    path("people/new/", people.people_new, name="people-new"),
    path("people/<int:pk>/end/", people.people_end, name="people-end"),
    path("indicators/", indicators.indicator_list, name="indicator-list"),
    path("indicators/<str:period>/<str:code>/", indicators.indicator_grid, name="indicator-grid"),
]
