"""Makes the page of attack cases from the docstrings of the tests, so that it never says more than what is tested."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

RISKS = (
    ("ASI01", "agent goal hijack", "AT13 AT14 AT15 AT16 AT33"),
    ("ASI02", "tool misuse and exploitation", "AT22 AT23 AT24 AT25 AT26 AT37 AT38 AT39 AT40 AT44"),
    ("ASI03", "identity and privilege abuse", "AT03 AT04 AT06 AT38 AT44 AT59"),
    ("ASI04", "agentic supply chain", "AT02 AT07 AT15 AT17 AT21 AT57"),
    ("ASI05", "unexpected code execution", "AT01 AT05 AT08 AT10 AT12 AT20 AT23 AT27 AT28 AT58"),
    ("ASI06", "memory and context poisoning", "AT14 AT18 AT55 AT59"),
    ("ASI07", "insecure communication between agents", "AT19"),
    ("ASI08", "cascading failures", "AT50 AT52 AT53 AT54"),
    ("ASI09", "exploitation of trust between human and agent", "AT32 AT45 AT46 AT47"),
    ("ASI10", "rogue agents", "AT29 AT41 AT42 AT43 AT52"),
)
"""The OWASP Top 10 for agentic applications (December 2025), with the cases that exercise each risk."""

CASES = tuple(f"AT{number:02}" for number in range(1, 61))

_ROW = re.compile(r"^\| (AT\d\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_PART = re.compile(r"^\| (AT\d\d), in part \| (.+?) \|$", re.MULTILINE)
_HEAD = re.compile(r"(?:AT\d\d)(?:(?:, | and | to )AT\d\d)*: ")


class Attack(NamedTuple):
    """One file of tests. `own` says what single cases are; `tests` pairs a case with a test of it; `twins` are tests in which the attack succeeds because the defence is open."""

    path: str
    what: str
    own: dict[str, str]
    defence: str
    tests: tuple[tuple[str, str], ...]
    twins: frozenset[str]


def attacks(folder: Path) -> tuple[Attack, ...]:
    """Read every file of attack cases."""
    return tuple(_attack(path) for path in sorted(folder.glob("test_at[0-9][0-9]_*.py")))


def waiting(folder: Path) -> dict[str, tuple[str, str]]:
    """Read what waits: the case, what it is and why."""
    return {case: (what, why) for case, what, why in _ROW.findall((folder / "WAITING.md").read_text())}


def covered(found: tuple[Attack, ...]) -> frozenset[str]:
    """Name the cases that have a test, and a test in which the attack succeeds."""
    return frozenset(case for each in found for case, name in each.tests if name in each.twins)


def _attack(path: Path) -> Attack:
    """Read one file."""
    tree = ast.parse(path.read_text())
    text = ast.get_docstring(tree) or ""
    first = text.partition("\n")[0]
    said = {
        key: " ".join(value.split()) for key, value in re.findall(r"^(Defence|Twin): ((?:.+\n?)+?)(?=^\w+: |\n|\Z)", text, re.MULTILINE)
    }
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    tests = tuple((case, node.name) for node in functions for case in _cases(node))
    open_marks = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and "permissive" in ast.dump(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    twins = {node.name for node in functions if any(_is_open(mark, open_marks) for mark in node.decorator_list)}
    named = {name.strip() for name in said.get("Twin", "").split(",") if name.strip()}
    return Attack(
        path.name,
        _HEAD.sub("", first, count=1).rstrip("."),
        dict(re.findall(r"^(AT\d\d): (.+)$", text.partition("\n")[2], re.MULTILINE)),
        said.get("Defence", ""),
        tests,
        frozenset(twins | named),
    )


def _cases(node: ast.FunctionDef) -> list[str]:
    """List the cases that a test is marked with."""
    calls = [mark for mark in node.decorator_list if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.attack"]
    return [str(argument.value) for call in calls for argument in call.args if isinstance(argument, ast.Constant)]


def _is_open(mark: ast.expr, names: set[str]) -> bool:
    """Tell whether a decorator runs a test with and without its defence."""
    return (isinstance(mark, ast.Name) and mark.id in names) or "'permissive'" in ast.unparse(mark)


def page(folder: Path) -> str:
    """Write the page."""
    found, waits = attacks(folder), waiting(folder)
    parts = dict(_PART.findall((folder / "WAITING.md").read_text()))
    rows = [_row(case, found, waits, parts) for case in CASES]
    tested = covered(found)
    risks = [f"| {name} | {what} | {_linked(cases, tested)} | {_linked(cases, frozenset(waits))} |" for name, what, cases in RISKS]
    return _HEADING + "\n".join(rows) + _RISK_HEADING + "\n".join(risks) + "\n"


def _row(case: str, found: tuple[Attack, ...], waits: dict[str, tuple[str, str]], parts: dict[str, str]) -> str:
    """Write the line of one case."""
    if case in waits:
        what, why = waits[case]
        return f"| {case} | {what} | | waits: {why} |"
    mine = [each for each in found if any(name == case for name, _ in each.tests)]
    what = " ".join(dict.fromkeys(each.own.get(case, each.what) for each in mine))
    defence = "; ".join(dict.fromkeys(each.defence for each in mine))
    tests = "; ".join(f"`{each.path}`: {_count(each, case)}" for each in mine)
    return f"| {case} | {what} | {defence} | {tests}{f'; waits: {parts[case]}' if case in parts else ''} |"


def _count(attack: Attack, case: str) -> str:
    """Count the tests of a case in a file, and those in which its defence is open."""
    own = {name for each, name in attack.tests if each == case}
    return f"{len(own)} test{'s' if len(own) != 1 else ''}, {len(own & attack.twins)} with an open defence"


def _linked(cases: str, among: frozenset[str]) -> str:
    """List those cases that are among others."""
    return ", ".join(case for case in cases.split() if case in among) or "–"


_HEADING = """\
# Attacks

Generated by `make docs` from the tests in `tests/attacks`. Each case is driven through the real thing: a hostile repository on a disk, a model that plays
the attacker, real git, real checkpoints, a real sandbox. And each case is driven a second time with its defence replaced by one that lets everything
through, where the attack must succeed: a test that could not see the attack proves nothing. No setting of Setsquare turns a defence off; the tests
put another one in its place when they build the program. All payloads only leave a mark.

Run one case with `pytest tests/attacks -k at27`. Most functions run over a table of variants.

| case | what happens | what stands against it | tests |
|---|---|---|---|
"""
_RISK_HEADING = """

## The OWASP Top 10 for agentic applications

| risk | name | tested by | waits |
|---|---|---|---|
"""
