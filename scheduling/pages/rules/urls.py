"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.rules import compatibility, edit, eligible, listed, packs

urlpatterns: list[URLPattern | URLResolver] = [
    path("rules/", listed.rules, name="rules"),
    path("rules.csv", listed.rules_csv, name="rules-csv"),
    path("rules/new", edit.rule_new, name="rule-new"),
    path("rules/pack", packs.rule_pack, name="rule-pack"),
    path("rules/<uuid:rule_id>", edit.rule, name="rule"),
    path("rules/<uuid:rule_id>/finds", edit.rule_finds, name="rule-finds"),
    path("rules/<uuid:rule_id>/switch", edit.rule_switch, name="rule-switch"),
    path(
        "departments/<uuid:department_id>/compatibility", compatibility.compatibility, name="department-compatibility"
    ),
    path("assignments/<uuid:assignment_id>/eligible", eligible.eligible, name="assignment-eligible"),
    path("assignments/<uuid:assignment_id>/eligible.csv", eligible.eligible_csv, name="assignment-eligible-csv"),
    path("people/<uuid:person_id>/assignments", eligible.person_assignments, name="person-assignments"),
]
