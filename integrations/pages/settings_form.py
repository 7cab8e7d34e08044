"""The settings form, generated from a connector's declarations. Secrets are write-only: no value of one is ever rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict

from integrations.contract import Connector, Secret, Setting
from integrations.pages.words import moment_text


@dataclass(frozen=True)
class Control:
    """One control of the form. `kind` is that of the setting, or secret."""

    name: str
    label: str
    kind: str
    value: str
    checked: bool
    choices: tuple[tuple[str, str], ...]
    required: bool
    help: str
    minimum: int | None
    maximum: int | None
    destination: bool
    wide: bool
    set_on: str
    error: str
    told: str  # what a person should know of the value
    when: str  # "where=sftp": shown only beside this choice; empty: always
    when_words: str  # the same for people

    @property
    def described_by(self) -> str:
        """Ids of what explains the control."""
        ids = [f"{self.name}_help"] if self.help or self.destination else []
        return " ".join([*ids, *([f"{self.name}_error"] if self.error else [])])


def controls_of(
    declared: Connector,
    *,
    settings: Mapping[str, Any],
    secrets: Mapping[str, datetime],
    zone: str,
    errors: Mapping[str, str],
) -> tuple[list[Control], list[Control], list[Control]]:
    """The controls of the destination, of everything else, and of the secrets."""
    plain = [
        _control(declared, one, settings.get(one.name, one.default), errors.get(one.name, ""))
        for one in declared.settings
    ]
    hidden = [
        Control(
            name=one.name,
            label=one.label,
            kind="secret_lines" if one.multiline else "secret",
            value="",
            checked=False,
            choices=(),
            required=one.required,
            help=one.help,
            minimum=None,
            maximum=None,
            destination=False,
            wide=one.multiline,
            set_on=moment_text(secrets[one.name], zone) if one.name in secrets else "",
            error=errors.get(one.name, ""),
            told="",
            when=_when(one),
            when_words=_when_words(declared, one),
        )
        for one in declared.secrets
        if not one.made
    ]
    plain.sort(key=lambda one: {"boolean": 1, "lines": 2}.get(one.kind, 0))
    return [one for one in plain if one.destination], [one for one in plain if not one.destination], hidden


def settings_posted(declared: Connector, posted: QueryDict) -> dict[str, Any]:
    """What was sent for each declared setting; an unticked box counts as no."""
    return {
        one.name: (posted.get(f"s-{one.name}") == "on") if one.kind == "boolean" else posted.get(f"s-{one.name}", "")
        for one in declared.settings
    }


def secrets_posted(declared: Connector, posted: QueryDict) -> dict[str, str]:
    """The secrets that were entered. Only a line break at the end of a pasted key's lines is kept as it is."""
    return {
        one.name: posted.get(f"x-{one.name}", "")
        for one in declared.secrets
        if not one.made and posted.get(f"x-{one.name}", "").strip()
    }


def moved_destination(declared: Connector, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Labels of the destination's settings that differ."""
    return [
        one.label
        for one in declared.settings
        if one.destination and str(before.get(one.name, "")) != str(after.get(one.name, ""))
    ]


def _when(one: Setting | Secret) -> str:
    return "=".join(one.only_when) if one.only_when else ""


def _when_words(declared: Connector, one: Setting | Secret) -> str:
    """The label of the choice that the field belongs to, for pages that are read without script."""
    if one.only_when is None:
        return ""
    name, value = one.only_when
    choices = next((other.choices for other in declared.settings if other.name == name), ())
    return next((label for known, label in choices if known == value), value)


def _control(declared: Connector, one: Setting, value: Any, error: str) -> Control:
    return Control(
        name=one.name,
        label=one.label,
        kind=one.kind,
        value="" if value is None or isinstance(value, bool) else str(value),
        checked=value is True,
        choices=tuple(one.choices),
        required=one.required,
        help=one.help,
        minimum=one.minimum,
        maximum=one.maximum,
        destination=one.destination,
        wide=one.kind == "lines",
        set_on="",
        error=error,
        told="" if error else one.told(value),
        when=_when(one),
        when_words=_when_words(declared, one),
    )
