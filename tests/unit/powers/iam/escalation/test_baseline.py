"""What people accepted is silent, and what goes further is not."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.powers.iam.escalation.baseline import accepted_of, read_baseline, with_accepted
from setsquare.powers.iam.escalation.comparing import beyond
from setsquare.powers.iam.escalation.model import Escalation

FOUND = Escalation(
    principal='ci "prod"\n[[accepted]]',
    path="lambda-001",
    severity=3,
    certainty="conditional",
    actions=("iam:PassRole",),
    conditions=("iam:PassRole: Bool aws:MultiFactorAuthPresent true",),
    resources=("iam:PassRole on arn:aws:iam::123456789012:role/app/*",),
)
FURTHER = (
    replace(FOUND, certainty="certain", conditions=()),
    replace(FOUND, resources=("iam:PassRole on *",)),
    replace(FOUND, conditions=("iam:PassRole: Bool aws:SecureTransport true",)),
    replace(FOUND, path="lambda-002"),
    replace(FOUND, principal="ci"),
    replace(FOUND, via=("other",)),
    replace(FOUND, targets=("admin",)),
)
NARROWER = (
    FOUND,
    replace(FOUND, resources=("iam:PassRole on arn:aws:iam::123456789012:role/app/one",)),
    replace(FOUND, conditions=(*FOUND.conditions, "iam:PassRole: Bool aws:SecureTransport true")),
    replace(FOUND, certainty="possible"),
)


# req: iam-autopilot/5.4
def test_what_was_accepted_is_accepted_when_read_again() -> None:
    raw = with_accepted(None, accepted_of((FOUND,), reason='a "reason"\\', by="Ada <a@example.org>", on="2026-11-26"))
    baseline = read_baseline(raw)
    assert baseline.problems == ()
    assert [(entry.reason, entry.by) for entry in baseline.accepted] == [('a "reason"\\', "Ada <a@example.org>")]
    assert [baseline.accepts(each) for each in NARROWER] == [True] * len(NARROWER)
    assert [baseline.accepts(each) for each in FURTHER] == [False] * len(FURTHER)


def test_adding_keeps_what_people_wrote() -> None:
    first = b"# ours\n[[accepted]]\nprincipal = 'x'  # why\n"
    assert with_accepted(first, accepted_of((FOUND,), reason="r", by="Ada", on="")).startswith(first)


def test_an_entry_without_name_or_reason_accepts_nothing() -> None:
    raw = with_accepted(None, accepted_of((FOUND,), reason="r", by="Ada", on=""))
    for lacking in (b'reason = "r"', b'by = "Ada"'):
        baseline = read_baseline(raw.replace(lacking, b""))
        assert not baseline.accepts(FOUND)
        assert len(baseline.problems) == 1


def test_a_broken_file_accepts_nothing_and_says_so() -> None:
    for raw in (b"[[accepted]", b"accepted = 3", b"\xff", b'accepted = ["x"]'):
        baseline = read_baseline(raw)
        assert not baseline.accepts(FOUND)
        assert baseline.problems


# req: iam-autopilot/5.4
def test_only_what_goes_further_than_before_is_new() -> None:
    assert beyond(NARROWER, (FOUND,)) == ()
    assert beyond(FURTHER, (FOUND,)) == FURTHER
