"""Pages that no single app owns."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


@login_not_required
def index(request: HttpRequest) -> HttpResponse:
    return redirect("home" if request.user.is_authenticated else "points:public-notices")


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/home.html", {})


def components(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/components.html", {})
