"""Addresses of this room."""

from django.urls import URLPattern, URLResolver, path

from scheduling.pages.tallies import definitions, drill, editor, page

_TALLY = "tallies/<uuid:tally_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("tallies/", page.tallies, name="tallies"),
    path("tallies.csv", page.tallies_csv, name="tallies-csv"),
    path("tallies/definitions/", definitions.definitions, name="tally-definitions"),
    path("tallies/definitions.csv", definitions.definitions_csv, name="tally-definitions-csv"),
    path("tallies/new", editor.tally_new, name="tally-new"),
    path("tallies/preview", editor.preview, name="tally-preview"),
    path(f"{_TALLY}/", editor.tally, name="tally"),
    path(f"{_TALLY}/move", definitions.move, name="tally-move"),
    path(f"{_TALLY}/end", definitions.end, name="tally-end"),
    path(f"{_TALLY}/targets", editor.target_set, name="tally-target"),
    path(f"{_TALLY}/targets/<uuid:target_id>/remove", editor.target_remove, name="tally-target-remove"),
    path(f"{_TALLY}/people/<uuid:person_id>/", drill.tally_person, name="tally-person"),
    path(f"{_TALLY}/people/<uuid:person_id>.csv", drill.tally_person_csv, name="tally-person-csv"),
]
