"""What a check remembers: kept judgements, baselines, the commit that it compares with."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from setsquare.errors import Refused, Unreadable
from setsquare.journeys.check import CheckOutcome, CheckRequest, World, check
from setsquare.ports.files import Snapshot
from setsquare.ports.git import TreeChange
from setsquare.ports.history import Commit
from setsquare.rules.finding import Severity
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan

SPEC = ".kiro/specs/orders"
REQUIREMENTS = RelPath(f"{SPEC}/requirements.md")
TASKS = RelPath(f"{SPEC}/tasks.md")
BASELINE = RelPath(".setsquare/baseline.jsonl")
TEXT = b"# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. THE X must go\n2. THE Y should go\n"


class Disk:
    """Files in a dictionary."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        self.files = dict(files)

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        return Snapshot({p: raw for p, raw in self.files.items() if not below or any(p == at or p.startswith(f"{at}/") for at in below)})

    def read(self, path: RelPath) -> bytes | None:
        return self.files.get(path)

    def exists(self, path: RelPath) -> bool:
        return any(known == path or known.startswith(f"{path}/") for known in self.files)

    def listing(self, below: RelPath, limit: int) -> tuple[RelPath, ...]:
        return tuple(sorted(path for path in self.files if path.startswith(below)))[:limit]

    def guarded(self, is_wanted: object) -> tuple[RelPath, ...]:
        return tuple(self.files) if is_wanted is None else ()

    def apply(self, plan: Plan) -> None:
        for change in plan.changes:
            self.files[change.path] = change.applied(self.files.get(change.path, b""))


class Memory:
    """A cache in a dictionary that counts."""

    def __init__(self, identity: str = "1") -> None:
        self.identity = identity
        self.kept: dict[str, bytes] = {}
        self.hits = 0

    def get(self, key: str) -> bytes | None:
        self.hits += key in self.kept
        return self.kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.kept[key] = value


class Past:
    """A history of one commit."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def resolve(self, ref: str) -> str:
        return ref

    def base(self, ref: str) -> str:
        self.asked.append(ref)
        return "base"

    def tree(self, ref: str, below: tuple[str, ...] = ()) -> Mapping[RelPath, bytes]:
        assert (ref, below) == ("base", ())
        return self.files

    def changed(self, ref: str) -> tuple[TreeChange, ...]:
        del ref
        return ()

    def commits(self, paths: tuple[RelPath, ...] = (), since: str = "", limit: int = 1000) -> tuple[Commit, ...]:
        del paths, since, limit
        return ()


@pytest.fixture
def disk() -> Disk:
    return Disk({REQUIREMENTS: TEXT, TASKS: b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2, 1.9_\n"})


def codes(outcome: CheckOutcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_an_unchanged_workspace_is_not_judged_again(disk: Disk) -> None:
    cache = Memory()
    first = check(World(files=disk, cache=cache), CheckRequest())
    again = check(World(files=disk, cache=cache), CheckRequest())
    assert cache.hits == 1
    assert again == first
    assert codes(first) == ["EARS002", "EARS002", "TRC001"]


def test_whatever_a_judgement_depends_on_makes_another_one(disk: Disk) -> None:
    cache = Memory()
    world = World(files=disk, cache=cache)
    check(world, CheckRequest())
    for request in (CheckRequest(selected=("TRC",)), CheckRequest(ignored=("TRC",)), CheckRequest(selected=())):
        check(world, request)
    disk.files[TASKS] += b"\n"
    check(world, CheckRequest())
    disk.files[RelPath(".setsquare/check.toml")] = b'ignore = ["EARS002"]\n'
    assert codes(check(world, CheckRequest())) == ["TRC001"]
    check(World(files=disk, cache=Memory()), CheckRequest())
    cache.identity = "2"
    check(world, CheckRequest())
    assert (cache.hits, len(cache.kept)) == (0, 7)
    cache.identity = ""
    check(world, CheckRequest())
    assert (cache.hits, len(cache.kept)) == (0, 7)


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"\x80", b"nonsense", b"\x81\xa8findings\x01"])
def test_a_kept_judgement_that_cannot_be_read_is_made_anew(disk: Disk, raw: bytes) -> None:
    cache = Memory()
    first = check(World(files=disk, cache=cache), CheckRequest())
    cache.kept = dict.fromkeys(cache.kept, raw)
    assert check(World(files=disk, cache=cache), CheckRequest()).findings == first.findings


def test_findings_in_bytes_that_are_no_text_are_never_kept(disk: Disk) -> None:
    disk.files[RelPath(os_name := ".kiro/specs/\udcff/requirements.md")] = TEXT
    cache = Memory()
    for _ in range(2):
        assert os_name in {finding.path for finding in check(World(files=disk, cache=cache), CheckRequest()).findings}
    assert cache.kept == {}


def test_known_findings_are_hidden_and_mended_ones_are_stale(disk: Disk) -> None:
    written = check(World(files=disk), CheckRequest(writes_baseline=True))
    assert (written.findings, len(written.standing.known)) == ((), 3)
    request = CheckRequest(baseline=BASELINE)
    assert codes(check(World(files=disk), request)) == []
    disk.files[REQUIREMENTS] = TEXT.replace(b"Y should", b"Y SHALL") + b"3. THE Z may go\n"
    outcome = check(World(files=disk), request)
    assert codes(outcome) == ["TRC002", "EARS002"]
    assert (len(outcome.standing.known), [entry.rule for entry in outcome.standing.stale]) == (2, ["EARS002"])
    assert check(World(files=disk), CheckRequest(baseline=BASELINE, selected=("TRC",))).standing.stale == ()
    assert check(World(files=disk), CheckRequest(baseline=BASELINE, paths=(TASKS,))).standing.stale == ()
    check(World(files=disk), CheckRequest(writes_baseline=True))
    assert check(World(files=disk), request).standing.stale == ()
    before = disk.files[BASELINE]
    check(World(files=disk), CheckRequest(writes_baseline=True))
    assert disk.files[BASELINE] == before


def test_the_settings_name_a_baseline(disk: Disk) -> None:
    disk.files[RelPath(".setsquare/check.toml")] = b'[baseline]\nfile = "known.jsonl"\n'
    assert len(codes(check(World(files=disk), CheckRequest()))) == 3
    check(World(files=disk), CheckRequest(writes_baseline=True))
    assert RelPath("known.jsonl") in disk.files
    assert codes(check(World(files=disk), CheckRequest())) == []
    assert len(codes(check(World(files=disk), CheckRequest(baseline="")))) == 3


def test_a_baseline_of_a_part_keeps_the_rest(disk: Disk) -> None:
    check(World(files=disk), CheckRequest(writes_baseline=True))
    disk.files[TASKS] = b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2_\n"
    check(World(files=disk), CheckRequest(writes_baseline=True, paths=(TASKS,)))
    assert codes(check(World(files=disk), CheckRequest(baseline=BASELINE))) == []
    assert b"TRC001" not in disk.files[BASELINE]


def test_a_broken_baseline_is_said_and_never_overwritten_when_it_is_another_version(disk: Disk) -> None:
    disk.files[BASELINE] = b'{"schema":"setsquare/baseline/99"}\n'
    outcome = check(World(files=disk), CheckRequest(baseline=BASELINE))
    assert codes(outcome) == ["EARS002", "EARS002", "TRC001", "CFG004"]
    with pytest.raises(Refused):
        check(World(files=disk), CheckRequest(writes_baseline=True))
    with pytest.raises(Unreadable):
        check(World(files=disk), CheckRequest(baseline="nowhere.jsonl"))


def test_only_what_changed_since_a_commit(disk: Disk) -> None:
    past = Past(dict(disk.files))
    world = World(files=disk, history=past)
    request = CheckRequest(since="main")
    assert codes(check(world, request)) == []
    assert past.asked == ["main"]
    disk.files[RelPath(".kiro/steering/a.md")] = b"# A\n\nTBD\n"
    disk.files[REQUIREMENTS] = b"\n\n" + TEXT + b"3. THE Z may go\n"
    found = check(world, request).findings
    assert [(one.code, one.path) for one in found] == [
        ("TRC002", REQUIREMENTS),
        ("EARS002", REQUIREMENTS),
        ("TRC001", TASKS),
        ("STR001", ".kiro/steering/a.md"),
    ]
    assert disk.files[REQUIREMENTS][found[1].span.start : found[1].span.end] == b"may"


def test_a_trial_writes_nothing(disk: Disk) -> None:
    before = dict(disk.files)
    outcome = check(World(files=disk), CheckRequest(is_fixing=True, is_trial=True))
    assert disk.files == before
    assert outcome.files[REQUIREMENTS] == TEXT.replace(b"must", b"shall")
    assert outcome.before == {REQUIREMENTS: TEXT}
    assert outcome.count(Severity.WARNING) == 0


def test_fixes_stay_within_the_scope(disk: Disk) -> None:
    check(World(files=disk, history=Past(dict(disk.files))), CheckRequest(is_fixing=True, since="main"))
    assert disk.files[REQUIREMENTS] == TEXT
    disk.files[REQUIREMENTS] = TEXT.replace(b"THE X must go", b"THE X must go <!-- setsquare: disable=EARS002 quoted -->")
    before = dict(disk.files)
    outcome = check(World(files=disk), CheckRequest(is_fixing=True))
    assert disk.files == before
    assert [off.reason for off in outcome.standing.disabled] == ["quoted"]


def test_settings_count_for_a_part_of_the_workspace(disk: Disk) -> None:
    disk.files[RelPath(".setsquare/check.toml")] = b'ignore = ["TRC"]\n'
    assert codes(check(World(files=disk), CheckRequest(paths=(TASKS,)))) == []
