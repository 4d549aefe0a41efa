"""The checks K1 to K7, decided by the real solver."""

from __future__ import annotations

import itertools

import pytest

from setsquare.adapters.z3_solver import Z3Solver
from setsquare.spec.ears import parse
from setsquare.spec.formal.checking import consistency
from setsquare.spec.formal.verdict import Claim, Consistency
from setsquare.spec.formal.vocabulary import read_vocabulary
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.requirements import read_requirements

pytest.importorskip("z3")

UPLOAD = """
[variables]
upload_mb = { type = "real", unit = "MB", min = 0, phrases = ["the upload"] }
accept = { type = "bool" }
reject = { type = "bool" }
session_expired = { type = "bool" }
resp_ms = { type = "real", min = 0 }
[atoms]
"accept the upload" = "accept"
"reject the upload" = "reject"
"the session is expired" = "session_expired"
"respond within 50 ms" = "resp_ms <= 50"
"respond in 100 ms or more" = "resp_ms >= 100"
[facts]
F1 = "not (accept and reject)"
"""


def checked(*sentences: str, vocabulary: str = "", steps: int = 1) -> Consistency:
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate(sentences, 1))
    document = scan(RelPath("r.md"), f"# R\n## Requirements\n### Requirement 1\n#### Acceptance Criteria\n{listed}".encode())
    criteria = read_requirements(document).criteria
    known = read_vocabulary(vocabulary)
    assert known.problems == ()
    return consistency([(item, parse(item.text)) for item in criteria], known, Z3Solver().evaluate, steps)


def claims(found: Consistency, claim: Claim) -> list[tuple[str, ...]]:
    return [verdict.criteria for verdict in found.verdicts if verdict.claim is claim]


# req: spec-engine/5.3
def test_a_satisfiable_set_can_hold_three_conflicting_pairs() -> None:
    found = checked(
        "WHEN the upload is at most 10 MB, THE Store SHALL accept the upload",
        "IF the upload is greater than 8 MB, THEN THE Store SHALL reject the upload",
        "WHILE the session is expired, THE Store SHALL reject the upload and respond within 50 ms",
        "THE Store SHALL respond in 100 ms or more",
        "THE Store SHALL be blue",
        vocabulary=UPLOAD,
    )
    assert claims(found, Claim.CONFLICT) == [("1.1", "1.2"), ("1.1", "1.3"), ("1.3", "1.4")]
    first = found.verdicts[0]
    assert first.witness == (("upload_mb", "9 MB"),)
    assert first.facts == ("F1",)
    assert "“the upload is at most 10 MB” is upload_mb <= 10" in first.mapping
    assert found.verdicts[2].facts == ()
    assert (len(found.mapped), found.not_analysed) == (4, ("1.5",))


def test_equal_words_are_enough_for_a_contradiction() -> None:
    found = checked("WHEN the door opens THE Lamp SHALL glow", "When the door opens, the Lamp shall not glow")
    assert claims(found, Claim.CONFLICT) == [("1.1", "1.2")]
    assert found.textual == ("1.1", "1.2")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("WHEN the password is valid, THE Door SHALL open", "WHEN the password is invalid, THE Door SHALL NOT open"),
        ("WHEN the card is known, THE Door SHALL open", "IF the card is not known, THEN THE Door SHALL NOT open"),
        ("WHILE idle, THE Pump SHALL run", "WHILE draining, THE Pump SHALL NOT run"),
        ("WHEN a AND b, THE Door SHALL open", "WHEN a AND c, THE Door SHALL NOT open"),
    ],
)
# req: spec-engine/5.4
def test_nothing_is_claimed_of_different_conditions(one: str, two: str) -> None:
    found = checked(one, two)
    assert claims(found, Claim.CONFLICT) == []
    assert not any(verdict.claim in (Claim.VACUOUS, Claim.REDUNDANT) for verdict in found.verdicts)


def test_denied_conditions_never_meet() -> None:
    found = checked("WHEN the card is known, THE Door SHALL open", "IF the card is not known, THEN THE Door SHALL NOT open")
    assert found.verdicts == ()


def test_a_stronger_guard_conflicts_with_a_weaker_one() -> None:
    found = checked("WHEN a user calls AND the line is free, THE Desk SHALL answer", "WHEN a user calls, THE Desk SHALL NOT answer")
    assert claims(found, Claim.CONFLICT) == [("1.1", "1.2")]


def test_bounds_on_one_response_are_compared() -> None:
    found = checked(
        "WHEN asked, THE Desk SHALL reply within 200 ms",
        "WHEN asked, THE Desk SHALL NOT reply within 0.3 seconds",
        "WHEN asked, THE Desk SHALL reply within 1 second",
    )
    assert claims(found, Claim.CONFLICT) == [("1.1", "1.2")]
    assert claims(found, Claim.REDUNDANT) == [("1.1", "1.3")]


def test_a_guard_against_the_facts_never_applies() -> None:
    found = checked("IF the upload is less than 0 MB, THEN THE Store SHALL reject the upload", vocabulary=UPLOAD)
    assert claims(found, Claim.VACUOUS) == [("1.1",)]


def test_a_gap_in_a_total_variable_has_a_witness() -> None:
    found = checked(
        "WHEN the upload is at most 8 MB, THE Store SHALL accept the upload",
        "IF the upload is greater than 10 MB, THEN THE Store SHALL reject the upload",
        vocabulary='total = ["upload_mb"]\n' + UPLOAD,
    )
    gap = next(verdict for verdict in found.verdicts if verdict.claim is Claim.GAP)
    value = float(gap.witness[0][1].removesuffix(" MB"))
    assert 8 < value <= 10


def test_an_overlap_is_a_question() -> None:
    vocabulary = UPLOAD.replace("[atoms]", 'log = { type = "bool" }\n[atoms]\n"log the upload" = "log and not reject"')
    found = checked(
        "WHEN the upload is greater than 8 MB, THE Store SHALL log the upload",
        "WHEN the upload is greater than 9 MB, THE Store SHALL accept the upload",
        vocabulary=vocabulary,
    )
    overlap = next(verdict for verdict in found.verdicts if verdict.check == "K5")
    assert overlap.claim is Claim.OVERLAP
    assert overlap.question.count("(a)") == overlap.question.count("(b)") == 1


def test_parts_must_fit_into_the_whole() -> None:
    sentences = (
        "WHEN asked, THE Desk SHALL look it up within 150 ms",
        "WHEN found, THE Desk SHALL write it down within 0.2 s",
        "WHEN asked, THE Desk SHALL reply within 300 ms",
    )
    deadline = '[[deadlines]]\nwhole = "1.3"\nparts = ["1.1", "1.2"]'
    assert claims(checked(*sentences, vocabulary=deadline), Claim.DEADLINE) == [("1.3", "1.1", "1.2")]
    relaxed = (*sentences[:2], "WHEN asked, THE Desk SHALL reply within 350 ms")
    assert claims(checked(*relaxed, vocabulary=deadline), Claim.DEADLINE) == []
    assert claims(checked(*sentences, vocabulary=deadline.replace("1.2", "9.9")), Claim.UNKNOWN) == [("1.3", "1.1", "9.9")]


def test_three_that_fit_in_pairs_can_fail_together() -> None:
    vocabulary = """
    [variables]
    a = { type = "real", min = 0 }
    b = { type = "real", min = 0 }
    [atoms]
    "keep a above b" = "a > b + 1"
    "keep b above five" = "b > 5"
    "keep a below six" = "a < 6"
    "be calm" = "a >= 0"
    """
    found = checked(
        "THE Pump SHALL keep a above b",
        "THE Pump SHALL keep b above five",
        "THE Pump SHALL keep a below six",
        "THE Pump SHALL be calm",
        vocabulary=vocabulary,
    )
    assert claims(found, Claim.CONFLICT) == [("1.1", "1.2", "1.3")]


def test_realizability_sees_what_no_pair_shows() -> None:
    vocabulary = """
    [variables]
    level = { type = "real", min = 0, max = 100, input = true, phrases = ["the level"] }
    flow = { type = "real", min = 0, max = 10 }
    [atoms]
    "match the flow to the level" = "flow = level"
    """
    found = checked("THE Pump SHALL match the flow to the level", vocabulary=vocabulary)
    verdict = next(verdict for verdict in found.verdicts if verdict.check == "K7")
    assert float(verdict.witness[0][1]) > 10


def test_realizability_looks_ahead() -> None:
    vocabulary = """
    [variables]
    go = { type = "bool" }
    speed = { type = "int", min = 0, max = 4, phrases = ["the speed"] }
    [atoms]
    "gain speed" = "speed >= prev(speed) + 2"
    [facts]
    """
    for steps, expected in ((1, []), (3, ["K7"])):
        found = checked("THE Car SHALL gain speed", vocabulary=vocabulary, steps=steps)
        assert [verdict.check for verdict in found.verdicts if verdict.claim is Claim.UNREALIZABLE] == expected


SUBJECTS = ("Gate", "Pump", "Desk", "Relay", "Valve")
DEEDS = ("open the lock", "send a report", "write a record", "sound the horn", "close the line")
EVENTS = ("a key is turned", "the timer ends", "a call comes in", "the level rises", "power returns")
SEEDED = list(itertools.product(SUBJECTS, DEEDS, EVENTS))


def test_seeded_contradictions_are_found() -> None:
    found = 0
    for subject, deed, event in SEEDED:
        pairs = (
            (f"WHEN {event}, THE {subject} SHALL {deed}", f"When {event} then the {subject} shall not {deed}."),
            (
                f"WHEN {event}, THE {subject} SHALL {deed} within 2 seconds",
                f"WHEN {event} THEN THE {subject} SHALL NOT {deed} within 2500 ms",
            ),
        )
        found += sum(bool(claims(checked(*pair), Claim.CONFLICT)) for pair in pairs)
    assert found / (2 * len(SEEDED)) >= 0.95


def test_disjoint_guards_are_never_called_a_conflict() -> None:
    vocabulary = """
    [variables]
    level = { type = "real", min = 0, phrases = ["the level"] }
    state = { type = "enum", values = ["idle", "busy"] }
    [atoms]
    "the system is idle" = "state = idle"
    "the system is busy" = "state = busy"
    """
    guards = (
        ("the level is below 5", "the level is at least 5"),
        ("the level is at most 3", "the level exceeds 3"),
        ("the system is idle", "the system is busy"),
        ("the key is turned", "the key is not turned"),
        ("a key is there", "no key is there"),
    )
    for (one, two), subject, deed in itertools.product(guards, SUBJECTS, DEEDS):
        found = checked(f"WHEN {one}, THE {subject} SHALL {deed}", f"WHEN {two}, THE {subject} SHALL NOT {deed}", vocabulary=vocabulary)
        assert claims(found, Claim.CONFLICT) == []


def test_the_same_input_gives_the_same_answer() -> None:
    sentences = ("WHEN the upload is at most 10 MB, THE Store SHALL accept the upload", "THE Store SHALL reject the upload")
    assert checked(*sentences, vocabulary=UPLOAD) == checked(*sentences, vocabulary=UPLOAD)
