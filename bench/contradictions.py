"""Two made suites for the consistency checks: criteria that contradict each other, and criteria whose conditions never meet.

Both are made of other words than the tests of the checks, and each pair is checked alone, with the vocabulary below.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from setsquare.spec.ears import parse
from setsquare.spec.formal.checking import consistency
from setsquare.spec.formal.verdict import Claim
from setsquare.spec.formal.vocabulary import read_vocabulary
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.wire import solver_here
from setsquare.workspace.requirements import read_requirements

SUBJECTS = ("Ledger", "Elevator", "Booking Service", "Thermostat")
DEEDS = ("post the entry", "hold the doors", "confirm the seat", "start the fan")
EVENTS = ("an order arrives", "the badge is read", "a visitor signs in", "the schedule changes")
SEEDS: tuple[tuple[str, str], ...] = (
    ("WHEN {event}, THE {subject} SHALL {deed}", "WHEN {event}, THE {subject} SHALL NOT {deed}"),
    ("WHEN {event} THEN THE {subject} SHALL {deed}", "When {event}, the {subject} shall never {deed}."),
    ("THE {subject} SHALL {deed}", "IF {event}, THEN THE {subject} SHALL NOT {deed}"),
    ("WHEN {event}, THE {subject} SHALL {deed} within 3 seconds", "WHEN {event}, THE {subject} SHALL NOT {deed} within 5000 ms"),
    ("WHEN {event} AND the hall is dark, THE {subject} SHALL {deed}", "WHEN {event}, THE {subject} SHALL NOT {deed}"),
    ("WHEN the load is above 10 kg, THE {subject} SHALL {deed}", "WHEN the load is below 20 kg, THE {subject} SHALL NOT {deed}"),
)
GUARDS: tuple[tuple[str, str], ...] = (
    ("the load is above 20 kg", "the load is at most 20 kg"),
    ("the load is less than 5 kg", "the load exceeds 5 kg"),
    ("the plant is heating", "the plant is cooling"),
    ("the badge is read", "the badge is not read"),
    ("the request is valid", "the request is invalid"),
    ("a visitor is present", "no visitor is present"),
)
VOCABULARY = """
[variables]
load = { type = "real", unit = "kg", min = 0, phrases = ["the load"] }
mode = { type = "enum", values = ["heating", "cooling"] }
[atoms]
"the plant is heating" = "mode = heating"
"the plant is cooling" = "mode = cooling"
"""


def seeded() -> tuple[int, int]:
    """Count the contradictions that are found, and all."""
    return _conflicts(
        tuple(part.format(event=event, subject=subject, deed=deed) for part in seed)
        for seed, subject, deed, event in itertools.product(SEEDS, SUBJECTS, DEEDS, EVENTS)
    )


def disjoint() -> tuple[int, int]:
    """Count the conflicts that are claimed of conditions that never meet, and the pairs."""
    return _conflicts(
        (f"WHEN {one}, THE {subject} SHALL {deed}", f"WHEN {two}, THE {subject} SHALL NOT {deed}")
        for (one, two), subject, deed in itertools.product(GUARDS, SUBJECTS, DEEDS)
    )


def _conflicts(pairs: Iterable[tuple[str, ...]]) -> tuple[int, int]:
    """Count the pairs of which a conflict is claimed."""
    known, solver = read_vocabulary(VOCABULARY), solver_here()
    found = total = 0
    for pair in pairs:
        listed = "".join(f"{number}. {text}\n" for number, text in enumerate(pair, 1))
        document = scan(RelPath("requirements.md"), f"# R\n## Requirements\n### Requirement 1\n#### Acceptance Criteria\n{listed}".encode())
        criteria = [(item, parse(item.text)) for item in read_requirements(document).criteria]
        total += 1
        found += any(verdict.claim is Claim.CONFLICT for verdict in consistency(criteria, known, solver.evaluate, 1).verdicts)
    return found, total
