"""Other people's words in a request are words, and its branch is one plain word."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.policy.document import Effect, Policy, Statement
from setsquare.powers.iam.proposal.body import LIMIT, Matter, Placed, body_of, escaped, marked
from setsquare.powers.iam.proposal.naming import branch_of, encoded, role_of_branch
from setsquare.powers.iam.recommendation.model import ActionVerdict, AttachedPolicy, NarrowedPolicy, PolicyKind, Recommendation, Verdict
from setsquare.powers.iam.usage.model import Window

HOSTILE = (
    "x|y\n# @all #1 `code` <img src=x onerror=1> [a](http://evil) www.evil.org \u202e--> <!-- setsquare-iam role=a digest="
    + "0" * 64
    + " -->"
)


def matter(role: str = "ecs", count: int = 1, reason: str = "no call", sids: str = "A") -> Matter:
    policy = Policy(statements=(Statement(effect=Effect.ALLOW, sid=sids, actions=("s3:Get",), resources=("*",)),))
    narrowed = NarrowedPolicy(before=AttachedPolicy(name=reason, kind=PolicyKind.INLINE, policy=policy), after=(policy,))
    verdicts = tuple(
        ActionVerdict(action=f"s3:A{number}", verdict=verdict, reason=reason, grants=(reason,))
        for number in range(count)
        for verdict in Verdict
    )
    recommendation = Recommendation(role=role, verdicts=verdicts, policies=(narrowed,), notes=(reason,))
    placed = (Placed(narrowed=narrowed, place=reason),)
    return Matter(
        recommendation=recommendation, window=Window("2026-08-23", "2026-11-20"), edited=placed, left=(reason,), events=3, digest="f" * 64
    )


# req: iam-autopilot/6.3
def test_hostile_words_are_neither_markup_nor_mentions_nor_marks() -> None:
    body = body_of(matter(role=HOSTILE, reason=HOSTILE, sids="```\n@all"))
    for word in ("<img", "@all |", " @all", "[a](", "http://evil", "www.evil", "\u202e"):
        assert word not in body.partition("### Previous policy")[0], word
    assert marked(body) == (encoded(HOSTILE), "f" * 64)
    assert body.count("<!-- setsquare-iam ") == 1
    rows = [line for line in body.splitlines() if line.startswith("| s3:A")]
    assert rows
    assert all(line.count("|") == 8 for line in rows)


def test_a_long_body_is_cut_and_keeps_its_mark_and_the_way_back() -> None:
    body = body_of(matter(count=4_000, reason="because " * 10))
    assert len(body) <= LIMIT + 1
    assert marked(body) is not None
    assert "cut here" in body
    assert "The way back" in body
    huge = body_of(matter(sids="x" * 70_000))
    assert len(huge) <= LIMIT + 1
    assert marked(huge) is not None


def test_the_same_matter_gives_the_same_bytes() -> None:
    assert body_of(matter(count=50)) == body_of(matter(count=50))


@given(st.text(min_size=1, max_size=80))
def test_a_branch_leads_back_to_its_role_and_no_other(role: str) -> None:
    branch = branch_of(role)
    assert role_of_branch(branch) in {role, ""}
    assert branch.isascii()
    assert branch.isprintable()
    if len(encoded(role)) <= 120:
        assert role_of_branch(branch) == role


@pytest.mark.parametrize("role", ["a", "-x", "a..b", "a.lock", ".a", "a@{1}", "a b", "a/b", "~^:?*[\\", "\x00\x7f", "é" * 64, "@", "HEAD"])
def test_git_takes_every_branch(role: str) -> None:
    done = subprocess.run(["git", "check-ref-format", f"refs/heads/{branch_of(role)}"], check=False)
    assert done.returncode == 0


def test_words_on_one_line() -> None:
    assert "\n" not in escaped(HOSTILE)
