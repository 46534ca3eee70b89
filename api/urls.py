"""Addresses of the API. The operations are imported here and nowhere else: they import ninja."""

from django.urls import include, path

from api import views
from api.v1.api import PREFIX, TAKES_FILES, api

_OPERATIONS, _, _NAMESPACE = api.urls
for _operation in _OPERATIONS:
    # Who calls is told by the token: see api/v1/door.py.
    _operation.callback.login_required = False
    _operation.callback.takes_files = _operation.name in TAKES_FILES

app_name = "api"

urlpatterns = [
    path("api/openapi.json", views.openapi, name="openapi"),
    path("api/docs/", views.reference, name="docs"),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/renew/", views.renew_token, name="renew_token"),
    path("settings/tokens/<int:pk>/take-back/", views.take_back_token, name="take_back_token"),
    path(PREFIX, include(([each for each in _OPERATIONS if each.name != "api-root"], "v1"))),
]
