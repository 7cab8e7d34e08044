"""Template tags of the product's visual language: icons, addresses with changed parameters, counts with words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenancy.rights import Role

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 16, extra: str = "") -> SafeString:
    """An icon of the sprite, hidden from readers of the page: a word or hidden text stands beside it."""
    sizes = "" if size == 16 else f" icon--{size}"
    more = f" {extra}" if extra else ""
    return format_html(
        '<svg class="icon{}{}" aria-hidden="true"><use href="#{}"/></svg>',
        sizes,
        more,
        name,
    )


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: object) -> str:
    """The current address's parameters with some changed; a value of None leaves one out. Always begins with "?"."""
    request = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.filter
def counted(number: int, words: str) -> str:
    """`3|counted:"shift,shifts"` is "3 shifts": the exact figure with the noun that agrees."""
    one, _, many = words.partition(",")
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_ROLE_NAMES = {
    Role.VIEWER: "Viewer",
    Role.PROVIDER: "Provider",
    Role.SCHEDULER: "Scheduler",
    Role.ADMINISTRATOR: "Administrator",
    Role.IT: "IT",
}


@register.filter
def role_name(role: Role) -> str:
    """A role as people read it."""
    return _ROLE_NAMES[role]
