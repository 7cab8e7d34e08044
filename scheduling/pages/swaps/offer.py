"""Offering a shift: whom to ask, what to want in return, until when. Why not the others is said beside."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from scheduling.pages.forms import PageForm
from scheduling.pages.swaps.calendars import side_by_side
from scheduling.selectors.accounts import person_of_account
from scheduling.selectors.candidates import Candidates
from scheduling.selectors.swap_fit import free_of_hard, people_to_ask, shifts_to_give
from scheduling.selectors.swaps import published_shift, row_words, swap_settings, swaps_of_shifts
from scheduling.selectors.workspace import access_of
from scheduling.services.swaps import offer_problem, swap_offer
from scheduling.types import PersonInfo, PublishedRow
from tenancy.rights import Right
from tenancy.tenant import tenant_transaction
from tenancy.types import AccountInfo, NotFoundError, RefusedError
from tenancy.wall import instant, wall
from tenancy.web import account_of, actor_of, signed_in


class OfferForm(PageForm):
    """Whom to ask, what for, until when."""

    who = forms.ChoiceField(
        label="Who is asked",
        choices=[("everybody", "Everybody who could take it"), ("chosen", "Only those chosen below")],
        widget=forms.RadioSelect,
    )
    wants = forms.ChoiceField(
        label="In return",
        choices=[
            ("nothing", "Nothing"),
            ("any", "One of their shifts, which they choose"),
            ("one", "This shift of theirs"),
        ],
        widget=forms.RadioSelect,
    )
    return_shift = forms.ChoiceField(label="Their shift", required=False)
    expires = forms.DateTimeField(
        label="Answer until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    message = forms.CharField(
        label="A word to those asked", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Goes into the mail. No patient data.",
    )  # fmt: skip

    def __init__(self, *args: Any, returns: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["return_shift"].choices = [("", "Choose"), *returns]  # type: ignore[attr-defined]
        if not returns:
            del self.fields["return_shift"]
            self.fields["wants"].choices = self.fields["wants"].choices[:2]  # type: ignore[attr-defined]


@signed_in(Right.OFFER_SWAPS, Right.DECIDE_SWAPS)
def offer(request: HttpRequest, shift_id: uuid.UUID) -> HttpResponse:
    """GET shows who could take the shift; POST asks them."""
    account = account_of(request)
    now = timezone.now()
    with tenant_transaction(account.organization.id, snapshot=True):
        row, as_decider = _shift(account, shift_id)
        found = people_to_ask(row)
        partner = _partner(request, found)
        returns = [(str(one.shift_id), row_words(one)) for one in shifts_to_give(partner, now=now)] if partner else []
        context = _context(request, account, row, found, partner, now, as_decider)
    form = OfferForm(request.POST or None, returns=returns, initial=_initial(row, partner, now, context["settings"]))
    if form.is_bound and form.data.get("who") == "everybody" and request.POST.getlist("person"):
        form.add_error("who", "You ticked people: choose “Only those chosen here”, or untick them.")
    if request.method == "POST" and not context["problem"] and form.is_valid():
        made = _made(request, form, row, found, as_decider, now)
        if made is not None:
            asked = "1 person" if made[1] == 1 else f"{made[1]} people"
            giver = f"{row.person.name} stays" if as_decider and row.person else "You stay"
            messages.success(request, f"Offered to {asked}. {giver} responsible until it is done.")
            return redirect("swap", made[0])
    chosen = request.POST.getlist("person") if request.method == "POST" else [str(partner.public_id)] if partner else []
    status = 422 if form.errors or (request.method == "POST" and context["problem"]) else 200
    return render(request, "swaps/offer.html", {**context, "form": form, "chosen": chosen}, status=status)


def _shift(account: AccountInfo, shift_id: uuid.UUID) -> tuple[PublishedRow, bool]:
    """The published shift, and whether the reader offers it for somebody else."""
    row = published_shift(shift_id)
    if row is None:
        raise NotFoundError("There is no such published shift.")
    person = person_of_account(account.id) if account.may(Right.OFFER_SWAPS) else None
    if person is not None and row.person is not None and row.person.id == person.id:
        return row, False
    if access_of(account).may(Right.DECIDE_SWAPS, row.department.id):
        return row, True
    raise PermissionDenied("Only shifts of your own can be offered.")


def _partner(request: HttpRequest, found: Candidates) -> PersonInfo | None:
    """The one person with whom an exchange is prepared, named in the address."""
    wanted = request.GET.get("with", "")
    return next((one.person for one in found.eligible if str(one.person.public_id) == wanted), None)


def _initial(row: PublishedRow, partner: PersonInfo | None, now: datetime, settings: Any) -> dict[str, Any]:
    until = min(now + timedelta(hours=settings.expiry_hours), row.starts_at)
    return {
        "who": "chosen" if partner else "everybody",
        "wants": "one" if partner else "nothing",
        "expires": wall(until, row.zone).replace(second=0, microsecond=0),
    }


def _context(
    request: HttpRequest,
    account: AccountInfo,
    row: PublishedRow,
    found: Candidates,
    partner: PersonInfo | None,
    now: datetime,
    as_decider: bool,
) -> dict[str, Any]:
    under_way = swaps_of_shifts([row.shift_id]).get(row.shift_id)
    people = ([row.person] if row.person else []) + ([partner] if partner else [])
    free = [one for one in found.eligible if free_of_hard(one)]
    return {
        "section": "swaps",
        "row": row,
        "words": row_words(row),
        "zone": row.zone.replace("_", " "),
        "candidates": [
            {
                "person": one.person,
                "doing": ", ".join(one.doing) or "free",
                "hard": [c.text for c in one.conflicts if not free_of_hard(one)],
                "soft": [c.text for c in one.conflicts] if free_of_hard(one) else [],
            }
            for one in found.eligible
        ],
        "everybody": len(free),
        "others": found.others,
        "partner": partner,
        "as_decider": as_decider,
        "settings": swap_settings(row.department.id),
        "problem": offer_problem(row, now=now, as_decider=as_decider),
        "under_way": under_way,
        "calendars": side_by_side(people, given=row, back=None, week_start=account.organization.week_start),
    }


def _made(
    request: HttpRequest, form: OfferForm, row: PublishedRow, found: Candidates, as_decider: bool, now: datetime
) -> tuple[uuid.UUID, int] | None:
    """The swap's id and how many were asked, or None when it was refused."""
    values = form.cleaned_data
    expires = values["expires"].replace(tzinfo=None)
    wants = values["wants"]
    assert row.person is not None, "a shift without a person has a problem and is not offered"
    try:
        with tenant_transaction(account_of(request).organization.id):
            made = swap_offer(
                shift_id=row.shift_id,
                giver_id=row.person.id,
                person_ids=None if values["who"] == "everybody" else _chosen(request),
                wants=wants,
                return_shift_id=_uuid(values.get("return_shift", "")) if wants == "one" else None,
                message=values["message"],
                expires_at=instant(expires, row.zone),
                as_decider=as_decider,
                actor=actor_of(request),
                now=now,
            )
            return made.swap.public_id, len(made.swap.offers)
    except NotFoundError:
        raise
    except RefusedError as refused:
        form.refuse(refused)
        return None


def _chosen(request: HttpRequest) -> list[uuid.UUID]:
    return [one for one in map(_uuid, request.POST.getlist("person")[:500]) if one is not None]


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
