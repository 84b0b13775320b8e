"""The addresses of the Django site in parties.py."""

from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("in", lambda request: HttpResponse(request.user.email)),
]
