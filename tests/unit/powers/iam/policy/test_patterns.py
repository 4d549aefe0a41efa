"""Patterns: matched in linear time, and compared exactly, beside regular expressions on every short text."""

from __future__ import annotations

import itertools
import random
import re
import time

import pytest

from setsquare.powers.iam.policy.glob import Atom, Variable, Wild, compiled, in_segments, joined, wild_atoms
from setsquare.powers.iam.policy.patterns import (
    action_matches,
    arn_glob,
    arn_matches,
    covers,
    covers_action,
    overlaps,
    overlaps_action,
    variable_atoms,
)

SIGNS = {Wild.ONE: ".", Wild.ONE_IN_SEGMENT: "[^:]", Wild.ANY: ".*", Wild.ANY_IN_SEGMENT: "[^:]*"}
TEXTS = ["".join(letters) for length in range(6) for letters in itertools.product("ab:", repeat=length)]
WIDE = [*TEXTS, *(f"{text}z" for text in TEXTS[:200]), *(f"z{text}" for text in TEXTS[:200]), "zz", "zzz", "azza"]


def expression(pattern: str) -> re.Pattern[str]:
    atoms: tuple[Atom, ...] = in_segments(wild_atoms(pattern))
    return re.compile("".join([SIGNS[atom] if isinstance(atom, Wild) else re.escape(str(atom)) for atom in atoms]), re.DOTALL)


def made(count: int, seed: int, letters: str, longest: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311  (made patterns, nothing secret)
    return ["".join(draw.choice(letters) for _ in range(draw.randint(0, longest))) for _ in range(count)]


@pytest.mark.parametrize("seed", range(8))
def test_a_pattern_matches_as_its_expression_does(seed: int) -> None:
    for pattern in made(50, seed, "ab:**?", 7):
        wanted = expression(pattern)
        glob = arn_glob(pattern)
        assert [text for text in WIDE if glob.matches(text)] == [text for text in WIDE if wanted.fullmatch(text)], pattern


@pytest.mark.parametrize("seed", range(8))
def test_covering_and_overlapping_are_those_of_the_languages(seed: int) -> None:
    """Short texts suffice for patterns of at most five signs, the two letters of the alphabet and one that neither spells."""
    for pair in zip(made(50, 100 + seed, "ab:**?", 5), made(50, 200 + seed, "ab:**?", 4), strict=True):
        outer, inner = [{text for text in WIDE if expression(each).fullmatch(text)} for each in pair]
        assert covers(*pair) == (inner <= outer), pair
        assert overlaps(*pair) or not outer & inner, pair
        assert overlaps(*pair) == overlaps(*reversed(pair)), pair


def test_patterns_that_share_only_longer_texts_overlap() -> None:
    assert overlaps("*:a?:?", "?a**")
    assert not overlaps("a:?", "a:")
    assert not overlaps("a?b", "a:b"), "a ? of the first segments is no colon"


@pytest.mark.parametrize(
    ("outer", "inner", "is_covered"),
    [
        ("*", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/*", "*", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/*", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::*/x", "arn:aws:s3:::b/x", True),
        ("arn:aws:sqs:*:1:q", "arn:aws:sqs:us-*-2:1:q", True),
        ("arn:aws:sqs:us-*-2:1:q", "arn:aws:sqs:us-*:1:q", False),
        ("arn:aws:sqs:us-????-2:1:q", "arn:aws:sqs:us-east-2:1:q", True),
        ("arn:aws:s3:::?*", "arn:aws:s3:::*?", True),
        ("arn:aws:s3:::?*", "arn:aws:s3:::*", False),
        ("arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b/${aws:userid}", True),
        ("arn:aws:s3:::b/${aws:userid}*", "arn:aws:s3:::b/${aws:userid}/x", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/${aws:userid}", True),
        ("arn:aws:s3:::b/?*", "arn:aws:s3:::b/${aws:userid}", False),
        ("arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b/x", False),
        ("arn:aws:s3:::b/${aws:userid}", "arn:aws:s3:::b/${aws:username}", False),
        ("arn:aws:iam::a*:role/x", "arn:aws:iam::${aws:userid}:role/x", False),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/${*}", True),
    ],
)
def test_one_arn_pattern_covers_another(outer: str, inner: str, is_covered: bool) -> None:
    assert covers(outer, inner) is is_covered


def test_a_variable_is_text_where_the_policy_has_none() -> None:
    assert covers("arn:aws:s3:::b/?*", "arn:aws:s3:::b/${aws:userid}", has_variables=False)
    assert not covers("arn:aws:s3:::b/x?y", "arn:aws:s3:::b/x${*}y", has_variables=False)


def test_a_variable_may_be_any_text() -> None:
    assert overlaps("arn:aws:s3:::${aws:userid}/x", "arn:aws:s3:::b/x")
    assert not overlaps("arn:aws:s3:::${aws:userid}/x", "arn:aws:s3:::b/y")


def test_actions_have_no_case() -> None:
    assert action_matches("S3:get*", "s3:GetObject")
    assert covers_action("s3:GET*", "S3:GetObject*")
    assert overlaps_action("s3:*Object", "S3:get*")
    assert not overlaps_action("s3:Put*", "s3:Get*")


HOSTILE = [
    ("*a" * 2_000, "a" * 1_999 + "b" * 8_000),
    ("*a?" * 2_000 + "b", "a" * 10_000),
    ("arn:aws:" + "*a?" * 2_000 + "b:", "arn:aws:" + "a" * 10_000),
    ("?" * 5_000, "a" * 4_999),
    ("*" * 5_000 + "b", "a" * 10_000),
]


@pytest.mark.parametrize(("pattern", "text"), HOSTILE)
def test_a_hostile_pattern_costs_no_more_than_its_length(pattern: str, text: str) -> None:
    started = time.process_time()
    assert not arn_matches(pattern, text)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "pair",
    [
        ("*a" * 1_000, "*a" * 1_001),
        ("*a?" * 300, "*a" * 400),
        ("*a" + "?" * 40, "*a*b" * 9 + "?" * 30),
        ("a*" * 2_000, "b*" * 2_000),
        ("*b" * 2_000, "*" + "a*" * 2_000),
    ],
)
def test_comparing_hostile_patterns_ends_and_claims_nothing_unproven(pair: tuple[str, str]) -> None:
    started = time.process_time()
    covers(*pair)
    overlaps(*pair)
    assert time.process_time() - started < 10


def test_what_takes_too_long_is_not_covered_and_may_overlap() -> None:
    long = "a*?b" * 400
    assert not covers(long, long + "*")
    assert overlaps("*a" * 2_000 + "x", "*b" * 2_000 + "x")


def test_atoms() -> None:
    assert variable_atoms("${x}${?}?") == (Variable("${x}"), "?", Wild.ONE)
    assert variable_atoms("${x") == tuple("${x")
    assert joined([Wild.ANY, Wild.ANY, "a"]) == (Wild.ANY, "a")
    assert not compiled((Variable("${x}"),)).matches("${x}")
