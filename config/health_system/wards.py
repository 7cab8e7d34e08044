"""The twelve departments of the demo health system, as tables.

A line of tasks reads: code | name | type | hours | people needed, Monday to Sunday | who | days in a row | hue. "Who" names personnel
types; a fraction behind it asks for a list of eligible people of that part of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

EASTERN, CENTRAL = "America/New_York", "America/Chicago"


@dataclass(frozen=True)
class Task:
    """One assignment: whom it takes, and for how many days in a row the same person keeps it."""

    code: str
    name: str
    kind: str
    start: time
    end: time
    need: tuple[int, ...]
    who: str
    part: tuple[int, int]
    block: int


@dataclass(frozen=True)
class Ward:
    """One department: its people by type, its phones and agencies, its tasks."""

    code: str
    name: str
    zone: str
    staff: dict[str, int]
    placeholders: tuple[tuple[str, str], ...]
    tasks: tuple[Task, ...]


# Assignment type → hue; Off has none.
KINDS = {
    "Call": "iris",
    "Working": "azure",
    "Clinic": "spruce",
    "Backup": "honey",
    "Night": "orchid",
    "Consult": "lagoon",
    "Procedures": "rose",
    "Teaching": "olive",
    "Administrative": "clay",
    "Off": "",
}
_LINE = re.compile(
    r"(?P<code>\S+) \| (?P<name>[^|]+?) +\| (?P<kind>\w+) +\| (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d) "
    r"\| (?P<need>\d{7}) \| (?P<who>\w+)(?: (?P<part>\d/\d))? +\| (?P<block>\d)"
)


def _tasks(table: str) -> tuple[Task, ...]:
    made = []
    for line in table.strip().splitlines():
        found = _LINE.fullmatch(re.sub(r" +\|", " |", line.strip()))
        assert found is not None, f"not a task: {line!r}"
        one, of = (found["part"] or "1/1").split("/")
        made.append(
            Task(
                code=found["code"],
                name=found["name"].strip(),
                kind=found["kind"],
                start=time.fromisoformat(found["start"]),
                end=time.fromisoformat(found["end"]),
                need=tuple(map(int, found["need"])),
                who=found["who"],
                part=(int(one), int(of)),
                block=int(found["block"]),
            )
        )
    return tuple(made)


OFF = """
VAC | Vacation | Off | 00:00-00:00 | 0000000 | any | 1
CME | Conference | Off | 00:00-00:00 | 0000000 | any | 1
"""

WARDS = (
    Ward(
        "ANES", "Anesthesiology", EASTERN, {"Physician": 28, "CRNA": 22},
        (("Anesthesia call phone", "555-0140"), ("Peds anesthesia phone", "555-0141"), ("Locum agency, anesthesia", "555-0142")),
        _tasks("""
C1 | OR Call 1 | Call | 07:00-07:00 | 1111111 | Physician | 1
C2 | OR Call 2 | Call | 07:00-07:00 | 1111111 | Physician | 1
OB | OB Call | Call | 07:00-07:00 | 1111111 | Physician 2/3 | 1
CARD | Cardiac Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 1
PEDC | Peds Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 1
LEAD | Floor Lead | Working | 06:00-15:00 | 1111100 | Physician 1/2 | 1
POD | OR Pod A | Working | 07:00-16:00 | 1111100 | Physician | 1
PODB | OR Pod B | Working | 07:00-16:00 | 1111100 | Physician | 1
CRM | Cardiac Room | Working | 06:00-16:00 | 1111100 | Physician 1/3 | 1
NORA | NORA / MRI | Working | 07:00-16:00 | 1111100 | Physician | 1
ENDO | Endoscopy | Procedures | 07:00-15:00 | 1111100 | Physician | 1
L1 | Late 1 | Working | 11:00-21:00 | 1111100 | Physician | 1
CD | CRNA Day | Working | 07:00-19:00 | 4444422 | CRNA | 1
CN | CRNA Night | Night | 19:00-07:00 | 1111111 | CRNA | 3
PRE | Preop Clinic | Clinic | 08:00-16:00 | 1111100 | Physician | 1
"""),
    ),
    Ward(
        "CARD", "Cardiology", EASTERN, {"Physician": 18, "Fellow": 6, "NP": 4},
        (("Cath lab desk", "555-0220"), ("Device clinic line", "555-0221"), ("Cardiology answering service", "555-0222")),
        _tasks("""
STEMI | STEMI Call | Call | 17:00-07:00 | 1111111 | Physician 1/2 | 1
GEN | General Call | Call | 17:00-07:00 | 1111111 | Physician | 1
BACK | STEMI Backup | Backup | 17:00-07:00 | 1111111 | Physician 1/2 | 1
CATH | Cath Lab 1 | Procedures | 07:00-17:00 | 1111100 | Physician 1/2 | 1
CATH2 | Cath Lab 2 | Procedures | 07:00-17:00 | 1111100 | Physician 1/2 | 1
EP | EP Lab | Procedures | 07:00-17:00 | 1111100 | Physician 1/3 | 1
ECHO | Echo Reading | Working | 08:00-17:00 | 1111100 | Physician | 1
CCU | CCU Attending | Working | 07:00-19:00 | 1111111 | Physician | 7
CCUN | CCU Night | Night | 19:00-07:00 | 1111111 | Fellow | 3
CON | Consults | Consult | 08:00-17:00 | 1111111 | Fellow | 5
CLIN | Clinic A | Clinic | 08:00-17:00 | 2222200 | Physician | 1
HF | Heart Failure Clinic | Clinic | 08:00-17:00 | 1010100 | NP | 1
STRS | Stress Lab | Working | 08:00-16:00 | 1111100 | NP | 1
"""),
    ),
    Ward(
        "SURG", "General Surgery", EASTERN, {"Physician": 14, "Resident": 14, "PA": 4},
        (("Trauma activation phone", "555-0310"), ("Surgery resident pager pool", "555-0311"), ("Surgery service", "555-0312")),
        _tasks("""
TRA | Trauma Call | Call | 07:00-07:00 | 1111111 | Physician | 1
TRB | Trauma Backup | Backup | 07:00-07:00 | 1111111 | Physician | 1
ACS | Acute Care Surgery | Working | 07:00-17:00 | 1111111 | Physician | 7
OR1 | Elective OR 1 | Procedures | 07:00-17:00 | 1111100 | Physician | 1
OR2 | Elective OR 2 | Procedures | 07:00-17:00 | 1111100 | Physician | 1
COLO | Colonoscopy | Procedures | 07:00-15:00 | 0101000 | Physician 1/2 | 1
CLIN | Surgery Clinic | Clinic | 08:00-17:00 | 1111100 | Physician | 1
SR | Senior Resident | Call | 06:00-18:00 | 1111111 | Resident 1/2 | 6
JR | Junior Resident | Working | 06:00-18:00 | 2222211 | Resident 1/2 | 6
NF | Night Float | Night | 18:00-06:00 | 1111111 | Resident | 6
CONF | Teaching Conference | Teaching | 07:00-09:00 | 0001000 | Physician | 1
PAF | Floor PA | Working | 07:00-19:00 | 1111111 | PA | 3
WND | Wound Clinic | Clinic | 08:00-12:00 | 0100100 | PA | 1
"""),
    ),
    Ward(
        "ORTHO", "Orthopedics", EASTERN, {"Physician": 14, "PA": 5},
        (("Ortho on-call phone", "555-0330"), ("Cast room", "555-0331")),
        _tasks("""
CALL | Ortho Call | Call | 07:00-07:00 | 1111111 | Physician | 1
HAND | Hand Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 3
SPINE | Spine Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 7
BACK | Ortho Backup | Backup | 17:00-07:00 | 1111111 | Physician | 1
TR | Trauma Room | Procedures | 07:00-15:00 | 1111111 | Physician | 1
JNT | Joint Replacement | Procedures | 07:00-17:00 | 1101100 | Physician 1/2 | 1
SPT | Sports Medicine | Clinic | 08:00-17:00 | 1010100 | Physician 1/2 | 1
FRAC | Fracture Clinic | Clinic | 08:00-16:00 | 1111100 | Physician | 1
PAR | Rounding PA | Working | 06:00-14:00 | 1111111 | PA | 4
PAO | OR Assist | Working | 07:00-17:00 | 1111100 | PA | 1
PAC | Clinic PA | Clinic | 08:00-17:00 | 1010100 | PA | 1
PEDO | Pediatric Ortho Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 7
"""),
    ),
    Ward(
        "NEURO", "Neurology and Stroke", EASTERN, {"Physician": 16, "NP": 3},
        (("Telestroke cart", "555-0410"), ("Stroke activation phone", "555-0411")),
        _tasks("""
STR | Stroke Call | Call | 08:00-08:00 | 1111111 | Physician 1/2 | 1
STB | Stroke Backup | Backup | 08:00-08:00 | 1111111 | Physician 1/2 | 1
GEN | Neurology Call | Call | 17:00-08:00 | 1111111 | Physician | 1
EEG | EEG Reading | Working | 08:00-17:00 | 1111100 | Physician 1/3 | 1
EMU | Epilepsy Unit | Working | 08:00-17:00 | 1111111 | Physician 1/3 | 7
INP | Inpatient Neurology | Working | 07:00-19:00 | 1111111 | Physician | 7
TELE | Telestroke | Consult | 08:00-20:00 | 1111111 | Physician | 1
CLIN | Neurology Clinic | Clinic | 08:00-17:00 | 2222200 | Physician | 1
MOV | Movement Disorders Clinic | Clinic | 08:00-17:00 | 0101000 | Physician 1/3 | 1
NPD | Stroke NP | Working | 07:00-19:00 | 1111111 | NP | 3
LP | Procedure Service | Procedures | 08:00-16:00 | 1010100 | Physician | 1
"""),
    ),
    Ward(
        "HM", "Hospital Medicine", EASTERN, {"Physician": 30, "NP": 6},
        (("Hospitalist admit phone", "555-0510"), ("Transfer center", "555-0511"), ("Locum agency, hospitalist", "555-0512")),
        _tasks("""
ADM | Admitting 1 | Working | 07:00-19:00 | 1111111 | Physician | 7
ADM2 | Admitting 2 | Working | 10:00-22:00 | 1111111 | Physician | 7
T1 | Team 1 | Working | 07:00-19:00 | 1111111 | Physician | 7
T2 | Team 2 | Working | 07:00-19:00 | 1111111 | Physician | 7
T3 | Team 3 | Working | 07:00-19:00 | 1111111 | Physician | 7
T4 | Team 4 | Working | 07:00-19:00 | 1111111 | Physician | 7
OBS | Observation Unit | Working | 07:00-19:00 | 1111111 | Physician | 7
TCH | Teaching Service | Teaching | 07:00-17:00 | 1111111 | Physician 1/3 | 7
N1 | Nocturnist 1 | Night | 19:00-07:00 | 1111111 | Physician 1/3 | 7
N2 | Nocturnist 2 | Night | 19:00-07:00 | 1111111 | Physician 1/3 | 7
CODE | Code Leader | Call | 07:00-19:00 | 1111111 | Physician 1/2 | 1
JEO | Jeopardy | Backup | 07:00-07:00 | 1111111 | Physician | 1
NPD | Cross Cover NP | Working | 07:00-19:00 | 1111111 | NP | 3
NPN | Night NP | Night | 19:00-07:00 | 1111111 | NP | 3
PERI | Perioperative Consults | Consult | 08:00-17:00 | 1111100 | Physician | 1
"""),
    ),
    Ward(
        "OBGYN", "Obstetrics and Gynecology", EASTERN, {"Physician": 18, "Midwife": 7},
        (("Labor and delivery desk", "555-0610"), ("OB triage phone", "555-0611"), ("MFM outreach line", "555-0612")),
        _tasks("""
LD | Labor and Delivery | Call | 07:00-07:00 | 1111111 | Physician | 1
LDB | L&D Backup | Backup | 07:00-07:00 | 1111111 | Physician | 1
GYN | Gynecology Call | Call | 17:00-07:00 | 1111111 | Physician | 1
MFM | Maternal Fetal Medicine | Consult | 08:00-17:00 | 1111100 | Physician 1/3 | 5
MFMC | MFM Call | Call | 17:00-08:00 | 1111111 | Physician 1/3 | 7
OR | Gynecology OR | Procedures | 07:00-16:00 | 1111100 | Physician | 1
CS | Scheduled Cesareans | Procedures | 07:00-12:00 | 1111100 | Physician | 1
CLIN | OB Clinic | Clinic | 08:00-17:00 | 2222200 | Physician | 1
GYNC | Gynecology Clinic | Clinic | 08:00-17:00 | 1111100 | Physician | 1
CNMD | Midwife Day | Working | 07:00-19:00 | 1111111 | Midwife | 2
CNMN | Midwife Night | Night | 19:00-07:00 | 1111111 | Midwife | 2
US | Ultrasound | Working | 08:00-16:00 | 1010100 | Physician 1/3 | 1
"""),
    ),
    Ward(
        "PEDS", "Pediatrics", EASTERN, {"Physician": 20, "NP": 4},
        (("PICU phone", "555-0710"), ("Newborn nursery desk", "555-0711")),
        _tasks("""
WARD | Pediatric Ward | Working | 07:00-19:00 | 1111111 | Physician | 7
PICU | PICU Day | Working | 07:00-19:00 | 1111111 | Physician 1/3 | 7
PICN | PICU Night | Night | 19:00-07:00 | 1111111 | Physician 1/3 | 3
NICU | NICU Day | Working | 07:00-19:00 | 1111111 | Physician 1/3 | 7
NICN | NICU Call | Call | 19:00-07:00 | 1111111 | Physician 1/3 | 1
NURS | Newborn Nursery | Working | 07:00-15:00 | 1111111 | Physician | 5
DEL | Delivery Attendance | Call | 15:00-07:00 | 1111111 | Physician | 1
PCALL | Pediatrics Call | Call | 17:00-07:00 | 1111111 | Physician | 1
SED | Sedation | Procedures | 07:00-15:00 | 1111100 | Physician 1/3 | 1
CLIN | Pediatric Clinic | Clinic | 08:00-17:00 | 2222200 | Physician | 1
CONT | Continuity Clinic | Teaching | 13:00-17:00 | 0101000 | Physician | 1
NPD | Pediatric NP | Working | 07:00-19:00 | 1111111 | NP | 3
"""),
    ),
    Ward(
        "RAD", "Radiology", EASTERN, {"Physician": 24, "Fellow": 3},
        (("Reading room", "555-0810"), ("IR call phone", "555-0811"), ("Overnight teleradiology", "555-0812")),
        _tasks("""
BODY | Body | Working | 07:00-16:00 | 2222200 | Physician | 1
NEUR | Neuro | Working | 07:00-16:00 | 1111100 | Physician 1/2 | 1
MSK | Musculoskeletal | Working | 07:00-16:00 | 1111100 | Physician 1/2 | 1
CHEST | Chest | Working | 07:00-16:00 | 1111100 | Physician | 1
MAMM | Mammography | Clinic | 07:00-16:00 | 1111100 | Physician 1/3 | 1
NUC | Nuclear Medicine | Working | 07:00-16:00 | 1111100 | Physician 1/3 | 1
PEDR | Pediatric Radiology | Working | 07:00-16:00 | 1111100 | Physician 1/3 | 1
IR | Interventional | Procedures | 07:00-17:00 | 1111100 | Physician 1/3 | 1
IRC | IR Call | Call | 17:00-07:00 | 1111111 | Physician 1/3 | 1
EVE | Evening | Working | 16:00-23:00 | 1111111 | Physician | 1
NIGHT | Overnight | Night | 23:00-07:00 | 1111111 | Physician 1/2 | 7
WKND | Weekend Day | Working | 07:00-16:00 | 0000022 | Physician | 1
PHYS | Protocols | Administrative | 08:00-16:00 | 1111100 | Fellow | 1
"""),
    ),
    Ward(
        "ICU", "Critical Care", EASTERN, {"Physician": 16, "Fellow": 6, "NP": 6},
        (("ICU charge phone", "555-0910"), ("eICU hub", "555-0911"), ("Rapid response phone", "555-0912")),
        _tasks("""
MICU | MICU A | Working | 07:00-19:00 | 1111111 | Physician | 7
MICB | MICU B | Working | 07:00-19:00 | 1111111 | Physician | 7
SICU | SICU | Working | 07:00-19:00 | 1111111 | Physician 1/2 | 7
NOC | ICU Night | Night | 19:00-07:00 | 1111111 | Physician | 4
EICU | eICU | Consult | 19:00-07:00 | 1111111 | Physician | 1
ECMO | ECMO Call | Call | 07:00-07:00 | 1111111 | Physician 1/2 | 1
FEL | Fellow Day | Teaching | 07:00-19:00 | 1111111 | Fellow | 6
FELN | Fellow Night | Night | 19:00-07:00 | 1111111 | Fellow | 4
RRT | Rapid Response | Call | 07:00-19:00 | 1111111 | NP | 3
RRTN | Rapid Response Night | Night | 19:00-07:00 | 1111111 | NP | 3
BRON | Bronchoscopy | Procedures | 08:00-14:00 | 0101000 | Physician 1/2 | 1
PULM | Pulmonary Clinic | Clinic | 08:00-17:00 | 1111100 | Physician | 1
"""),
    ),
    Ward(
        "LKHM", "Lakeside Hospital Medicine", CENTRAL, {"Physician": 14, "PA": 4},
        (("Lakeside house phone", "555-1010"), ("Lakeside transfer line", "555-1011"), ("Lakeside lab", "555-1012")),
        _tasks("""
A | Lakeside Team A | Working | 07:00-19:00 | 1111111 | Physician | 7
B | Lakeside Team B | Working | 07:00-19:00 | 1111111 | Physician | 7
C | Lakeside Swing | Working | 12:00-22:00 | 1111100 | Physician | 1
N | Lakeside Night | Night | 19:00-07:00 | 1111111 | Physician | 7
ICU | Lakeside ICU | Working | 07:00-19:00 | 1111111 | Physician 1/2 | 7
CALL | Lakeside Home Call | Call | 19:00-07:00 | 1111111 | Physician | 1
JEO | Lakeside Jeopardy | Backup | 07:00-07:00 | 1111111 | Physician | 1
PAD | Lakeside PA | Working | 07:00-19:00 | 1111111 | PA | 3
PROC | Lakeside Procedures | Procedures | 08:00-16:00 | 0101000 | Physician | 1
CLIN | Discharge Clinic | Clinic | 08:00-12:00 | 1010100 | PA | 1
"""),
    ),
)  # fmt: skip
