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
    MANAGE_RULES = "manage_rules"  # conflicts, request rules and windows, templates
    MANAGE_HOLIDAYS = "manage_holidays"
    VIEW_CHANGE_LOG = "view_change_log"
    MAKE_REQUESTS = "make_requests"  # for the person the account stands for
    DECIDE_REQUESTS = "decide_requests"  # see and decide those of a department; make them for its people
    OFFER_SWAPS = "offer_swaps"  # of the person the account stands for
    DECIDE_SWAPS = "decide_swaps"  # see, approve, and make them for a department's people
    VIEW_TALLIES = "view_tallies"
    MANAGE_TALLIES = "manage_tallies"
    SAVE_VIEWS = "save_views"  # for oneself
    SHARE_VIEWS = "share_views"  # with others, and by link
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
        Right.MANAGE_RULES,
        Right.MAKE_REQUESTS,
        Right.DECIDE_REQUESTS,
        Right.OFFER_SWAPS,
        Right.DECIDE_SWAPS,
        Right.VIEW_TALLIES,
        Right.MANAGE_TALLIES,
        Right.SAVE_VIEWS,
        Right.SHARE_VIEWS,
    }
)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.VIEW_SCHEDULE, Right.SAVE_VIEWS}),
    Role.PROVIDER: frozenset({Right.VIEW_SCHEDULE, Right.MAKE_REQUESTS, Right.OFFER_SWAPS, Right.SAVE_VIEWS}),
    Role.SCHEDULER: _SCHEDULER,
    Role.ADMINISTRATOR: frozenset(Right),
    Role.IT: frozenset({Right.VIEW_SCHEDULE, Right.VIEW_INTEGRATIONS, Right.MANAGE_INTEGRATIONS}),
}

# Rights that a scheduler holds only in the departments granted to the account.
BY_DEPARTMENT = frozenset(
    {
        Right.VIEW_DRAFT,
        Right.EDIT_SCHEDULE,
        Right.PUBLISH,
        Right.MANAGE_ASSIGNMENTS,
        Right.MANAGE_RULES,
        Right.DECIDE_REQUESTS,
        Right.DECIDE_SWAPS,
        Right.VIEW_TALLIES,
        Right.MANAGE_TALLIES,
    }
)


def role_has(role: str, right: Right) -> bool:
    """True if the role holds the right at all; rights in BY_DEPARTMENT also depend on the department for schedulers."""
    return right in RIGHTS[Role(role)]
