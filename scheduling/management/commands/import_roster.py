"""Import a roster file from the command line: what would change, and with --apply, changing it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from scheduling.importing.types import RosterPreview, RosterRefused, RosterRequest, RosterResult
from scheduling.models import Department
from scheduling.roster.codes import ShiftCodes, parse_shift_codes
from scheduling.roster.mapping import RosterMapping
from scheduling.roster.read import roster_read
from scheduling.roster.types import RosterFileError, Sheet
from scheduling.services.roster_import import roster_apply, roster_mapping, roster_preview
from tenancy.selectors import organization_find
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, RefusedError

_SHOWN = 40


class Command(BaseCommand):
    """Without --apply nothing is written. Exit code 1 with a line for each problem when the file cannot be imported."""

    help = "Import a roster (CSV or Excel; grid or list) into a department's draft schedule."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the file goes, and what may be made."""
        parser.add_argument("file", type=Path, help="the roster file")
        parser.add_argument("--organisation", required=True, metavar="SLUG")
        parser.add_argument("--department", required=True, metavar="CODE")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--schedule", type=uuid.UUID, metavar="ID", help="else the one that covers the file's dates")
        where.add_argument("--create-schedule", metavar="NAME", help="make a schedule for the file's dates")
        parser.add_argument("--codes", type=Path, metavar="FILE", help="a file that explains shift codes")
        parser.add_argument("--mapping", type=Path, metavar="FILE", help="column and code mapping as JSON")
        parser.add_argument("--worksheet", metavar="NAME", help="else the first one with content")
        parser.add_argument("--year", type=int, help="of the first date, for dates that leave it out")
        parser.add_argument("--create-people", action="store_true", help="make people whom the file names")
        parser.add_argument("--create-assignments", action="store_true", help="make assignments for unknown codes")
        parser.add_argument("--only-add", action="store_true", help="change and remove nothing")
        parser.add_argument("--apply", action="store_true", help="do it; without, only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, preview, apply."""
        try:
            request = self._request(options)
        except RosterFileError as error:
            raise CommandError(f"{error.message} {error.advice}".strip()) from error
        try:
            with tenant_transaction(self._organization):
                if not options["apply"]:
                    self._say_preview(roster_preview(request=request))
                    return
                actor = Actor(label="import_roster", source="command")
                result = roster_apply(request=request, actor=actor, now=timezone.now())
        except RosterRefused as refused:
            self._say_problems(refused.preview)
            raise CommandError("Nothing was imported.") from refused
        except RefusedError as refused:
            raise CommandError(refused.text) from refused
        self._say_result(result)

    def _request(self, options: dict[str, Any]) -> RosterRequest:
        found = organization_find(options["organisation"])
        if found is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        self._organization = found[0]
        sheet = _sheet(options["file"], options["worksheet"])
        codes = _codes(options["codes"])
        try:
            with tenant_transaction(self._organization, snapshot=True):
                department_id = _department(options["department"])
                mapping = _mapping(options["mapping"]) or roster_mapping(department_id=department_id)
        except RefusedError as refused:
            raise CommandError(refused.text) from refused
        return RosterRequest(
            sheet=sheet,
            file_name=options["file"].name,
            mapping=mapping,
            schedule_id=options["schedule"],
            department_id=department_id,
            new_schedule=options["create_schedule"],
            year_hint=options["year"],
            only_add=options["only_add"],
            create_people=options["create_people"],
            create_assignments=options["create_assignments"],
            codes=codes,
        )

    def _say_preview(self, preview: RosterPreview) -> None:
        say = self.stdout.write
        name = f"{preview.schedule_name} (to be made)" if preview.creates_schedule else preview.schedule_name
        say(f"{preview.department.name}, {name or 'no schedule'}: {preview.from_date} to {preview.to_date}")
        for sentence in preview.assumptions:
            say(f"  {sentence}")
        for change in preview.changes[:_SHOWN]:
            sides = [f"{key} {change.before.get(key, '')} → {value}".strip() for key, value in change.after.items()]
            say(f"  {change.kind:8} {change.date} {change.person_name}: {change.code} {', '.join(sides)}".rstrip())
        if len(preview.changes) > _SHOWN:
            say(f"  … {len(preview.changes) - _SHOWN:,} more")
        for person in preview.new_people:
            say(f"  new person      {person.name} ({person.key}), {person.count} shifts")
        for code in preview.new_codes:
            new = code.proposal
            times = f"{new.start:%H:%M}–{new.end:%H:%M}" if new.start and new.end else "times not known"
            say(f"  new assignment  {code.code} {new.name}, {new.type_name}, {times}; {code.count} shifts")
        say(_counts(preview.count, preview.unchanged))
        self._say_problems(preview)
        if preview.errors:
            raise CommandError("It cannot be imported like this. Nothing was changed.")
        say("Nothing was changed: add --apply to import it.")

    def _say_problems(self, preview: RosterPreview) -> None:
        for issue in preview.issues:
            self.stderr.write(f"{'Error' if issue.severity == 'error' else 'Warning'}: {issue}")

    def _say_result(self, result: RosterResult) -> None:
        counts = {"added": result.added, "changed": result.changed, "removed": result.removed, "locked": result.locked}
        made = f"{result.people_created} people and {result.assignments_created} assignments made."
        self.stdout.write(f"{result.schedule_name} ({result.schedule_id}): {made}")
        self.stdout.write(_counts(lambda kind: counts[kind], result.unchanged))


def _counts(count: Any, unchanged: int) -> str:
    parts = [f"{count(kind):,} {kind}" for kind in ("added", "changed", "removed", "locked")]
    return f"{', '.join(parts)}, {unchanged:,} unchanged."


def _sheet(path: Path, worksheet: str | None = None) -> Sheet:
    try:
        with path.open("rb") as source:
            return roster_read(source, name=path.name, size=path.stat().st_size, sheet=worksheet)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _codes(path: Path | None) -> ShiftCodes | None:
    return parse_shift_codes(_sheet(path)) if path is not None else None


def _mapping(path: Path | None) -> RosterMapping | None:
    if path is None:
        return None
    try:
        return RosterMapping.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise CommandError(f"The mapping {path} cannot be used: {error}") from error


def _department(code: str) -> uuid.UUID:
    row = Department.objects.filter(code=code).first()
    if row is None:
        raise CommandError(f"The organisation has no department with the code {code!r}.")
    return row.public_id
