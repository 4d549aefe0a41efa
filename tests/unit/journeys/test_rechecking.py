"""Judging again after a change says the same as judging everything."""

from __future__ import annotations

import random

import pytest

from setsquare.journeys.rechecking import Session, opened, unit_of
from setsquare.rules.check import check
from setsquare.rules.registry import RULES
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

CONFIG = RelPath(".setsquare/check.toml")
HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"


def requirements(*texts: str) -> bytes:
    return (HEAD + "".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1))).encode()


FILES = {
    RelPath(".kiro/specs/orders/requirements.md"): requirements("THE X must go", "THE Y SHALL go"),
    RelPath(".kiro/specs/orders/tasks.md"): b"- [ ] 1. Go\n  - _Requirements: 1.1, pay/1.1, pay/1.9_\n",
    RelPath(".kiro/specs/pay/requirements.md"): requirements("THE Z should go"),
    RelPath(".kiro/specs/Phase 1/login/requirements.md"): requirements("THE Q SHALL go"),
    RelPath(".kiro/specs/Phase 1/login/tasks.md"): b"- [ ] 1. Go\n  - _Requirements: 1.2_\n",
    RelPath(".kiro/specs/notes.md"): b"# Notes\n",
    RelPath(".kiro/steering/a.md"): b"TBD\n",
    RelPath(".kiro/settings.json"): b'{"agnet": 1}',
    RelPath("AGENTS.md"): b"# Agents\n",
}


def insist(session: Session, files: dict[RelPath, bytes]) -> None:
    assert session.findings == check(load(files))
    assert session.files == files
    assert session.workspace == load(files)


def test_opening_says_what_a_check_says() -> None:
    insist(opened(FILES), FILES)
    insist(opened({}), {})


@pytest.mark.parametrize(
    "changed",
    [
        {".kiro/specs/orders/requirements.md": requirements("THE X SHALL go", "THE Y may go")},
        {".kiro/specs/pay/requirements.md": requirements(*(f"THE Z SHALL go {number}" for number in range(9)))},
        {".kiro/specs/pay/requirements.md": None},
        {
            ".kiro/specs/new/requirements.md": requirements("THE N may go"),
            ".kiro/specs/new/tasks.md": b"- [ ] 1. Go\n  - _Requirements: orders/1.7_\n",
        },
        {".kiro/steering/a.md": b"done\n"},
        {".kiro/steering/b.md": b"TBD\n"},
        {".kiro/settings.json": None},
        {CONFIG: b'[rules.EARS002]\nseverity = "note"\n'},
        {CONFIG: b"nope\n"},
        {CONFIG: b'[rules.SUP003]\nseverity = "note"\n'},
        {".kiro/specs/orders/requirements.md": b"\xff\x00"},
        {".kiro/specs/orders/requirements.md": requirements("THE X may go <!-- setsquare: disable=EARS002 why -->", "THE Y may go")},
        {".kiro/specs/Phase 1/requirements.md": requirements("THE P may go")},
        {"nowhere.md": None},
        {"aws/POWER.md": b"# P\n", "aws/steering/b.md": b"TBD\n"},
        {"openspec/project.md": b"# P\n", "openspec/specs/a/spec.md": b"# A\n"},
        {"sub/.kiro/settings.json": b'{"agnet": 1}', "sub/.kiro/steering/x.md": b"TBD\n"},
    ],
)
def test_a_change_is_judged_as_if_everything_were(changed: dict[str, bytes | None]) -> None:
    before = opened(FILES)
    done = before.recheck({RelPath(path): raw for path, raw in changed.items()})
    files = {**FILES, **{RelPath(path): raw for path, raw in changed.items()}}
    insist(done.session, {path: raw for path, raw in sorted(files.items()) if raw is not None})
    insist(before, FILES)
    for path in {*files, *changed}:
        old, new = before.of(path), done.session.of(path)
        assert (path in done.findings) is (path in changed or old != new)
        assert done.findings.get(RelPath(path), new) == new


def test_another_spec_follows_when_a_reference_breaks_and_mends() -> None:
    pay, tasks = RelPath(".kiro/specs/pay/requirements.md"), RelPath(".kiro/specs/orders/tasks.md")
    done = opened(FILES).recheck({pay: requirements("THE Q SHALL stay")})
    broken = done.session.recheck({pay: None})
    assert tasks in broken.findings
    assert tasks in broken.session.recheck({pay: FILES[pay]}).findings


def test_many_changes_in_a_row() -> None:
    rng = random.Random(7)  # noqa: S311  (a test that is the same every time)
    files = dict(FILES)
    session = opened(files)
    for _ in range(40):
        path = rng.choice([path for path in files if path.endswith(".md")])
        lines = files[path].split(b"\n")
        at = rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, rng.choice(lines))
            case 2:
                lines[at] = lines[at].replace(b"SHALL", b"may").replace(b"1.1", b"2.1")
            case _:
                lines[at] += b" <!-- setsquare: disable=EARS,TRC x -->"
        files[path] = b"\n".join(lines)
        session = session.recheck({path: files[path]}).session
        insist(session, files)


def test_a_power_that_comes_and_goes_takes_its_files_along() -> None:
    files = {**FILES, RelPath("aws/steering/b.md"): b"TBD\n", RelPath("aws/mcp.json"): b"{"}
    session = opened(files)
    for raw in (b"# P\n", b"# Q\n", None):
        session = session.recheck({RelPath("aws/POWER.md"): raw}).session
        now = {**files, **({} if raw is None else {RelPath("aws/POWER.md"): raw})}
        insist(session, dict(sorted(now.items())))
        session = session.recheck({RelPath("aws/steering/b.md"): b"TBD\n\n"}).session
        session = session.recheck({RelPath("aws/steering/b.md"): b"TBD\n"}).session
        insist(session, dict(sorted(now.items())))


def test_examples_of_every_rule_are_judged_the_same() -> None:
    for rule in RULES:
        for example in rule.examples[:4]:
            files = {RelPath(path): text.encode() for path, text in sorted(example.files)}
            session = opened(files)
            assert session.findings == check(load(files)), rule.code
            for path, raw in files.items():
                session = session.recheck({path: raw + b"\n"}).session.recheck({path: raw}).session
            assert session.findings == check(load(files)), rule.code


def test_units() -> None:
    assert unit_of("sub/.kiro/specs/a/b/c.md") == "sub/.kiro/specs/a"
    assert unit_of(".kiro/steering/a.md") == "/.kiro/steering"
    assert unit_of(".kiro/steering/a.md", is_packaged=True) == "/"


OPENSPEC = {
    RelPath("openspec/specs/bell/spec.md"): b"## Purpose\np\n## Requirements\n### Requirement: Ring\nIt SHALL ring.\n#### A\n- b\n",
    RelPath("openspec/changes/a/specs/bell/spec.md"): b"## MODIFIED Requirements\n### Requirement: Ring\nIt SHALL ring.\n#### A\n- c\n",
    RelPath(".kiro/specs/bell/requirements.md"): requirements("THE X must go"),
}


# req: openspec-interop/1.2
@pytest.mark.parametrize(
    "changed",
    [
        {"openspec/specs/bell/spec.md": b"## Purpose\np\n## Requirements\n### Requirement: Gong\nIt SHALL ring.\n#### A\n- b\n"},
        {"openspec/changes/b/specs/bell/spec.md": b"## REMOVED Requirements\n### Requirement: Ring\n"},
        {"openspec/changes/a/specs/bell/spec.md": None},
        {".kiro/specs/bell/requirements.md": None},
        {"openspec/AGENTS.md": b"# A\n"},
    ],
)
def test_an_openspec_folder_is_judged_again_as_a_whole(changed: dict[str, bytes | None]) -> None:
    session = opened(OPENSPEC)
    insist(session, OPENSPEC)
    found = session.recheck({RelPath(path): raw for path, raw in changed.items()})
    files = {**OPENSPEC, **{RelPath(path): raw for path, raw in changed.items()}}
    insist(found.session, {path: raw for path, raw in files.items() if raw is not None})


SPECKIT = {
    RelPath("specs/001-pay/spec.md"): b"### User Story 1 - Pay\n1. **Given** a, **When** b, **Then** c\n\n- **FR-001**: It MUST charge\n",
    RelPath("specs/001-pay/tasks.md"): b"- [ ] T001 [US1] Go (FR-001)\n",
    RelPath("specs/002-refund/spec.md"): b"- **FR-001**: It MUST refund\n",
    RelPath(".kiro/specs/001-pay/requirements.md"): requirements("THE X must go"),
}


# req: openspec-interop/1.2
@pytest.mark.parametrize(
    "changed",
    [
        {"specs/001-pay/spec.md": b"- **FR-002**: It MUST charge\n- **FR-002**: [NEEDS CLARIFICATION: what?]\n"},
        {"specs/001-pay/tasks.md": b"- [ ] T001 [US4] Go (FR-009)\n"},
        {"specs/001-pay/spec.md": None},
        {"specs/003-more/spec.md": b"- **FR-001**: a\n"},
        {".kiro/specs/001-pay/requirements.md": None},
    ],
)
def test_a_feature_is_judged_again_with_its_tasks(changed: dict[str, bytes | None]) -> None:
    session = opened(SPECKIT)
    insist(session, SPECKIT)
    found = session.recheck({RelPath(path): raw for path, raw in changed.items()})
    files = {**SPECKIT, **{RelPath(path): raw for path, raw in changed.items()}}
    insist(found.session, {path: raw for path, raw in files.items() if raw is not None})
