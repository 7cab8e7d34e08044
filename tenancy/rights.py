"""Who may do what: the one table of roles and rights."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is. Schedulers hold their rights only in the departments granted to them."""

    VIEWER = "viewer"
    PROVIDER = "provider"
    SCHEDULER = "scheduler"
    ADMINISTRATOR = "administrator"
    IT = "it"


class Right(StrEnum):
    """One thing an account may do."""

    VIEW_SCHEDULE = "view_schedule"  # what is published to everyone
    VIEW_DRAFT = "view_draft"
    EDIT_SCHEDULE = "edit_schedule"
    PUBLISH = "publish"
    VIEW_CONTACTS = "view_contacts"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ASSIGNMENTS = "manage_assignments"
    MANAGE_DEPARTMENTS = "manage_departments"
    VIEW_CHANGE_LOG = "view_change_log"
    VIEW_INTEGRATIONS = "view_integrations"
    MANAGE_INTEGRATIONS = "manage_integrations"
    MANAGE_ACCOUNTS = "manage_accounts"


_SCHEDULER = frozenset(
    {
        Right.VIEW_SCHEDULE,
        Right.VIEW_DRAFT,
        Right.EDIT_SCHEDULE,
        Right.PUBLISH,
        Right.VIEW_CONTACTS,
        Right.MANAGE_PEOPLE,
        Right.MANAGE_ASSIGNMENTS,
        Right.VIEW_CHANGE_LOG,
    }
)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.VIEW_SCHEDULE}),
    Role.PROVIDER: frozenset({Right.VIEW_SCHEDULE}),
    Role.SCHEDULER: _SCHEDULER,
    Role.ADMINISTRATOR: frozenset(Right),
    Role.IT: frozenset({Right.VIEW_SCHEDULE, Right.VIEW_INTEGRATIONS, Right.MANAGE_INTEGRATIONS}),
}

# Rights that a scheduler holds only in the departments granted to the account.
BY_DEPARTMENT = frozenset({Right.VIEW_DRAFT, Right.EDIT_SCHEDULE, Right.PUBLISH, Right.MANAGE_ASSIGNMENTS})


def role_has(role: str, right: Right) -> bool:
    """True if the role holds the right at all; rights in BY_DEPARTMENT also depend on the department for schedulers."""
    return right in RIGHTS[Role(role)]
