"""The settings form, generated from a connector's declarations. Secrets are write-only: no value of one is ever rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict

from integrations.contract import Connector, Mode, Nature, Secret, Setting
from integrations.lanes import (
    TEST,
    WATCH,
    WHEN_UNCHANGED,
    destination_settings,
    has_test,
    may_send_unchanged,
    secret_name,
)
from integrations.pages.words import moment_text
from integrations.types import ConnectionInfo


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
    group: str = ""  # test: of the destination for tests; watch: every connection's

    @property
    def field(self) -> str:
        """The name under which it is sent."""
        secret = self.kind.startswith("secret")
        return f"{_FIELDS[self.group, secret]}-{self.name}"

    @property
    def key(self) -> str:
        """The id of what belongs to it."""
        return f"{self.group}_{self.name}" if self.group else self.name

    @property
    def beside(self) -> str:
        """The choice that it is shown beside, among the fields of its own group."""
        return f"{_FIELDS[self.group, False]}-{self.when}" if self.when else ""

    @property
    def described_by(self) -> str:
        """Ids of what explains the control."""
        ids = [f"{self.key}_help"] if self.help or self.destination else []
        return " ".join([*ids, *([f"{self.key}_error"] if self.error else [])])


_FIELDS = {("", False): "s", ("", True): "x", ("test", False): "t", ("test", True): "tx", ("watch", False): "w"}


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
        if not one.edited_on
    ]
    plain.sort(key=lambda one: {"boolean": 1, "lines": 2}.get(one.kind, 0))
    hidden = [_hidden(declared, one, secrets.get(one.name), zone) for one in declared.secrets if not one.made]
    return [one for one in plain if one.destination], [one for one in plain if not one.destination], hidden


def test_controls(
    declared: Connector,
    *,
    settings: Mapping[str, Any],
    secrets: Mapping[str, datetime],
    zone: str,
    errors: Mapping[str, str],
) -> list[Control]:
    """The controls of the destination for tests, with its secrets; empty where there can be none."""
    if not has_test(declared):
        return []
    plain = [
        replace(
            _control(declared, one, settings.get(one.name, one.default), errors.get(f"test.{one.name}", "")),
            group="test",
            required=False,
        )
        for one in destination_settings(declared)
    ]
    hidden = [
        replace(_hidden(declared, one, secrets.get(secret_name(TEST, one.name)), zone), group="test", required=False)
        for one in declared.secrets
        if not one.made
    ]
    return plain + hidden


def watch_controls(declared: Connector, *, values: Mapping[str, Any], errors: Mapping[str, str]) -> list[Control]:
    """The controls that every connection has, as far as they mean something to it."""
    return [
        replace(_control(declared, one, values.get(one.name, one.default), errors.get(one.name, "")), group="watch")
        for one in watch_settings(declared)
    ]


def watch_settings(declared: Connector) -> list[Setting]:
    """What is watched of a connection, in its words."""
    shown = []
    for one in WATCH:
        if one.name == WHEN_UNCHANGED.name:
            if may_send_unchanged(declared):
                default = "send" if declared.send_unchanged else "skip"
                shown.append(replace(one, required=True, default=default))
        elif one.name == "keep_days":
            if declared.nature is Nature.FILE:
                shown.append(one)
        elif declared.mode is not Mode.INBOUND:
            shown.append(one)
        elif one.name == "silence_by":
            shown.append(replace(one, label="Alert when no file came in by"))
    return shown


def watch_values(info: ConnectionInfo) -> dict[str, Any]:
    """What is set of it."""
    values: dict[str, Any] = {
        "safety_percent": info.safety_percent,
        "keep_days": info.keep_days,
        "silence_by": f"{info.silence_by:%H:%M}" if info.silence_by else "",
    }
    if WHEN_UNCHANGED.name in info.settings:
        values[WHEN_UNCHANGED.name] = info.settings[WHEN_UNCHANGED.name]
    return values


def settings_posted(declared: Sequence[Setting], posted: QueryDict, field: str = "s") -> dict[str, Any]:
    """What was sent for each declared setting; an unticked box counts as no."""
    return {
        one.name: (posted.get(f"{field}-{one.name}") == "on")
        if one.kind == "boolean"
        else posted.get(f"{field}-{one.name}", "")
        for one in declared
        if not one.edited_on
    }


def secrets_posted(declared: Connector, posted: QueryDict, field: str = "x") -> dict[str, str]:
    """The secrets that were entered. Only a line break at the end of a pasted key's lines is kept as it is."""
    return {
        one.name: posted.get(f"{field}-{one.name}", "")
        for one in declared.secrets
        if not one.made and posted.get(f"{field}-{one.name}", "").strip()
    }


def moved_destination(declared: Connector, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Labels of the destination's settings that differ."""
    return [
        one.label
        for one in declared.settings
        if one.destination and str(before.get(one.name, "")) != str(after.get(one.name, ""))
    ]


def _hidden(declared: Connector, one: Secret, set_on: datetime | None, zone: str) -> Control:
    return Control(
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
        set_on=moment_text(set_on, zone) if set_on else "",
        error="",
        told="",
        when=_when(one),
        when_words=_when_words(declared, one),
    )


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
