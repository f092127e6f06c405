from django.urls import path

from qianjiang_portal.pages import views

urlpatterns = [
    path("", views.index, name="index"),
    path("home/", views.home, name="home"),
    path("help/components/", views.components, name="components"),
]
