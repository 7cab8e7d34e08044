"""Addresses of integrations. E-mails point to a connection and to its problems."""

from django.urls import URLPattern, URLResolver, path

from integrations.pages import (
    acts,
    board,
    catalog,
    fragments,
    inbound,
    mapping,
    mapping_import,
    mapping_review,
    network,
    preview,
    problems,
    runs,
    settings,
    switching,
    testing,
    unsent,
)

app_name = "integrations"

_ONE = "<uuid:connection_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board.board, name="board"),
    path("board.csv", board.board_csv, name="board-csv"),
    path("catalog/", catalog.catalog, name="catalog"),
    path("catalog/<slug:kind>/", catalog.entry, name="catalog-entry"),
    path("catalog/<slug:kind>/sample", catalog.sample_download, name="catalog-sample"),
    path("catalog/<slug:kind>/connect", catalog.connect, name="connect"),
    path("new-assignments", unsent.unsent, name="unsent"),
    path("publish-fragment", fragments.publish_fragment, name="publish-fragment"),
    path("network/", network.network, name="network"),
    path("network/<uuid:grant_id>/remove", network.network_remove, name="network-remove"),
    path("receipt", fragments.receipt, name="receipt"),
    path(f"{_ONE}/", settings.settings, name="connection"),
    path(f"{_ONE}/test", testing.test, name="test"),
    path(f"{_ONE}/pin", testing.pin, name="pin"),
    path(f"{_ONE}/mapping", mapping.mapping, name="mapping"),
    path(f"{_ONE}/mapping.csv", mapping_import.mapping_csv, name="mapping-csv"),
    path(f"{_ONE}/mapping/import", mapping_import.mapping_import, name="mapping-import"),
    path(f"{_ONE}/mapping/review", mapping_review.mapping_review, name="mapping-review"),
    path(f"{_ONE}/preview", preview.preview, name="preview"),
    path(f"{_ONE}/preview/file", preview.preview_file, name="preview-file"),
    path(f"{_ONE}/safety", preview.safety, name="safety"),
    path(f"{_ONE}/switch", switching.switch, name="switch"),
    path(f"{_ONE}/run", acts.run_now, name="run-now"),
    path(f"{_ONE}/pause", acts.pause, name="pause"),
    path(f"{_ONE}/resume", acts.resume, name="resume"),
    path(f"{_ONE}/retry", acts.retry, name="retry"),
    path(f"{_ONE}/runs/", runs.runs, name="runs"),
    path(f"{_ONE}/runs/<uuid:run_id>", runs.run, name="run"),
    path(f"{_ONE}/files/<uuid:artifact_id>", runs.artifact, name="artifact"),
    path(f"{_ONE}/files/<uuid:artifact_id>/send", acts.send_again, name="send-again"),
    path(f"{_ONE}/inbound/", inbound.files, name="inbound"),
    path(f"{_ONE}/inbound/peek", inbound.peek, name="inbound-peek"),
    path(f"{_ONE}/inbound/bring", inbound.bring, name="inbound-bring"),
    path(f"{_ONE}/inbound/<uuid:file_id>", inbound.file, name="inbound-file"),
    path(f"{_ONE}/inbound/<uuid:file_id>/confirm", inbound.confirm, name="inbound-confirm"),
    path(f"{_ONE}/inbound/<uuid:file_id>/refuse", inbound.refuse, name="inbound-refuse"),
    path(f"{_ONE}/problems/", problems.problems, name="problems"),
    path(f"{_ONE}/history", problems.history, name="history"),
]
