"""Any specs and changes: validate and archive agree, an archive taken back leaves what was there, and no change overwrites another one unseen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.adapters.archive_folders import DiskArchivePlace
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.files import DiskFiles
from setsquare.adapters.planning_folders import DiskPlanning
from setsquare.journeys.openspec_archive_steps import Archived, ArchiveRefused, Request, Talk
from setsquare.journeys.openspec_archiving import archive
from setsquare.journeys.openspec_items import ItemKind
from setsquare.journeys.openspec_unarchiving import Prepared, carried_out, prepared
from setsquare.journeys.openspec_validating import judged_one
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.issue import Level

NAMES = ("Ring", "Light", "Chime", "ring")
STEPS = ("- **WHEN** pressed\n- **THEN** it rings\n", "- **WHEN** held\n- **THEN** it rings on\n", "- **WHEN** left\n- **THEN** it stops\n")
BODIES = ("It SHALL ring.", "It SHALL ring loudly.", "It MUST shine.")
PURPOSE = "# bell Specification\n\n## Purpose\nThe bell tells people in the house that somebody is at the door.\n\n## Requirements\n"

scenarios = st.lists(
    st.tuples(st.sampled_from(("One", "Two", "Three")), st.sampled_from(STEPS)), min_size=1, max_size=3, unique_by=lambda one: one[0]
)


@st.composite
def blocks(draw: st.DrawFn, name: str, *, is_whole: bool = False) -> str:
    body = draw(st.sampled_from(BODIES if is_whole else (*BODIES, "")))
    shown = draw(scenarios) if is_whole or draw(st.integers(0, 9)) else []
    return f"### Requirement: {name}\n{body}\n" + "".join(f"\n#### Scenario: {title}\n{steps}" for title, steps in shown)


@st.composite
def mains(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(NAMES[:3]), min_size=1, max_size=3, unique=True))
    return PURPOSE + "".join(f"\n{draw(blocks(name, is_whole=True))}" for name in names)


@st.composite
def deltas(draw: st.DrawFn) -> str:
    parts: list[str] = []
    for section in draw(st.lists(st.sampled_from(("ADDED", "MODIFIED", "REMOVED", "RENAMED")), min_size=1, max_size=3, unique=True)):
        names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        parts.append(f"## {section} Requirements\n")
        for name in names:
            if section == "REMOVED":
                parts.append(f"### Requirement: {name}\n")
            elif section == "RENAMED":
                parts.append(f"- FROM: `### Requirement: {name}`\n- TO: `### Requirement: {draw(st.sampled_from((*NAMES, 'Bell')))}`\n")
            else:
                parts.append(draw(blocks(name)))
    return "\n".join(parts)


@st.composite
def modifications(draw: st.DrawFn, main: str) -> str:
    """Modify what is there, as a sound change does: every scenario that is there stays by name."""
    found = main.split("### Requirement: ")[1:]
    chosen = draw(st.sampled_from(found))
    name, _, rest = chosen.partition("\n")
    _, *kept = rest.split("#### Scenario: ")
    text = f"### Requirement: {name}\n{draw(st.sampled_from(BODIES))}\n"
    for one in kept:
        title, _, steps = one.partition("\n")
        shown = draw(st.sampled_from((*STEPS, steps.rstrip("\n") + "\n")))
        text += f"\n#### Scenario: {title}\n{shown}"
    if draw(st.booleans()):
        text += f"\n#### Scenario: Extra {draw(st.sampled_from('ab'))}\n{draw(st.sampled_from(STEPS))}"
    return f"## MODIFIED Requirements\n{text}"


@contextmanager
def laid(main: str | None, **changes: str) -> Iterator[tuple[PlanningApp, str]]:
    """Lay out a root in memory where the machine has such a place."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        root = Path(folder).resolve()
        files = {f"openspec/changes/{name}/specs/bell/spec.md": text for name, text in changes.items()}
        files |= {f"openspec/changes/{name}/proposal.md": "# P\n" for name in changes}
        files |= {"openspec/specs/bell/spec.md": main} if main is not None else {}
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        app = PlanningApp(
            here=folder,
            home="/nonexistent",
            planning=DiskPlanning(),
            config_folder="/nonexistent",
            data_folder="/nonexistent",
            files=DiskFiles,
            made=DiskFiles,
            clock=SystemClock(),
        )
        yield app, str(root)


def tree(root: str) -> dict[str, bytes]:
    base = Path(root) / "openspec"
    return {path.relative_to(base).as_posix(): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def done(app: PlanningApp, root: str, name: str) -> Archived | ArchiveRefused:
    talk = Talk(lambda _told: None, lambda _doubt: True, is_heard=False)
    outcome = archive(app, root, DiskArchivePlace(root), Request(name=name, is_yes=True), talk)
    assert isinstance(outcome, Archived | ArchiveRefused)
    return outcome


def spec(root: str) -> str:
    return (Path(root) / "openspec/specs/bell/spec.md").read_text()


@settings(max_examples=120, deadline=None)
@given(st.one_of(st.none(), mains()), deltas())
def test_a_change_that_is_valid_is_archived_and_one_that_is_not_is_refused(main: str | None, delta: str) -> None:
    """Known to differ, as in OpenSpec: only the archive builds the whole spec, so a change that takes the last requirement is valid until then."""
    with laid(main, c=delta) as (app, root):
        issues = judged_one(app, root, ItemKind.CHANGE, "c").issues
        is_refused = any(issue.level is Level.ERROR or issue.message.startswith("Archive would refuse") for issue in issues)
        before = tree(root)
        outcome = done(app, root, "c")
        if isinstance(outcome, ArchiveRefused):
            assert is_refused or outcome.finding.code == "archive_spec_validation_failed"
            assert tree(root) == before
        else:
            assert not is_refused


def test_a_change_without_deltas_is_archived_though_it_is_not_valid() -> None:
    """The difference of OpenSpec itself that is kept."""
    with laid(PURPOSE) as (app, root):
        folder = Path(root) / "openspec/changes/c"
        folder.mkdir(parents=True)
        (folder / "proposal.md").write_text("# P\n")
        assert any(issue.level is Level.ERROR for issue in judged_one(app, root, ItemKind.CHANGE, "c").issues)
        assert isinstance(done(app, root, "c"), Archived)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.none(), mains()), deltas())
def test_what_is_taken_back_at_once_is_as_it_was(main: str | None, delta: str) -> None:
    with laid(main, c=delta) as (app, root):
        before = tree(root)
        if isinstance(done(app, root, "c"), Archived):
            place = DiskArchivePlace(root)
            plan = prepared(app, root, place, "c")
            assert isinstance(plan, Prepared)
            assert carried_out(root, place, plan) is None
            assert tree(root) == before


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_two_changes_of_one_requirement_never_overwrite_each_other_unseen(data: st.DataObject) -> None:
    """Whichever comes first: the second is refused, or all lines that each of them brought in are there."""
    main = data.draw(mains())
    one, other = data.draw(modifications(main)), data.draw(modifications(main))
    ends: list[str | None] = []
    for first, second in (("a", "b"), ("b", "a")):
        with laid(main, a=one, b=other) as (app, root):
            assert isinstance(done(app, root, first), Archived)
            middle = spec(root)
            outcome = done(app, root, second)
            if isinstance(outcome, ArchiveRefused):
                assert outcome.finding.code == "archive_base_conflict"
                assert spec(root) == middle
                ends.append(None)
                continue
            now = spec(root).splitlines()
            old = main.splitlines()
            for delta in (one, other):
                brought = [line for line in delta.splitlines() if not line.startswith("##") and line not in old]
                assert all(line in now for line in brought)
            ends.append(spec(root))
            place = DiskArchivePlace(root)
            plan = prepared(app, root, place, first)
            if isinstance(plan, Prepared):
                assert carried_out(root, place, plan) is None
    assert (ends[0] is None) == (ends[1] is None)
