"""Settings of a connection: the form that its connector declares, its name and its recurrence."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from integrations.lanes import destination_settings, has_test
from integrations.pages.common import Head, connection_page, head_read, manage_or_refuse, receives
from integrations.pages.recurrence_form import (
    DAYS,
    KINDS,
    RecurrenceFields,
    fields_of_rule,
    fields_posted,
    next_five,
    rule_of_fields,
    rule_text,
)
from integrations.pages.settings_form import (
    controls_of,
    moved_destination,
    secrets_posted,
    settings_posted,
    test_controls,
    watch_controls,
    watch_settings,
    watch_values,
)
from integrations.registry import connector
from integrations.services.connections import FormRefused, connection_change, connection_find
from integrations.services.mapping_state import mapping_invalid
from tenancy.rights import Right
from tenancy.secrets import secrets_set
from tenancy.tenant import tenant_transaction
from tenancy.types import RefusedError
from tenancy.wall import local_date
from tenancy.web import account_of, actor_of, signed_in

STALE = "Somebody else changed this connection meanwhile. What you entered is kept below: look it over and save again."


@dataclass(frozen=True)
class Entered:
    """What a person entered, shown again when it could not be saved."""

    name: str
    values: Mapping[str, Any]
    tests: Mapping[str, Any]
    watch: Mapping[str, Any]
    fields: RecurrenceFields
    rule: Mapping[str, Any] | None


@signed_in(Right.VIEW_INTEGRATIONS)
def settings(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows the form; POST saves all of it or nothing, or with `look` only shows the next runs."""
    head, known = _read(request, connection_id)
    if request.method != "POST":
        return _page(request, head, known)
    manage_or_refuse(request)
    return _save(request, head, known)


def _read(request: HttpRequest, connection_id: uuid.UUID) -> tuple[Head, dict[str, datetime]]:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        return head_read(request, connection_id), secrets_set(owner=connection_id)


def _save(request: HttpRequest, head: Head, known: dict[str, datetime]) -> HttpResponse:
    posted, info, declared = request.POST, head.card.info, head.declared
    values, fields = settings_posted(declared.settings, posted), fields_posted(posted)
    tests = settings_posted(destination_settings(declared), posted, "t") if has_test(declared) else {}
    watch = settings_posted(watch_settings(declared), posted, "w")
    name = posted.get("name", "").strip()[:120]
    errors: dict[str, str] = {}
    rule: Mapping[str, Any] | None = None
    try:
        rule = rule_of_fields(fields)
    except ValueError as wrong:
        errors["recurrence"] = str(wrong)
    if not name:
        errors["name"] = "A connection needs a name."
    shown = Entered(name, values, tests, watch, fields, rule)
    if "look" in posted:
        return _page(request, head, known, shown, errors={k: v for k, v in errors.items() if k == "recurrence"})
    if posted.get("revision") != str(info.revision):
        return _page(request, head, known, shown, refused=STALE, status=409)
    if errors:
        return _page(request, head, known, shown, errors=errors, status=422)
    moved = moved_destination(declared, info.settings, values)
    secrets = secrets_posted(declared, posted)
    try:
        with tenant_transaction(account_of(request).organization.id):
            row = connection_change(
                connection_id=info.public_id,
                actor=actor_of(request),
                now=timezone.now(),
                name=name,
                settings=values,
                secrets=secrets,
                test_settings=tests,
                test_secrets=secrets_posted(declared, posted, "tx"),
                watch=watch,
                recurrence=rule,
            )
            changed = row.revision != info.revision
    except FormRefused as refused:
        return _page(request, head, known, shown, errors=refused.problems, status=422)
    except RefusedError as refused:
        return _page(request, head, known, shown, refused=refused.text, status=422)
    _tell(
        request,
        changed,
        moved,
        [one.label for one in declared.secrets if one.name in known and one.name not in secrets and not one.made],
    )
    _tell_invalid(request, info.public_id)
    return redirect("integrations:connection", info.public_id)


def _tell_invalid(request: HttpRequest, connection_id: uuid.UUID) -> None:
    """Say at once which mapping rows the settings no longer allow."""
    with tenant_transaction(account_of(request).organization.id):
        row = connection_find(connection_id)
        invalid = mapping_invalid(row, connector(row.kind))
    for title, count in invalid.items():
        rows = "row is" if count == 1 else "rows are"
        messages.warning(
            request, f"{count} {rows} invalid with these settings in the mapping table “{title}”. Mend them there."
        )


def _tell(request: HttpRequest, changed: bool, moved: list[str], forgotten: list[str]) -> None:
    if not changed:
        messages.info(request, "Nothing differed, so nothing was saved.")
    elif moved:
        lost = (
            f" {', '.join(forgotten)} was for the old destination and has been forgotten: enter it again."
            if forgotten
            else ""
        )
        messages.warning(request, f"Saved. The destination changed ({', '.join(moved)}), so test it again.{lost}")
    else:
        messages.success(request, "Saved.")


def _page(
    request: HttpRequest,
    head: Head,
    known: dict[str, datetime],
    entered: Entered | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    info = head.card.info
    errors = errors or {}
    if entered is None:
        fields = fields_of_rule(info.recurrence, local_date(head.now, head.zone))
        entered = Entered(info.name, info.settings, info.test_settings, watch_values(info), fields, info.recurrence)
    destination, others, secrets = controls_of(
        head.declared,
        settings=entered.values,
        secrets=known,
        zone=head.zone,
        errors=errors,
    )
    how = "What is taken in, and how" if receives(head) else "What is sent, and how"
    context = {
        "name": entered.name,
        "name_error": errors.get("name", ""),
        "sections": [(title, rows) for title, rows in (("Destination", destination), (how, others)) if rows],
        "secrets": secrets,
        "tests": test_controls(head.declared, settings=entered.tests, secrets=known, zone=head.zone, errors=errors),
        "tests_open": bool(info.test_settings) or any(name.startswith("test.") for name in errors),
        "watch": watch_controls(head.declared, values=entered.watch, errors=errors),
        "kinds": KINDS,
        "days": list(enumerate(DAYS)),
        "recurrence": entered.fields,
        "recurrence_error": errors.get("recurrence", ""),
        "rule_text": rule_text(entered.rule),
        "next_five": next_five(entered.rule, head.zone, head.now),
        "any_errors": bool(errors) and not request.POST.get("look"),
        "refused": refused,
        "revision": info.revision,
    }
    return connection_page(request, head, "connection", "integrations/settings.html", context, status=status)
