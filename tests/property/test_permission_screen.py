"""The joined patterns, by which most commands are told apart at one look, never change what the rules say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.guard.capability import Capability, Mode, Permission, PermissionRule
from setsquare.guard.classify import _contains, _contains_one
from setsquare.guard.patterns import CommandLine
from setsquare.guard.permitting import command_decisions, file_decisions, strict, strict_file_decisions
from setsquare.guard.words import Word
from setsquare.workspace.settings import AgentSettings

WORDS = ("git", "GIT", "/usr/bin/git", "push", "--force", "-f", "npm", "publish", "python3", "-m", "a b", "../x", "*", "|", "sh", "é", "")
PATTERNS = ("*", "git push*", "git *", "npm publish*", "* | sh", "*;*", "python *", "a(b", "-*", "git p?sh", "*é", "push")
PATHS = ("", "a", "src/A.py", "src/data/x.csv", "data", "é.sql")
FILES = ("**", "*.csv", "data", "src/**", "/w/src", "*.SQL")


@st.composite
def _rules(draw: st.DrawFn, capability: str, patterns: tuple[str, ...]) -> tuple[PermissionRule, ...]:
    some = st.lists(st.sampled_from(patterns), max_size=3).map(tuple)
    rule = st.builds(PermissionRule, capability=st.just(capability), effect=st.sampled_from(Permission), match=some, exclude=some)
    return tuple(draw(st.lists(rule, max_size=5)))


def _task(rules: tuple[PermissionRule, ...]) -> Capability:
    return Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), root="/w", permissions=rules)


@given(rules=_rules("shell", PATTERNS), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), expands=st.booleans())
def test_the_same_rules_speak_as_one_by_one(rules: tuple[PermissionRule, ...], words: list[str], expands: bool) -> None:
    vector = tuple(Word(text=word, expands=expands) for word in words)
    text = " ".join(words)
    said = {(decision.rule, decision.permission) for decision in command_decisions(_task(rules), (vector,), text)}
    line = CommandLine.of(vector)
    for rule in rules:
        match, exclude = rule.texts
        is_allowing = rule.effect is Permission.ALLOW
        written = None if is_allowing and not line.is_literal else match.found(line.text, line.argv)
        is_climbing = written is not None and is_allowing and line.climbs and ".." not in written
        if written is not None and not is_climbing and exclude.found(line.text, line.argv) is None:
            assert any(permission is rule.effect and f'"{written}"' in name for name, permission in said)
        whole = None if is_allowing else match.found_whole(text)
        if whole is not None and exclude.found(text) is None:
            assert any(permission is rule.effect for _, permission in said)


@given(rules=_rules("filesystem", FILES), path=st.sampled_from(PATHS), is_writing=st.booleans())
def test_strict_rules_for_files_are_those_that_do_not_allow(rules: tuple[PermissionRule, ...], path: str, is_writing: bool) -> None:
    task = _task(rules)
    assert strict_file_decisions(task, path, is_writing=is_writing) == strict(file_decisions(task, path, is_writing=is_writing))


TOKENS = st.sampled_from(("git", "reset", "--hard", "-f", "--force", "push", "x", "--ha", "-rf"))
ENTRIES = st.lists(st.lists(TOKENS, max_size=3).map(lambda rest: ("git", *rest)), max_size=4).map(tuple)


@given(vector=st.lists(TOKENS, max_size=4).map(lambda rest: ("git", *rest)), entries=ENTRIES)
def test_entries_that_are_passed_over_would_not_have_been_contained(vector: tuple[str, ...], entries: tuple[tuple[str, ...], ...]) -> None:
    assert _contains_one(vector, {"git": entries}) == any(_contains(vector, entry) for entry in entries)
