"""Addresses of requests, their windows and rules."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.requests import ask, inbox, month, one, ruleform, rules, windowform

_RULE = "requests/rules/<uuid:request_rule_id>"
_WINDOW = "requests/windows/<uuid:request_window_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("requests/", inbox.requests, name="requests"),
    path("requests.csv", inbox.requests_csv, name="requests-csv"),
    path("requests/decide", inbox.decide_many, name="requests-decide"),
    path("requests/month", month.month, name="requests-month"),
    path("requests/new", ask.request_new, name="request-new"),
    path("requests/<uuid:request_id>", one.request_page, name="request"),
    path("requests/<uuid:request_id>/change", ask.request_edit, name="request-change"),
    path("requests/<uuid:request_id>/decide", one.decide, name="request-decide"),
    path("requests/<uuid:request_id>/withdraw", one.withdraw, name="request-withdraw"),
    path("requests/rules/", rules.rules, name="request-rules"),
    path("requests/rules/policy", rules.policy, name="request-policy"),
    path("requests/rules/new", ruleform.rule_new, name="request-rule-new"),
    path(_RULE, ruleform.rule, name="request-rule"),
    path(f"{_RULE}/move", rules.rule_shift, name="request-rule-move"),
    path(f"{_RULE}/remove", rules.rule_drop, name="request-rule-remove"),
    path("requests/windows/new", windowform.window_new, name="request-window-new"),
    path(_WINDOW, windowform.window, name="request-window"),
    path(f"{_WINDOW}/remove", windowform.window_drop, name="request-window-remove"),
]
