"""Patterns of roles: matched by whole names, measured by what they match."""

from __future__ import annotations

import fnmatch
import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.powers.iam.role_names import ALPHABET, LONGEST_NAME, RolePattern, is_role_name, reach

NAMES = st.text(alphabet="abAB1-_", min_size=1, max_size=8)
PLAIN = st.text(alphabet="abA-*?", min_size=0, max_size=6)


def test_the_whole_name_is_matched():
    pattern = RolePattern("ecs-*")
    assert [name for name in ("ecs-", "ecs-api", "my-ecs-x", "ecs", "xecs-", "ECS-api") if pattern.matches(name)] == ["ecs-", "ecs-api"]


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*-ecs-?", "my-ecs-x", True),
        ("**", "x", True),
        ("a**b", "ab", True),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[!a-c]x", "dx", True),
        ("[^a]x", "ax", False),
        ("[]a]x", "ax", True),
        ("{ecs,lambda}-*", "lambda-1", True),
        ("{ecs,{a,b}c}-*", "bc-1", True),
        ("{,x}y", "y", True),
        ("x.y", "xzy", False),
        ("x+y@z=1,2_", "x+y@z=1,2_", True),
        ("", "x", False),
        (r"\*", "*", False),
    ],
)
def test_the_marks(pattern, name, matches):
    assert RolePattern(pattern).matches(name) is matches


def test_folding_the_case_excludes_more_and_never_less():
    assert RolePattern("ECS-Admin*").matches("ecs-admin-1", folds_case=True)
    assert RolePattern("x[!a]").matches("xA", folds_case=True)
    assert not RolePattern("ECS-Admin*").matches("ecs-admin-1")


@given(PLAIN, NAMES)
def test_stars_and_question_marks_agree_with_another_matcher(pattern, name):
    assert RolePattern(pattern).matches(name) is (re.match(fnmatch.translate(pattern), name) is not None)


@given(PLAIN, NAMES)
def test_what_matches_is_never_lost_when_the_case_is_folded(pattern, name):
    if RolePattern(pattern).matches(name):
        assert RolePattern(pattern).matches(name, folds_case=True)
        assert RolePattern(pattern).matches(name.swapcase(), folds_case=True)


@pytest.mark.parametrize(
    "patterns",
    [
        ["*"],
        ["**"],
        ["***"],
        ["?*"],
        ["*?"],
        ["*?*"],
        ["{a,*}"],
        ["*", "ecs-*"],
        ["ecs-*", "?*"],
        ["[a-zA-Z0-9+=,.@_-]*"],
        ["[!/]*"],
        ["[!x]*", "x*"],
        ["{[!x],x}*"],
        ["a*", "[!a]*"],
        ["?", "??*"],
        ["?" * length for length in range(1, LONGEST_NAME + 1)],
        ["{?,??}*"],
    ],
    ids=lambda patterns: " ".join(patterns)[:24],
)
def test_every_way_to_say_all_roles_is_seen(patterns):
    found = reach(patterns)
    assert found.is_all
    assert found.is_too_wide


@pytest.mark.parametrize("patterns", [["???*"], ["[!x]*"], ["[a-zA-Z]*"], ["*a*", "*e*", "*i*", "*o*", "*u*"], ["?" * 20]])
def test_nearly_all_roles_are_no_choice_either(patterns):
    found = reach(patterns)
    assert not found.is_all
    assert found.is_too_wide


@pytest.mark.parametrize(
    "patterns",
    [
        ["ecs-*", "lambda-*"],
        ["*-ecs"],
        ["*ecs*"],
        ["e*"],
        ["a?????"],
        ["[a-f]*"],
        ["prod-{api,web}-*"],
        [f"svc-{number}-*" for number in range(200)],
        ["x" * 65],
        [""],
        [],
    ],
    ids=lambda patterns: " ".join(patterns)[:24],
)
def test_a_choice_is_a_choice(patterns):
    assert not reach(patterns).is_too_wide


@given(st.lists(st.text(alphabet="ab*?", max_size=5), max_size=4))
def test_all_means_that_every_short_name_matches(patterns):
    """A pattern list that is called all matches every name that is tried; one that is not has a name that it misses."""
    found = reach(patterns)
    tried = [*string.ascii_lowercase, "ab", "ba", "abab", "bbbbbbb", "x" * LONGEST_NAME, "ab" * 32, "z1+=,.@-_"]
    missed = [name for name in tried if not any(RolePattern(pattern).matches(name) for pattern in patterns)]
    assert not (found.is_all and missed)
    assert found.is_all or missed or any(pattern.replace("*", "") for pattern in patterns)


def test_the_share_is_that_of_names_of_usual_length():
    assert reach(["a*"]).share == pytest.approx(1 / len(ALPHABET))
    assert reach(["[ab]*"]).share == pytest.approx(2 / len(ALPHABET))
    assert reach(["?" * 20]).share == 1


def test_patterns_made_to_be_slow_are_not():
    begun = time.process_time()
    for patterns in (["*a" + "?" * 60 + "*"], ["a*" * 60], ["{a,b}" * 9 + "*"], ["*a*b*c" * 20] * 5, ["[a-z]*?" * 30]):
        reach(patterns)
        RolePattern(patterns[0]).matches("a" * LONGEST_NAME)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("pattern", ["[a", "a]", "{a", "a}", "x" * 257, "{a,b}" * 12])
def test_what_is_no_pattern_says_why_and_matches_nothing(pattern):
    assert RolePattern(pattern).problem
    assert not RolePattern(pattern).matches("a")


@pytest.mark.parametrize("pattern", ["arn:aws:iam::1:role/x", "a/b", "ä*", " ecs-*", "", "[/]", "x" * 65, "{a:,b/}"])
def test_patterns_that_match_nothing_are_seen(pattern):
    assert RolePattern(pattern).matches_nothing


@pytest.mark.parametrize("pattern", ["*", "ecs-*", "a{b,/}", "x" * 64, "?" * 64 + "*"])
def test_patterns_that_match_something_are_not(pattern):
    assert not RolePattern(pattern).matches_nothing


def test_names():
    assert is_role_name("a" * LONGEST_NAME)
    for name in ("", "a" * 65, "a b", "a/b", "a\n", "ä", "a\u200b", "a*"):
        assert not is_role_name(name)
