"""Writes of rules, and of what somebody keeps although a rule forbids it. Each logs itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scheduling.models import (
    Assignment,
    AssignmentType,
    Department,
    Person,
    PersonnelType,
    Rule,
    RuleScope,
    Shift,
    ShiftOverride,
)
from scheduling.rules.kinds import Kind, kind_of
from scheduling.rules.packs import Pack, pack_of
from scheduling.rules.parameters import parsed, written
from scheduling.rules.together import APART, ASSIGNMENT, HOW
from scheduling.rules.types import Conflict, Severity
from scheduling.selectors.conflicts import conflicts_of_shift
from scheduling.selectors.rows import schedule_info
from scheduling.selectors.rule_list import compatibility_rule
from tenancy.bulk import rows_insert
from tenancy.changes import change_entry, change_record, changes_record, differing
from tenancy.models import ChangeEntry, TenantModel
from tenancy.types import Actor, NotFoundError, RefusedError

REASON_LIMIT = 400
_PLACED = "placed although refused"


@dataclass(frozen=True)
class Scope:
    """What a rule is limited to, by public id. Nothing named means everything, or everybody."""

    assignments: Collection[uuid.UUID] = ()
    assignment_types: Collection[uuid.UUID] = ()
    people: Collection[uuid.UUID] = ()
    personnel_types: Collection[uuid.UUID] = ()
    excepted: Collection[uuid.UUID] = ()  # everything but these assignments


def rule_create(
    *,
    kind: str,
    name: str,
    severity: str,
    parameters: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    department: Department | None = None,
    scope: Scope | None = None,
    source: str = "",
    effective_from: date | None = None,
    pack: str = "",
) -> Rule:
    """Make a rule of a department, or (None) of the whole organisation. Raises RefusedError that names the field."""
    known = kind_of(kind)
    checked = written(parsed(known.parameters, parameters))
    _texts_or_refuse(name, severity, source)
    rule = Rule.objects.create(
        department=department, kind=kind, name=name.strip(), severity=severity, parameters=checked, source=source.strip(),
        effective_from=effective_from, pack=pack, changed_at=now,
    )  # fmt: skip
    told = _scope_write(rule, known, scope or Scope())
    change_record(
        actor=actor, now=now, action="rule.create", subject_type="rule", subject=rule.name, subject_id=rule.public_id,
        department_id=rule.department_id, after={**_told(rule), **told},
    )  # fmt: skip
    return rule


def rule_change(
    *,
    rule_id: uuid.UUID,
    actor: Actor,
    now: datetime,
    fields: Mapping[str, Any],
    scope: Scope | None = None,
) -> Rule:
    """Change name, severity, parameters, source, effective_from or active of a rule; its scope, if one is given."""
    rule = Rule.objects.select_for_update(of=("self",)).filter(public_id=rule_id).first()
    if rule is None:
        raise NotFoundError("There is no such rule.")
    unknown = set(fields) - {"name", "severity", "parameters", "source", "effective_from", "active"}
    if unknown:
        raise RefusedError(f"A rule has no field {sorted(unknown)[0]!r}.", field=sorted(unknown)[0])
    known, was = kind_of(rule.kind), {**_told(rule), **_scope_told(rule)}
    for field, value in fields.items():
        setattr(rule, field, value)
    rule.parameters = written(parsed(known.parameters, rule.parameters))
    _texts_or_refuse(rule.name, rule.severity, rule.source)
    told = _scope_write(rule, known, scope) if scope is not None else _scope_told(rule)
    before, after = differing(was, {**_told(rule), **told})
    if not after:
        return rule
    rule.revision += 1
    rule.changed_at = now
    rule.save()
    change_record(
        actor=actor, now=now, action="rule.change", subject_type="rule", subject=rule.name, subject_id=rule.public_id,
        department_id=rule.department_id, before=before, after=after,
    )  # fmt: skip
    return rule


def pack_apply(
    *,
    pack: str,
    personnel_types: Sequence[uuid.UUID],
    actor: Actor,
    now: datetime,
    department: Department | None = None,
    call_assignments: Sequence[uuid.UUID] = (),
    call_types: Sequence[uuid.UUID] = (),
    home_assignments: Sequence[uuid.UUID] = (),
) -> list[Rule]:
    """Make the rules of a pack for people of those personnel types, with the pack's source and effective date.

    `call_assignments` and `call_types` are in-house call; without them the pack's rules about call are left out. `home_assignments`
    are call taken at home: it breaks a free day but its hours are not work. A second time changes the same rules instead of doubling
    them.
    """
    found = pack_of(pack)
    if not personnel_types:
        raise RefusedError("Choose at least one personnel type.", field="personnel_types")
    call = Scope(assignments=call_assignments, assignment_types=call_types, personnel_types=personnel_types)
    made = []
    for part in found.rules:
        if part.on_call and not (call_assignments or call_types):
            continue
        left_out = () if part.at_home else home_assignments
        scope = call if part.on_call else Scope(personnel_types=personnel_types, excepted=left_out)
        made.append(_pack_rule(found, part.key, department, scope, actor, now))
    return made


def compatibility_set(
    *, department: Department, pairs: Mapping[tuple[uuid.UUID, uuid.UUID], str], actor: Actor, now: datetime
) -> int:
    """Say how pairs of a department's assignments go together; returns how many differ from before. Other pairs stay as they are."""
    named = {one for pair in pairs for one in pair}
    known = set(Assignment.objects.filter(department=department).values_list("public_id", flat=True))
    if named - known:
        raise NotFoundError("One of the assignments is not of this department.")
    if set(pairs.values()) - {how for how, _ in HOW}:
        raise RefusedError(
            "Two assignments are compatible, compatible without overlap, or not compatible.", field="pairs"
        )
    rule = compatibility_rule(department.id)
    held = [tuple(pair) for pair in rule.parameters["pairs"]] if rule is not None else []
    said = {frozenset(pair[:2]): pair for pair in held}
    changed = 0
    for (one, two), how in pairs.items():
        refs = (f"{ASSIGNMENT}:{one}", f"{ASSIGNMENT}:{two}")
        changed += said.get(frozenset(refs), (*refs, APART))[2] != how
        if how == APART:
            said.pop(frozenset(refs), None)
        else:
            said[frozenset(refs)] = (*refs, how)
    if not changed:
        return 0
    parameters = {"pairs": [list(pair) for pair in said.values()]}
    if rule is None:
        rule_create(
            kind="compatibility", name=f"Compatibility in {department.name}", severity=Severity.HARD.value,
            parameters=parameters, department=department, actor=actor, now=now,
        )  # fmt: skip
    else:
        fields = {"parameters": parameters, "active": True}
        rule_change(rule_id=rule.public_id, actor=actor, now=now, fields=fields)
    return changed


def _pack_rule(pack: Pack, key: str, department: Department | None, scope: Scope, actor: Actor, now: datetime) -> Rule:
    part = next(one for one in pack.rules if one.key == key)
    mark = f"{pack.key}:{key}"
    held = Rule.objects.filter(pack=mark, department=department).first()
    if held is not None:
        fields = {
            "name": part.name, "severity": part.severity.value, "parameters": dict(part.parameters), "active": True,
            "source": f"{pack.source}, {part.where}", "effective_from": pack.effective_from,
        }  # fmt: skip
        return rule_change(rule_id=held.public_id, actor=actor, now=now, fields=fields, scope=scope)
    return rule_create(
        kind=part.kind, name=part.name, severity=part.severity.value, parameters=part.parameters, actor=actor, now=now,
        department=department, scope=scope, source=f"{pack.source}, {part.where}", effective_from=pack.effective_from,
        pack=mark,
    )  # fmt: skip


def conflict_override(*, shift_id: uuid.UUID, rule: str, reason: str, actor: Actor, now: datetime) -> list[Conflict]:
    """Keep what a rule finds wrong with a shift, for the person who stands there now. Returns the conflicts that are kept.

    Raises RefusedError without a reason, or when the rule finds nothing (more) to keep.
    """
    shift = Shift.objects.select_related("schedule__department", "assignment", "person").filter(public_id=shift_id)
    found = shift.first()
    if found is None:
        raise NotFoundError("There is no such shift.")
    reason = reason_or_refuse(reason)
    if found.person is None:
        raise RefusedError("The shift is open. Fill it: there is nobody to keep a conflict for.", code="open")
    conflicts = conflicts_of_shift(
        schedule_info(found.schedule), shift_id=shift_id, on=found.date, person_id=found.person.id
    )
    kept = [one for one in conflicts if one.rule == rule]
    if not kept:
        raise RefusedError("This conflict is gone: nothing is left to override. Look at the shift again.", code="gone")
    for one in kept:
        other = next((member for member in one.members if member != shift_id), None) if one.other else None
        override_keep(shift=found, person=found.person, rule=rule, against=other, reason=reason, actor=actor, now=now)
    changes_record([_override_entry(found, rule, "; ".join(one.text for one in kept), reason, actor, now)])
    return kept


def override_keep(
    *,
    shift: Shift,
    person: Person,
    rule: str,
    reason: str,
    actor: Actor,
    now: datetime,
    against: uuid.UUID | None = None,
) -> None:
    """Write the row of an override, or give one that is there its new reason. The caller logs."""
    ShiftOverride.objects.update_or_create(
        shift_id=shift.public_id, rule=rule, person=person, against=against,
        defaults={"reason": reason, "actor": actor.label[:160], "at": now},
    )  # fmt: skip


@dataclass(frozen=True)
class KeptPlacing:
    """Somebody was placed although those rules refused it, for a reason."""

    shift: Shift
    rules: tuple[str, ...]
    reason: str


def placing_override(*, shift: Shift, rules: Collection[str], reason: str, actor: Actor, now: datetime) -> None:
    """Remember and log that a person was placed although they are not on the list, or on leave."""
    if rules:
        kept = KeptPlacing(shift, tuple(rules), reason_or_refuse(reason))
        placings_override(kept=[kept], actor=actor, now=now)


def placings_override(*, kept: Sequence[KeptPlacing], actor: Actor, now: datetime) -> None:
    """The same of any number of shifts, in as many statements as of one."""
    kept = [one for one in kept if one.shift.person is not None]
    if not kept:
        return
    ids, rules = {one.shift.public_id for one in kept}, {rule for one in kept for rule in one.rules}
    ShiftOverride.objects.filter(shift_id__in=ids, rule__in=rules, against=None).delete()
    rows_insert(
        [
            ShiftOverride(
                shift_id=one.shift.public_id, rule=rule, person=one.shift.person, reason=one.reason,
                actor=actor.label[:160], at=now,
            )
            for one in kept
            for rule in one.rules
        ]
    )  # fmt: skip
    changes_record(
        [_override_entry(one.shift, ", ".join(sorted(one.rules)), _PLACED, one.reason, actor, now) for one in kept]
    )


def conflict_override_end(*, shift_id: uuid.UUID, rule: str, actor: Actor, now: datetime) -> None:
    """Let a conflict stand again."""
    shift = Shift.objects.select_related("assignment", "person").filter(public_id=shift_id).first()
    if shift is None:
        raise NotFoundError("There is no such shift.")
    rows = ShiftOverride.objects.filter(shift_id=shift_id, rule=rule, person=shift.person)
    reasons = list(rows.values_list("reason", flat=True))
    if not reasons:
        raise NotFoundError("There is no such override.")
    rows.delete()
    change_record(
        actor=actor, now=now, action="conflict.override_end", subject_type="shift", subject=_subject(shift),
        subject_id=shift.public_id, department_id=shift.department_id, person_id=shift.person_id, on_date=shift.date,
        before={"rule": rule, "reason": reasons[0]},
    )  # fmt: skip


def overrides_lapse(*, shift_ids: Collection[uuid.UUID]) -> None:
    """Somebody else stands there now, or nobody: what was kept for the one before is kept no longer."""
    if shift_ids:
        ShiftOverride.objects.filter(shift_id__in=shift_ids).delete()


def _override_entry(shift: Shift, rule: str, text: str, reason: str, actor: Actor, now: datetime) -> ChangeEntry:
    return change_entry(
        actor=actor, now=now, action="conflict.override", subject_type="shift", subject=_subject(shift),
        subject_id=shift.public_id, department_id=shift.department_id, person_id=shift.person_id, on_date=shift.date,
        after={"rule": rule, "conflict": text}, reason=reason,
    )  # fmt: skip


def _subject(shift: Shift) -> str:
    return f"{shift.assignment.name}, {shift.date}, {shift.person.name if shift.person else 'open'}"


def reason_or_refuse(reason: str) -> str:
    """The reason of an override, trimmed. Raises RefusedError without one, or for one that cannot be kept."""
    text = reason.strip()
    if not text:
        raise RefusedError("Overriding needs a reason: one line that others will read.", field="reason")
    if len(text) > REASON_LIMIT or "\x00" in text:
        raise RefusedError(f"A reason has at most {REASON_LIMIT} characters.", field="reason")
    return text


def _texts_or_refuse(name: str, severity: str, source: str) -> None:
    if not name.strip() or len(name) > 120:
        raise RefusedError("A rule needs a name of at most 120 characters.", field="name")
    if severity not in {one.value for one in Severity}:
        raise RefusedError("A rule is hard or soft.", field="severity")
    if len(source) > 400:
        raise RefusedError("A source has at most 400 characters.", field="source")


_TARGETS: tuple[tuple[str, str, type[TenantModel], bool], ...] = (
    ("assignments", "assignment_id", Assignment, True),
    ("assignment_types", "assignment_type_id", AssignmentType, True),
    ("people", "person_id", Person, False),
    ("personnel_types", "personnel_type_id", PersonnelType, False),
    ("excepted", "assignment_id", Assignment, True),
)


def _scope_write(rule: Rule, kind: Kind, scope: Scope) -> dict[str, Any]:
    """Replace what the rule is limited to; returns what the log tells of it."""
    rows: list[RuleScope] = []
    for name, column, model, is_work in _TARGETS:
        wanted = set(getattr(scope, name))
        if wanted and not (kind.work if is_work else kind.people):
            raise RefusedError(f"{kind.label} cannot be limited to {name.replace('_', ' ')}.", field=name)
        found = dict(model.objects.filter(public_id__in=wanted).values_list("public_id", "id"))  # type: ignore[misc]
        if len(found) != len(wanted):
            raise NotFoundError(f"One of the {name.replace('_', ' ')} is not there.", field=name)
        rows += [RuleScope(rule=rule, excepted=name == "excepted", **{column: one}) for one in found.values()]
    RuleScope.objects.filter(rule=rule).delete()
    RuleScope.objects.bulk_create(rows)
    return _scope_told(rule)


def _scope_told(rule: Rule) -> dict[str, Any]:
    related = ("assignment", "assignment_type", "person", "personnel_type")
    rows = RuleScope.objects.filter(rule=rule).select_related(*related)
    named = [(row.excepted, next(one.name for name in related if (one := getattr(row, name)))) for row in rows]
    return {"only": sorted(f"not {name}" if excepted else name for excepted, name in named)}


def _told(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "kind": rule.kind,
        "severity": rule.severity,
        "parameters": rule.parameters,
        "source": rule.source,
        "effective_from": rule.effective_from.isoformat() if rule.effective_from else None,
        "active": rule.active,
    }
