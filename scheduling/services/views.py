"""Writes of saved views: what they show, who may see them, and the links that show them to others."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from scheduling.models import (
    Assignment,
    AssignmentType,
    Department,
    Person,
    ShareLink,
    ShareVisit,
    View,
    ViewAccess,
)
from scheduling.viewing.types import COLUMNS, LAYOUTS, NAME_LIMIT, PARTS, Reach, Shown
from tenancy.changes import change_record, differing
from tenancy.models import Account
from tenancy.rights import Right, Role, role_has
from tenancy.tokens import new_secret, secret_hash
from tenancy.types import Actor, NotFoundError, RefusedError

LONGEST = timedelta(days=366)
_MOST = 200  # of one account
_MOST_LINKS = 50  # of one view, those that still open


@dataclass(frozen=True)
class ViewFields:
    """What can be said of a view. `selection` is the data of Shown, with ids."""

    name: str
    selection: Mapping[str, Any]
    layout: str = "assignment"
    columns: Collection[str] = ()
    range_kind: str = "weeks"
    range_count: int = 4
    range_first: date | None = None


def shown_checked(data: Mapping[str, Any]) -> Shown:
    """A selection that names only what exists. Raises RefusedError."""
    models: dict[str, Any] = {
        "departments": Department, "people": Person, "assignments": Assignment, "types": AssignmentType,
    }  # fmt: skip
    known = {}
    for name in PARTS:
        ids = [value for value in data.get(name, ()) if isinstance(value, int)]
        known[name] = set(models[name].objects.filter(id__in=ids).values_list("id", flat=True)) if ids else set()
    return Shown.checked(data, known=known)


def view_create(*, owner_id: int, fields: ViewFields, actor: Actor, now: datetime) -> View:
    """Save a view of an account. Only its owner sees it until access is given."""
    if View.objects.filter(owner_id=owner_id, removed_at=None).count() >= _MOST:
        raise RefusedError(f"You have {_MOST} views already. Remove one first.")
    values = _values(fields)
    _name_or_refuse(values["name"], owner_id)
    view = View.objects.create(owner_id=owner_id, created_at=now, changed_at=now, **values)
    _log(view, actor, now, "view.create", None, values)
    return view


def view_change(*, view_id: uuid.UUID, fields: ViewFields, actor: Actor, now: datetime) -> View:
    """Change what a view shows; its links show the same from now on."""
    view = _locked(view_id)
    values = _values(fields)
    _name_or_refuse(values["name"], view.owner_id, but=view.id)
    before, after = differing({name: getattr(view, name) for name in values}, values)
    if after:
        for name, value in after.items():
            setattr(view, name, value)
        view.changed_at = now
        view.save()
        _log(view, actor, now, "view.change", before, after)
    return view


def view_remove(*, view_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Take a view away. Its links answer from now on that it was removed."""
    view = _locked(view_id)
    view.removed_at = now
    view.save(update_fields=["removed_at"])
    _log(view, actor, now, "view.remove", {"name": view.name}, None)


def view_access_set(
    *,
    view_id: uuid.UUID,
    accounts: Collection[uuid.UUID],
    roles: Collection[str],
    departments: Collection[uuid.UUID],
    actor: Actor,
    now: datetime,
) -> None:
    """Say who may see a view besides its owner: exactly these accounts, roles and those who belong to these departments."""
    view = _locked(view_id)
    found = list(Account.objects.filter(public_id__in=accounts).order_by("name", "id"))
    homes = list(Department.objects.filter(public_id__in=departments).order_by("order", "name"))
    if len(found) != len(set(accounts)) or len(homes) != len(set(departments)) or set(roles) - set(Role):
        raise RefusedError(
            "One of the accounts, roles or departments is not known. Choose them again.", field="accounts"
        )
    before = access_told(view)
    ViewAccess.objects.filter(view=view).delete()
    ViewAccess.objects.bulk_create(
        [ViewAccess(view=view, account=account) for account in found]
        + [ViewAccess(view=view, role=role) for role in sorted(set(roles))]
        + [ViewAccess(view=view, department=home) for home in homes]
    )
    after = access_told(view)
    if before != after:
        _log(view, actor, now, "view.access", {"who": before}, {"who": after})


def access_told(view: View) -> list[str]:
    """Who may see a view, in words of the change log."""
    rows = ViewAccess.objects.filter(view=view).select_related("account", "department")
    told = []
    for row in rows:
        told.append(
            row.account.email if row.account else f"department {row.department.name}" if row.department else row.role
        )
    return sorted(told)


def share_link_create(
    *,
    view_id: uuid.UUID,
    account_id: int,
    label: str,
    expires_at: datetime,
    contacts: bool,
    actor: Actor,
    now: datetime,
) -> tuple[ShareLink, str]:
    """Make a link to a view. Returns it with its secret, which is kept nowhere. Contacts need the right to see them."""
    view, account = _locked(view_id), Account.objects.get(id=account_id)
    label = " ".join(label.split())
    if not label or len(label) > NAME_LIMIT:
        raise RefusedError(f"Say in at most {NAME_LIMIT} characters whom the link is for.", field="label")
    if not now < expires_at <= now + LONGEST:
        raise RefusedError("A link ends on a date to come, within a year.", field="expires")
    if contacts and not role_has(account.role, Right.VIEW_CONTACTS):
        raise RefusedError("Your role may not see contacts, so it cannot give them away.", field="contacts")
    there = ShareLink.objects.filter(view=view, revoked_at=None, expires_at__gt=now)
    # Also what keeps a page that is sent twice from making two links.
    if there.filter(label=label).exists():
        raise RefusedError(
            f"A link for {label!r} is open already. Revoke it first, or name this one differently.", field="label"
        )
    if there.count() >= _MOST_LINKS:
        raise RefusedError(f"{_MOST_LINKS} links to this view are open. Revoke one first.", field="label")
    secret = new_secret()
    link = ShareLink.objects.create(
        view=view, secret_hash=secret_hash(secret), label=label, contacts=contacts, created_by=account, created_at=now,
        expires_at=expires_at,
    )  # fmt: skip
    told = {"label": label, "expires_at": expires_at.isoformat(), "contacts": contacts}
    _log(view, actor, now, "share.create", None, told)
    return link, secret


def share_link_revoke(*, link_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """Close a link at once. Whoever comes with it is told so."""
    link = ShareLink.objects.select_for_update().filter(public_id=link_id).first()
    if link is None:
        raise NotFoundError("There is no such link.")
    if link.revoked_at is not None:
        return
    link.revoked_at, link.revoked_by = now, actor.label
    link.save(update_fields=["revoked_at", "revoked_by"])
    _log(View.objects.get(id=link.view_id), actor, now, "share.revoke", {"label": link.label}, None)


def share_visit_record(*, link_id: int, outcome: str, address: str, agent: str, now: datetime) -> None:
    """Somebody came with the link."""
    ShareVisit.objects.create(link_id=link_id, at=now, address=address[:45], agent=agent[:200], outcome=outcome)


def _values(fields: ViewFields) -> dict[str, Any]:
    name = " ".join(fields.name.split())
    if not name or len(name) > NAME_LIMIT:
        raise RefusedError(f"A view has a name of at most {NAME_LIMIT} characters.", field="name")
    if fields.layout not in LAYOUTS:
        raise RefusedError("Choose how the view is laid out.", field="layout")
    if set(fields.columns) - set(COLUMNS):
        raise RefusedError("Choose what is shown beside the names.", field="columns")
    reach = Reach.checked(fields.range_kind, fields.range_count, fields.range_first)
    return {
        "name": name,
        "selection": shown_checked(fields.selection).data(),
        "layout": fields.layout,
        "columns": [one for one in COLUMNS if one in fields.columns],
        "range_kind": reach.kind,
        "range_count": reach.count,
        "range_first": reach.first,
    }


def _name_or_refuse(name: str, owner_id: int, but: int | None = None) -> None:
    same = View.objects.filter(owner_id=owner_id, name=name, removed_at=None)
    if any(row.id != but for row in same):
        raise RefusedError(f"You have a view named {name!r} already.", field="name")


def _locked(view_id: uuid.UUID) -> View:
    view = View.objects.select_for_update().filter(public_id=view_id, removed_at=None).first()
    if view is None:
        raise NotFoundError("There is no such view.")
    return view


def _log(
    view: View,
    actor: Actor,
    now: datetime,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    change_record(
        actor=actor, now=now, action=action, subject_type="view", subject=view.name, subject_id=view.public_id,
        before=before, after=after,
    )  # fmt: skip
