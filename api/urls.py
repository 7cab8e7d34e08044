"""Addresses of api."""

from django.urls import path, re_path

from api.oauth import views as oauth
from api.views.nothing import nothing_here
from api.views.on_call import OnCallView
from api.views.ping import PingView

app_name = "api"
urlpatterns = [
    path("oauth/token", oauth.token, name="token"),
    path("oauth/revoke", oauth.revoke, name="revoke"),
    path("v1/ping", PingView.as_view(), name="ping"),
    path("v1/on-call", OnCallView.as_view(), name="on-call"),
    re_path("", nothing_here, name="nothing"),
]
