from django.urls import path

from villages.views import accounts

app_name = "villages"

urlpatterns = [
    path("login/", accounts.sign_in, name="sign-in"),
    path("logout/", accounts.sign_out, name="sign-out"),
    path("password/", accounts.password, name="password"),
]
