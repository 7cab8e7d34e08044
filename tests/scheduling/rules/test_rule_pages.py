"""Admin → Rules: the list, the forms, trials, duty hours, compatibility, and who may be placed on what."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling import services
from scheduling.models import Assignment, AssignmentEligibility, AssignmentType, PersonnelType, Rule, RuleScope
from tenancy.models import ChangeEntry
from tenancy.rights import Role
from tests.scheduling.pages.conftest import soup, text_of
from tests.scheduling.rules.conftest import BY, MONDAY, Ward, days

ROLES = (Role.VIEWER, Role.PROVIDER, Role.SCHEDULER, Role.ADMINISTRATOR, Role.IT)
REST = {
    "name": "Ten hours off",
    "severity": "hard",
    "p_hours": "10",
    "p_after_hours": "",
    "source": "Policy 7",
    "effective_from": "",
}


@pytest.fixture
def ward(tenant) -> Ward:  # type: ignore[no-untyped-def]
    """With a scheduler of Anesthesia."""
    made = Ward(tenant)
    account = tenant.account(Role.SCHEDULER)
    with tenant.transaction():
        services.account_grant_department(account=account, department=made.department, **BY)
    return made


@pytest.fixture
def browser(ward: Ward) -> Client:
    return ward.tenant.client(Role.SCHEDULER)


def here(ward: Ward, **fields: Any) -> dict[str, Any]:
    """The form of a rest rule in the ward's department."""
    return {**REST, "department": str(ward.department.public_id), **fields}


def rules(ward: Ward) -> list[tuple[str, str, str, dict[str, Any], bool]]:
    with ward.tenant.transaction():
        return [(row.kind, row.name, row.severity, row.parameters, row.active) for row in Rule.objects.order_by("id")]


def test_a_rule_is_made_with_the_form_of_its_kind(ward: Ward, browser: Client) -> None:
    kinds = soup(browser.get(reverse("rule-new")))
    assert [text_of(one.a) for one in kinds.select(".kinds li")] == [
        "Cover", "Rest", "Maximum", "Consecutive", "Average hours", "Free days", "Continuous work", "Call nights",
        "Duty hours of trainees",
    ]  # fmt: skip
    address = reverse("rule-new") + "?kind=rest"
    form = soup(browser.get(address))
    assert [one.get_text() for one in form.select("select[name=department] option")] == ["Anesthesia"]
    with ward.tenant.transaction():
        call = str(AssignmentType.objects.get(name="Call").public_id)
        kind = str(PersonnelType.objects.get().public_id)
    sent = here(ward, assignment_types=[call], personnel_types=[kind], people="Quintero, Elena")
    answer = browser.post(address, sent)
    assert (answer.status_code, answer["Location"]) == (302, "/rules/")
    assert rules(ward) == [("rest", "Ten hours off", "hard", {"hours": "10", "after_hours": "0"}, True)]
    with ward.tenant.transaction():
        assert RuleScope.objects.count() == 3
        entry = ChangeEntry.objects.get(action="rule.create")
        assert entry.after["only"] == ["Call", "Physician", "Quintero, Elena"]
    row = soup(browser.get(reverse("rules"))).select_one("table.rules tbody tr")
    assert text_of(row).startswith(
        "Ten hours off Policy 7 Rest 10 h off Hard Anesthesia Call, Physician, Quintero, Elena"
    )


@pytest.mark.parametrize(
    ("wrong", "field", "text"),
    [
        ({"p_hours": ""}, "p_hours", "This field is required."),
        ({"p_hours": "0"}, "p_hours", "greater than or equal to 1"),
        ({"p_hours": "ten"}, "p_hours", "Enter a number."),
        ({"name": ""}, "name", "This field is required."),
        ({"people": "Nobody, Such"}, "people", "Nobody, Such: nobody has this name or unique id"),
        ({"severity": "deadly"}, "severity", "Select a valid choice."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_saved(
    ward: Ward, browser: Client, wrong: dict[str, str], field: str, text: str
) -> None:
    answer = browser.post(reverse("rule-new") + "?kind=rest", here(ward, **wrong))
    assert answer.status_code == 422
    assert text in text_of(soup(answer).select_one(f"#id_{field}_error"))
    assert rules(ward) == []


def test_a_trial_shows_what_a_rule_finds_and_keeps_nothing(ward: Ward, browser: Client) -> None:
    with ward.tenant.transaction():
        plan = ward.plan(ward.today(), ward.today() + days(6))
    ward.place(ward.late, ward.today(), ward.elena, schedule=plan)
    ward.place(ward.day, ward.today() + days(1), ward.elena, schedule=plan)
    with ward.tenant.transaction():
        entries = ChangeEntry.objects.count()
    page = soup(browser.post(reverse("rule-new") + "?kind=rest", here(ward, **{"try": "1"})))
    trial = text_of(page.select_one(".trial"))
    assert "1 conflict in " in trial
    assert "nothing has been saved" in trial
    weekday = f"{ward.today():%A}"
    assert f"Quintero, Elena · 8 h after Late 1 on {weekday} (to 23:00). The rule is 10 h." in trial
    assert page.select_one("[name=p_hours]")["value"] == "10"
    assert rules(ward) == []
    with ward.tenant.transaction():
        assert ChangeEntry.objects.count() == entries
    browser.post(reverse("rule-new") + "?kind=rest", here(ward))
    with ward.tenant.transaction():
        rule = Rule.objects.get()
    found = soup(browser.get(reverse("rule-finds", args=[rule.public_id])))
    assert "8 h after Late 1" in text_of(found.select_one(".trial"))


def test_a_rule_is_changed_switched_off_and_on(ward: Ward, browser: Client) -> None:
    rule = ward.rule("maximum", limit=5, weekdays=[5, 6])
    address = reverse("rule", args=[rule.public_id])
    form = soup(browser.get(address))
    assert form.select_one("[name=p_limit]")["value"] == "5"
    assert [one["value"] for one in form.select("[name=p_weekdays][checked]")] == ["5", "6"]
    sent = {"name": "Calmer", "severity": "soft", "p_limit": "4.5", "p_measure": "hours", "p_period": "month", "p_days": "7",
            "p_weekdays": ["6"], "source": "", "effective_from": "2026-11-09"}  # fmt: skip
    assert browser.post(address, sent).status_code == 302
    assert rules(ward) == [
        ("maximum", "Calmer", "soft",
         {"limit": "4.5", "measure": "hours", "period": "month", "days": 7, "weekdays": [6]}, True),
    ]  # fmt: skip
    switch = reverse("rule-switch", args=[rule.public_id])
    for on, active in (("0", False), ("0", False), ("1", True)):
        assert browser.post(switch, {"on": on}).status_code == 302
        assert rules(ward)[0][4] is active
    with ward.tenant.transaction():
        assert ChangeEntry.objects.filter(action="rule.change").count() == 3


def test_a_rule_that_is_off_or_not_yet_effective_finds_nothing(ward: Ward) -> None:
    rule = ward.rule("rest", hours=10)
    ward.place(ward.late, MONDAY, ward.elena)
    ward.place(ward.day, MONDAY + days(1), ward.elena)
    from scheduling.services.rules import rule_change

    for fields, count in (
        ({"effective_from": MONDAY + days(1)}, 1), ({"effective_from": MONDAY + days(2)}, 0),
        ({"effective_from": None}, 1), ({"active": False}, 0),
    ):  # fmt: skip
        with ward.tenant.transaction():
            rule_change(rule_id=rule.public_id, fields=fields, **BY)
        assert len(ward.conflicts()) == count


def test_filters_sorting_and_the_file(ward: Ward, browser: Client) -> None:
    ward.rule("rest", "Zebra", hours=8)
    ward.rule("maximum", "Alpha", "soft", limit=5)

    def names(query: str) -> list[str]:
        return [text_of(one) for one in soup(browser.get(reverse("rules") + query)).select("table.rules tbody th a")]

    assert names("?sort=name") == ["Alpha", "Zebra"]
    assert names("?sort=-name") == ["Zebra", "Alpha"]
    assert names("?kind=rest") == ["Zebra"]
    assert names("?q=alph") == ["Alpha"]
    assert names("?department=everywhere") == []
    lines = browser.get(reverse("rules-csv") + "?kind=maximum").content.decode("utf-8-sig").splitlines()
    assert lines[1] == "Alpha,Maximum,at most 5 shifts a week,soft,Anesthesia,,,,yes"


def test_duty_hours_are_applied_to_chosen_people_with_their_source(ward: Ward) -> None:
    administrator = ward.tenant.client(Role.ADMINISTRATOR)
    with ward.tenant.transaction():
        ward.person("Young", "Dr", kind="Resident")
        resident = str(PersonnelType.objects.get(name="Resident").public_id)
        call = str(AssignmentType.objects.get(name="Call").public_id)
    sent: dict[str, Any] = {"department": "everywhere", "personnel_types": [resident]}
    address = reverse("rule-pack")
    assert administrator.post(address, {"department": "everywhere"}).status_code == 422
    trial = administrator.post(address, {**sent, "try": "1"})
    assert (trial.status_code, rules(ward)) == (200, [])
    assert administrator.post(address, sent).status_code == 302
    assert [one[1] for one in rules(ward)] == [
        "80 hours a week", "8 hours between periods", "One day in seven free", "24 hours + 4",
    ]  # fmt: skip
    assert (
        administrator.post(
            address, {**sent, "call_types": [call], "home_assignments": [str(ward.late.public_id)]}
        ).status_code
        == 302
    )
    assert len(rules(ward)) == 6  # changed, not doubled; the two about call are new
    with ward.tenant.transaction():
        row = Rule.objects.get(kind="average_hours")
        assert (row.source, str(row.effective_from), row.department_id) == (
            "ACGME Common Program Requirements (Residency), 2025 reformatted, 6.20", "2025-09-03", None,
        )  # fmt: skip
        only = {
            row.kind: sorted(_names(row))
            for row in Rule.objects.filter(name__in=["80 hours a week", "Every third night"])
        }
    assert only == {"average_hours": ["Resident", "not Late 1"], "call_nights": ["Call", "Resident"]}


def _names(rule: Rule) -> list[str]:
    rows = RuleScope.objects.filter(rule=rule).select_related("assignment", "assignment_type", "personnel_type")
    return [
        f"not {row.assignment.name}" if row.excepted else (row.assignment_type or row.personnel_type).name
        for row in rows
    ]


def test_the_matrix_changes_only_pairs_that_were_changed(ward: Ward, browser: Client) -> None:
    address = reverse("department-compatibility", args=[ward.department.public_id])
    page = soup(browser.get(address))
    assert len(page.select("table.matrix select")) == 6  # four assignments, each pair once
    pair = f"{ward.late.public_id}:{ward.day.public_id}"
    assert page.select_one(f"select[name='pair:{pair}']") is not None
    ward.place(ward.day, MONDAY, ward.elena)
    ward.place(ward.late, MONDAY, ward.elena)
    for how, told in (("compatible", []), ("not", ["Late 1 and OR Day do not go together on one day."]),
                      ("apart", ["Late 1 (13:00–23:00) overlaps OR Day (07:00–15:00) by 2 h."])):  # fmt: skip
        assert browser.post(address, {f"pair:{pair}": how, f"was:{pair}": "x"}).status_code == 302
        assert [one.text.replace("OR Day and Late 1", "Late 1 and OR Day") for one in ward.conflicts()] == told
    assert browser.post(address, {f"pair:{pair}": "not", f"was:{pair}": "not"}).status_code == 302
    assert len(ward.conflicts()) == 1  # as it was shown: left alone
    assert browser.post(address, {f"pair:{pair}": "friends", f"was:{pair}": ""}).status_code == 422
    strange = f"{ward.late.public_id}:{ward.read.public_id}"
    assert browser.post(address, {f"pair:{strange}": "not", f"was:{strange}": ""}).status_code == 404


def listed(ward: Ward) -> tuple[list[str], bool]:
    with ward.tenant.transaction():
        rows = AssignmentEligibility.objects.filter(assignment=ward.day).select_related("person")
        return sorted(row.person.last_name for row in rows), Assignment.objects.get(id=ward.day.id).eligible_only_listed


def test_the_list_of_an_assignment_by_finding_pasting_copying_and_file(ward: Ward, browser: Client) -> None:
    address = reverse("assignment-eligible", args=[ward.day.public_id])
    found = soup(browser.get(address + "?find=okaf"))
    (box,) = found.select("[name=person]")
    assert browser.post(address, {"act": "add", "person": box["value"]}).status_code == 302
    assert listed(ward) == (["Okafor"], True)
    pasted = {"act": "paste", "lines": "elena quintero\n\nNobody\n"}
    answer = browser.post(address, pasted)
    assert answer.status_code == 422
    assert "Nothing was changed. Nobody: nobody has this name or unique id." in text_of(soup(answer))
    assert listed(ward) == (["Okafor"], True)
    assert browser.post(address, {"act": "paste", "lines": "elena quintero\n"}).status_code == 302
    assert listed(ward) == (["Okafor", "Quintero"], True)
    lines = browser.get(reverse("assignment-eligible-csv", args=[ward.day.public_id])).content
    assert lines.decode("utf-8-sig").splitlines() == [
        "Unique id,Name,Type",
        ',"Okafor, Adaeze",Physician',
        ',"Quintero, Elena",Physician',
    ]
    assert browser.post(address, {"act": "remove", "person": str(ward.elena.public_id)}).status_code == 302
    assert listed(ward) == (["Okafor"], True)
    file = io.BytesIO(lines)
    file.name = "eligible.csv"
    assert browser.post(address, {"act": "file", "file": file, "replace": "1"}).status_code == 302
    assert listed(ward) == (["Okafor", "Quintero"], True)
    assert browser.post(address, {"act": "mode", "only": "0"}).status_code == 302
    assert listed(ward) == (["Okafor", "Quintero"], False)
    with ward.tenant.transaction():
        services.assignment_eligible_set(assignment=ward.late, people=[ward.elena], **BY)
        AssignmentEligibility.objects.filter(assignment=ward.day).delete()
    assert browser.post(address, {"act": "copy", "from": str(ward.late.public_id)}).status_code == 302
    assert listed(ward) == (["Quintero"], True)
    for act in ({"act": "remove"}, {"act": "paste", "lines": " "}, {"act": "file"}, {"act": "copy"}, {}):
        assert browser.post(address, act).status_code == 422
    assert listed(ward) == (["Quintero"], True)


def test_taking_the_last_one_off_a_list_lets_nobody_in(ward: Ward, browser: Client) -> None:
    address = reverse("assignment-eligible", args=[ward.day.public_id])
    browser.post(address, {"act": "add", "person": str(ward.elena.public_id)})
    browser.post(address, {"act": "remove", "person": str(ward.elena.public_id)})
    assert listed(ward) == ([], True)
    assert "nobody can be placed" in text_of(soup(browser.get(address)))


def test_the_assignments_of_a_person(ward: Ward, browser: Client) -> None:
    with ward.tenant.transaction():
        services.assignment_eligible_set(assignment=ward.day, people=[ward.adaeze], **BY)
        services.assignment_eligible_set(assignment=ward.read, people=[ward.adaeze], **BY)
    address = reverse("person-assignments", args=[ward.elena.public_id])
    page = soup(browser.get(address))
    assert [text_of(row) for row in page.select("tbody tr")] == [
        "– C2 OR Call 2 Anesthesia everybody",
        "OR Day D OR Day Anesthesia only those listed",
        "– L1 Late 1 Anesthesia everybody",
        "– PC Post-call Anesthesia everybody",
    ]
    sent = {"shown": str(ward.day.public_id), "listed": [str(ward.day.public_id), str(ward.read.public_id)]}
    assert browser.post(address, sent).status_code == 302
    assert listed(ward) == (["Okafor", "Quintero"], True)
    with ward.tenant.transaction():  # not one of this scheduler's departments
        assert AssignmentEligibility.objects.filter(assignment=ward.read).count() == 1


def test_required_people_stand_with_the_assignment(ward: Ward, browser: Client) -> None:
    address = reverse("assignment", args=[ward.day.public_id])
    form = soup(browser.get(address))
    sent = {
        one["name"]: one.get("value", "")
        for one in form.select("form.form input[name]")
        if one.get("type") != "checkbox"
    }
    sent |= {
        one["name"]: one.select_one("[selected]")["value"]
        for one in form.select("form.form select")
        if one.select_one("[selected]")
    }
    week = {f"cover_{place}": str(number) for place, number in enumerate((2, 2, 2, 2, 2, 1, 0))}
    sent["department"] = str(ward.department.public_id)
    assert browser.post(address, sent | week | {"cover_6": ""}).status_code == 422
    assert browser.post(address, sent | week).status_code == 302
    with ward.tenant.transaction():
        assert Assignment.objects.get(id=ward.day.id).cover == [2, 2, 2, 2, 2, 1, 0]


# (method, address, its argument, answers of viewer, provider, scheduler of the department, administrator, IT)
TABLE = [
    ("GET", "rules", None, (403, 403, 200, 200, 403)),
    ("GET", "rules-csv", None, (403, 403, 200, 200, 403)),
    ("GET", "rule-new", None, (403, 403, 200, 200, 403)),
    ("POST", "rule-new", None, (403, 403, 200, 200, 403)),
    ("GET", "rule-pack", None, (403, 403, 200, 200, 403)),
    ("POST", "rule-pack", None, (403, 403, 422, 422, 403)),
    ("GET", "rule", "own", (403, 403, 200, 200, 403)),
    ("POST", "rule", "own", (403, 403, 302, 302, 403)),
    ("GET", "rule", "foreign", (403, 403, 403, 200, 403)),
    ("POST", "rule", "foreign", (403, 403, 403, 302, 403)),
    ("GET", "rule", "whole", (403, 403, 200, 200, 403)),
    ("POST", "rule", "whole", (403, 403, 403, 302, 403)),
    ("GET", "rule-finds", "own", (403, 403, 200, 200, 403)),
    ("GET", "rule-finds", "foreign", (403, 403, 403, 200, 403)),
    ("GET", "rule-finds", "whole", (403, 403, 200, 200, 403)),
    ("POST", "rule-switch", "own", (403, 403, 302, 302, 403)),
    ("POST", "rule-switch", "foreign", (403, 403, 403, 302, 403)),
    ("POST", "rule-switch", "whole", (403, 403, 403, 302, 403)),
    ("GET", "department-compatibility", "department", (403, 403, 200, 200, 403)),
    ("POST", "department-compatibility", "department", (403, 403, 302, 302, 403)),
    ("GET", "department-compatibility", "radiology", (403, 403, 403, 200, 403)),
    ("POST", "department-compatibility", "radiology", (403, 403, 403, 302, 403)),
    ("GET", "assignment-eligible", "day", (403, 403, 200, 200, 403)),
    ("POST", "assignment-eligible", "day", (403, 403, 302, 302, 403)),
    ("GET", "assignment-eligible", "read", (403, 403, 403, 200, 403)),
    ("POST", "assignment-eligible", "read", (403, 403, 403, 302, 403)),
    ("GET", "assignment-eligible-csv", "day", (403, 403, 200, 200, 403)),
    ("GET", "assignment-eligible-csv", "read", (403, 403, 403, 200, 403)),
    ("GET", "person-assignments", "elena", (403, 403, 200, 200, 403)),
    ("POST", "person-assignments", "elena", (403, 403, 302, 302, 403)),
]


@pytest.mark.parametrize(
    ("method", "name", "argument", "answers"), TABLE, ids=[f"{row[0]} {row[1]} {row[2] or ''}" for row in TABLE]
)
def test_every_role_at_every_address(
    ward: Ward, owner_cursor, method: str, name: str, argument: str, answers: Any
) -> None:
    ids = {one: getattr(ward, one).public_id for one in ("department", "radiology", "day", "read", "elena")}
    with ward.tenant.transaction():
        for key, department in (("own", ward.department), ("foreign", ward.radiology), ("whole", None)):
            ids[key] = ward.rule_in(department).public_id
    data = {**REST, "act": "mode", "only": "1", "on": "0"} if method == "POST" else {}
    got = []
    for role in ROLES:
        client = ward.tenant.client(role)
        before = fingerprint(ward)
        response = getattr(client, method.lower())(reverse(name, args=[ids[argument]] if argument else []), data)
        got.append(response.status_code)
        if response.status_code == 403:
            assert fingerprint(ward) == before
    assert tuple(got) == answers


def fingerprint(ward: Ward) -> list[Any]:
    """All that this room writes."""
    with ward.tenant.transaction():
        return [
            *Rule.objects.order_by("id").values_list(), *RuleScope.objects.order_by("id").values_list(),
            *AssignmentEligibility.objects.order_by("id").values_list(),
            *Assignment.objects.order_by("id").values_list("id", "eligible_only_listed"),
            ChangeEntry.objects.count(),
        ]  # fmt: skip


def test_a_scheduler_makes_no_rule_elsewhere_by_form(ward: Ward, browser: Client) -> None:
    for place in ("everywhere", str(ward.radiology.public_id)):
        assert browser.post(reverse("rule-new") + "?kind=rest", here(ward, department=place)).status_code == 422
    assert rules(ward) == []
