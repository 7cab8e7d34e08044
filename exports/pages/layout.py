"""The layouts of a file connection: edited beside a sample of real rows, saved as versions that are never lost."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from exports.file_connector import LAYOUT_TAB, FileConnector
from exports.layout_sample import LayoutSample, layout_sample
from exports.layout_slots import LayoutSlot, own_name
from exports.layouts import Layout, LayoutError, layout_to_json
from exports.layouts.parsing import layout_read
from exports.pages.layout_form import OTHER, LayoutForm
from exports.pages.layout_versions import Version, versions_of
from exports.pages.layout_view import editor_context, sample_context
from integrations.page_kit import Head, connection_page, head_read, manage_or_refuse
from integrations.selectors import layout_versions
from integrations.services.connections import FormRefused
from integrations.services.layouts import STALE, layout_save
from integrations.types import LayoutVersionInfo
from tenancy.lists import download
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import NotFoundError, RefusedError
from tenancy.web import account_of, actor_of, signed_in

_JSON_BYTES = 256 * 1024


@dataclass(frozen=True)
class Place:
    """What a page is about: a connection, one of its layouts, and every version of it."""

    head: Head
    slot: LayoutSlot
    slots: tuple[LayoutSlot, ...]
    kept: tuple[LayoutVersionInfo, ...]

    @property
    def declared(self) -> FileConnector:
        """The connector."""
        return cast(FileConnector, self.head.declared)

    @property
    def text(self) -> str:
        """What the settings say of it; nothing where they cannot be read."""
        try:
            return self.slot.text(self.head.card.info.settings)
        except ValueError:
            return ""

    @property
    def address(self) -> str:
        """Where it is edited."""
        address = reverse("exports:layout", args=[self.head.card.info.public_id])
        return f"{address}?{urlencode({'slot': self.slot.key})}" if self.slot is not self.slots[0] else address


@signed_in(Right.VIEW_INTEGRATIONS)
def layout(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """GET shows the layout in force, or with `version` another; POST tries, edits, reads JSON, saves, or uses a version again."""
    place = _place(request, connection_id, request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        return _shown(request, place)
    manage_or_refuse(request)
    act = request.POST.get("act", "look")
    if act.startswith("use:"):
        return _use(request, place, act.removeprefix("use:"))
    form = LayoutForm.posted(request.POST)
    if act == "import":
        return _import(request, place, form)
    at = form.act(act)
    if act == "save":
        return _save(request, place, form)
    return _page(request, place, form, focus=None if at is None else at + 1, unsaved=True)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_POST
def sample(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The sample alone, for what is being edited. Nothing is saved."""
    place = _place(request, connection_id, request.POST)
    form = LayoutForm.posted(request.POST)
    made, wrong = form.layout()
    context = sample_context(_located(form, _sample(request, place, made, wrong)), made)
    return render(request, "exports/layout_sample.html", context)


@signed_in(Right.VIEW_INTEGRATIONS)
@require_GET
def layout_json(request: HttpRequest, connection_id: uuid.UUID) -> HttpResponse:
    """The layout in force, or with `version` another, as a file."""
    place = _place(request, connection_id, request.GET)
    wanted = request.GET.get("version", "")
    text = _text_of(place, wanted) if wanted else place.text
    try:
        found = place.slot.layout(text)
    except LayoutError as error:
        raise NotFoundError(str(error)) from error
    return download(
        f"{_file_word(found.name)}.json", layout_to_json(found).encode("utf-8", "replace"), "application/json"
    )


def _place(request: HttpRequest, connection_id: uuid.UUID, asked: Any) -> Place:
    with tenant_transaction(account_of(request).organization.id, snapshot=True):
        head = head_read(request, connection_id)
        declared = head.declared
        if LAYOUT_TAB not in declared.tabs or not isinstance(declared, FileConnector):
            raise NotFoundError("This connection has no layouts.")
        key = asked.get("slot") or declared.slots[0].key
        slot = next((one for one in declared.slots if one.key == key), None)
        if slot is None:
            raise NotFoundError("This connection has no such layout.")
        kept = layout_versions(connection_id=head.card.info.id, setting=slot.key)
    return Place(head, slot, declared.slots, tuple(kept))


def _text_of(place: Place, wanted: str) -> str:
    """The text of a version: `3` or `shipped:Name`. Raises NotFoundError."""
    if wanted.startswith("shipped:"):
        name = wanted.removeprefix("shipped:")
        found = next((one for one in place.slot.layouts if one.name == name), None)
        if found is not None:
            return place.slot.text_of(found)
    kept = next((one.content for one in place.kept if str(one.number) == wanted), None)
    if kept is None:
        raise NotFoundError("There is no such version of this layout.")
    return kept


def _shown(request: HttpRequest, place: Place) -> HttpResponse:
    wanted = request.GET.get("version", "")
    text = _text_of(place, wanted) if wanted else place.text
    refused = ""
    try:
        found = place.slot.layout(text)
    except LayoutError as error:
        found = place.slot.layouts[0]
        refused = f"The layout in force cannot be read, so no file is written: {error} Shown is the one that we ship."
    return _page(request, place, LayoutForm.of(_editable(place, found)), refused=refused, opened=wanted)


def _editable(place: Place, found: Layout) -> Layout:
    """A layout as it is edited: a copy of a shipped one begins with a name of its own."""
    return replace(found, name=own_name(found)) if found in place.slot.layouts else found


def _import(request: HttpRequest, place: Place, form: LayoutForm) -> HttpResponse:
    """Read JSON into the editor: looked at and tried like anything typed, and not saved."""
    file, pasted = request.FILES.get("file"), request.POST.get("json", "")
    try:
        if file is not None:
            if (file.size or 0) > _JSON_BYTES:
                raise LayoutError(f"{file.name} has more than {_JSON_BYTES // 1024} KB. A layout is a few KB.")
            pasted = file.read().decode("utf-8-sig")
        if len(pasted) > _JSON_BYTES:
            raise LayoutError(f"The text has more than {_JSON_BYTES // 1024} KB. A layout is a few KB.")
        if not pasted.strip():
            raise LayoutError("Choose a file, or paste a layout.")
        found = layout_read(pasted)
    except UnicodeDecodeError:
        wrong = "The file is not UTF-8 text. Save it as UTF-8 and choose it again."
        return _page(request, place, form, json_error=wrong, unsaved=True, status=422)
    except LayoutError as error:
        return _page(request, place, form, pasted=pasted[:_JSON_BYTES], json_error=str(error), unsaved=True, status=422)
    messages.info(request, f"“{found.name[:120]}” was read into the editor. Nothing is saved yet.")
    return _page(request, place, LayoutForm.of(_editable(place, found)), unsaved=True)


def _save(request: HttpRequest, place: Place, form: LayoutForm) -> HttpResponse:
    made, wrong = form.layout()
    problems = [*wrong, *place.slot.problems(made)]
    if problems:
        return _page(request, place, form, refused=_NOT_SAVED, unsaved=True, status=422)
    return _put(request, place, place.slot.text_of(made), form)


def _use(request: HttpRequest, place: Place, wanted: str) -> HttpResponse:
    """Go back to a version. One that no longer fits is opened instead, with what is wrong."""
    text = _text_of(place, wanted)
    form = LayoutForm.of(_editable(place, place.slot.layout(text)))
    return _put(request, place, text, form)


_NOT_SAVED = "Nothing was saved. What is marked below needs a correction."


def _put(request: HttpRequest, place: Place, text: str, form: LayoutForm) -> HttpResponse:
    """Save a text of the layout, if the connection is still as the page showed it."""
    revision = request.POST.get("revision", "")
    info = place.head.card.info
    try:
        with tenant_transaction(account_of(request).organization.id):
            (changed,) = place.slot.settings_with(info.settings, text).items()
            differs = layout_save(
                connection_id=info.public_id,
                setting=changed[0],
                value=changed[1],
                revision=int(revision) if revision.isascii() and revision.isdigit() else -1,
                actor=actor_of(request),
                now=timezone.now(),
            )
            kept = layout_versions(connection_id=info.id, setting=place.slot.key)
    except FormRefused as refused:
        return _page(request, place, form, refused=f"Nothing was saved. {refused.text}", unsaved=True, status=422)
    except RefusedError as refused:
        status = 409 if refused.code == STALE else 422
        return _page(request, place, form, refused=refused.text, unsaved=True, status=status)
    if not differs:
        messages.info(request, "Nothing differed, so nothing was saved.")
    else:
        messages.success(request, f"{_in_force(place, text, kept)} is in force from the next file on.")
    return redirect(place.address)


def _in_force(place: Place, text: str, kept: Sequence[LayoutVersionInfo]) -> str:
    found = next((one for one in kept if one.content == text), None)
    return f"“{found.name}”, version {found.number}," if found else f"“{place.slot.layout(text).name}”, as shipped,"


def _sample(request: HttpRequest, place: Place, made: Layout, wrong: Sequence[LayoutError]) -> LayoutSample:
    found = layout_sample(
        organization_id=account_of(request).organization.id,
        connection_id=place.head.card.info.id,
        declared=place.declared,
        slot=place.slot,
        settings=place.head.card.info.settings,
        layout=made,
        now=timezone.now(),
    )
    return replace(found, problems=(*wrong, *found.problems))


def _located(form: LayoutForm, tried: LayoutSample) -> LayoutSample:
    """A delimiter that is typed is wrong where it is typed."""
    if form.parts["delimiter"] == OTHER:
        for one in tried.problems:
            one.at(part="delimiter_other" if one.part == "delimiter" else None)
    return tried


def _page(
    request: HttpRequest,
    place: Place,
    form: LayoutForm,
    *,
    refused: str = "",
    pasted: str = "",
    json_error: str = "",
    opened: str = "",
    focus: int | None = None,
    unsaved: bool = False,
    status: int = 200,
) -> HttpResponse:
    made, wrong = form.layout()
    tried = _located(form, _sample(request, place, made, wrong))
    current, versions = versions_of(
        slot=place.slot,
        text=place.text,
        kept=place.kept,
        connector=place.declared.version,
        zone=place.head.zone,
        opened=opened,
    )
    context: dict[str, Any] = {
        **editor_context(place.slot, form, tried.problems),
        **sample_context(tried, made),
        "slot": place.slot,
        "slots": place.slots if len(place.slots) > 1 else (),
        "address": place.address,
        "revision": place.head.card.info.revision,
        "current": current,
        "versions": versions,
        "opened": _opened(versions),
        "refused": refused,
        "pasted": pasted,
        "json_error": json_error,
        "focus": focus,
        "unsaved": unsaved,
    }
    return connection_page(request, place.head, LAYOUT_TAB.key, "exports/layout.html", context, status=status)


def _opened(versions: Sequence[Version]) -> Version | None:
    return next((one for one in versions if one.opened and not one.in_force), None)


def _file_word(name: str) -> str:
    """A file name made of a layout's name."""
    kept = "".join(one if one.isalnum() and one.isascii() else "_" for one in name).strip("_")
    return f"layout_{kept[:60] or 'unnamed'}".lower()
