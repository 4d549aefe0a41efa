"""The check journey over files in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from setsquare.errors import StalePlan, Unreadable
from setsquare.journeys.check import CheckOutcome, CheckRequest, World
from setsquare.journeys.check import check as judge
from setsquare.ports.files import Files, Snapshot
from setsquare.rules.finding import Severity
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, digest

SPEC = ".kiro/specs/orders"
REQUIREMENTS = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. THE X must go\n2. THE Y MUST NOT go\n3. THE Z should go\n"


class MemoryFiles:
    """Files in a dictionary; records what was asked and applied."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = {RelPath(path): raw for path, raw in files.items()}
        self.asked: list[tuple[str, ...]] = []
        self.applied: list[Plan] = []
        self.is_stale = False

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        self.asked.append(below)
        found = {p: raw for p, raw in self.files.items() if not below or any(not at or p == at or p.startswith(f"{at}/") for at in below)}
        return Snapshot(dict(found), ((RelPath("link"), "a symbolic link"),))

    def read(self, path: RelPath) -> bytes | None:
        return self.files.get(path)

    def exists(self, path: RelPath) -> bool:
        return any(known == path or known.startswith(f"{path}/") for known in self.files)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        return tuple(sorted(self.files))[:limit]

    def guarded(self, is_wanted: Callable[[str], bool]) -> tuple[RelPath, ...]:
        return tuple(RelPath(path) for path in sorted(self.files) if is_wanted(path))

    def apply(self, plan: Plan) -> None:
        if self.is_stale:
            raise StalePlan("stale")
        self.applied.append(plan)
        for change in plan.changes:
            assert change.expects == digest(self.files[change.path])
            self.files[change.path] = change.applied(self.files[change.path])


def check(files: Files, paths: tuple[str, ...] = (), *, is_fixing: bool = False, selected: tuple[str, ...] | None = None) -> CheckOutcome:
    return judge(World(files=files), CheckRequest(paths=paths, is_fixing=is_fixing, selected=selected))


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles(
        {
            f"{SPEC}/requirements.md": REQUIREMENTS.encode(),
            f"{SPEC}/tasks.md": b"- [ ] 1. Go\n  - _Requirements: 1.1-1.3, 1.9_\n",
            ".kiro/specs/other/requirements.md": b"### Requirement 1\n#### Acceptance Criteria\n1. THE Q may go\n",
            ".kiro/settings.json": b'{"agnet": {}}',
        }
    )


# req: check/1.1
def test_everything_is_judged(files: MemoryFiles) -> None:
    port: Files = files
    outcome = check(port)
    assert files.asked == [()]
    assert [finding.code for finding in outcome.findings] == ["CFG001", "EARS002", "EARS002", "EARS002", "TRC001", "EARS002"]
    assert outcome.count(Severity.ERROR) == 3
    assert outcome.paths == tuple(sorted(files.files))
    assert outcome.skipped == ((RelPath("link"), "a symbolic link"),)
    assert files.applied == []


@pytest.mark.parametrize("path", [f"{SPEC}/tasks.md", f"./{SPEC}/tasks.md", f"{SPEC}/tasks.md/"])
def test_one_file_is_judged_in_the_light_of_its_tree(files: MemoryFiles, path: str) -> None:
    outcome = check(files, (path,))
    assert files.asked == [(".kiro",)]
    assert [finding.code for finding in outcome.findings] == ["TRC001"]
    assert outcome.paths == (f"{SPEC}/tasks.md",)


def test_folders_and_the_whole(files: MemoryFiles) -> None:
    assert {finding.path for finding in check(files, (SPEC,)).findings} == {f"{SPEC}/requirements.md", f"{SPEC}/tasks.md"}
    assert check(files, (".",)).findings == check(files).findings


def test_selected_rules(files: MemoryFiles) -> None:
    assert {finding.code for finding in check(files, selected=("trc",)).findings} == {"TRC001"}


def test_a_missing_path_is_said(files: MemoryFiles) -> None:
    with pytest.raises(Unreadable, match="nowhere"):
        check(files, ("nowhere",))


# req: check/3.1
def test_fixing_changes_only_the_words(files: MemoryFiles) -> None:
    outcome = check(files, is_fixing=True)
    (plan,) = files.applied
    assert [change.path for change in plan.changes] == [f"{SPEC}/requirements.md"]
    assert [edit.new for edit in plan.changes[0].edits] == [b"shall", b"SHALL"]
    assert files.files[RelPath(f"{SPEC}/requirements.md")].decode() == REQUIREMENTS.replace("must", "shall").replace("MUST", "SHALL")
    assert [finding.code for finding in outcome.findings].count("EARS002") == 2
    assert outcome.applied == plan
    again = check(files, is_fixing=True)
    assert again.applied.changes == ()
    assert len(files.applied) == 1


def test_fixing_stays_within_the_paths(files: MemoryFiles) -> None:
    before = dict(files.files)
    check(files, (f"{SPEC}/tasks.md",), is_fixing=True)
    assert files.files == before


def test_a_stale_file_is_a_refusal(files: MemoryFiles) -> None:
    files.is_stale = True
    with pytest.raises(StalePlan):
        check(files, is_fixing=True)


def test_secrets_are_concealed_whatever_is_selected() -> None:
    token = "ghp_" + "a1B2c3D4" * 5
    found = MemoryFiles({".kiro/settings/mcp.json": f'{{"mcpServers": {{"s": {{"env": {{"TOKEN": "{token}"}}}}}}}}'.encode()})
    outcome = check(found, selected=("CFG",))
    assert outcome.findings == ()
    assert len(outcome.judged.concealed) == 1
