"""The small template expressions of a column: text with fields in braces.

`{last_name}, {first_name}` puts fields into text; `{cell|pager|office_phone}` takes the first that is not empty; `{{` and `}}`
are braces. There is no arithmetic and there are no conditions.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_]*")

TemplatePart = str | tuple[str, ...]  # literal text, or the fields of which the first filled one counts


class TemplateError(ValueError):
    """A template that cannot be read, in words for its author."""


@lru_cache(maxsize=256)
def parts_of(template: str) -> tuple[TemplatePart, ...]:
    """Literal texts and groups of field names, in order. Raises TemplateError."""
    parts: list[TemplatePart] = []
    for match in _PIECE.finditer(template):
        if match[3]:
            raise TemplateError(f"The template {template!r} has a brace without its partner; write {{{{ for a brace.")
        if match[1] is not None:
            names = tuple(name.strip() for name in match[1].split("|"))
            wrong = next((name for name in names if not _NAME.fullmatch(name)), None)
            if wrong is not None:
                raise TemplateError(f"The template {template!r} has {wrong!r} in braces, which is not a field name.")
            parts.append(names)
        else:
            parts.append(match[0][0] if match[0] in ("{{", "}}") else match[0])
    return tuple(parts)


def fields_of(template: str) -> tuple[str, ...]:
    """Every field that the template names."""
    return tuple(name for part in parts_of(template) if isinstance(part, tuple) for name in part)
