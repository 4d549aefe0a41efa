"""Any specs and changes: what is said of all at once is what is said of each alone, and what its archive then does."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.adapters.archive_folders import DiskArchivePlace
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.files import DiskFiles
from setsquare.adapters.planning_folders import DiskPlanning
from setsquare.journeys.openspec_archive_steps import Archived, Request, Talk
from setsquare.journeys.openspec_archiving import archive
from setsquare.journeys.openspec_items import ItemKind
from setsquare.journeys.openspec_rehearsing import with_refusal
from setsquare.journeys.openspec_validating import REFUSAL, Judged, judged_one
from setsquare.journeys.openspec_validating_all import UnsafeLink, judged_all
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.bases import Base, BaseSource, encode_base, record_path
from setsquare.spec.openspec.issue import is_valid

NAMES = ("Ring", "Light", "ring")
SCENARIO = "\n#### Scenario: One\n- **WHEN** pressed\n- **THEN** it rings\n"
ODD = (
    "\n# A title\n",
    "\n## Requirements\n",
    "\n## Notes\n",
    "\n### Note\ntext\n",
    "\n###Requirement: Ring\nIt SHALL.\n",
    "\n#### Purpose\nx\n",
    "\n#### \n",
    "\n####\n",
    "\n##### Deeper\n",
    "\n```\n## Fenced\n```\n",
    "\n~~~\n",
    "\n<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n",
    "\n##  ADDED Requirements\n",
)
odd = st.one_of(*[st.just("")] * 7, st.sampled_from(ODD))
HEADS = (
    "# bell Specification\n\n## Purpose\nThe bell tells people that somebody is at the door, whoever it may be.\n",
    "# bell\n",
    "## Purpose\n\n",
    "# Purpose\n",
    "# Requirements\n## Purpose\nx\n",
)


few = st.lists(st.sampled_from(NAMES[:2]), min_size=1, max_size=2, unique=True)
names = st.one_of(*[few] * 9, st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))


@st.composite
def blocks(draw: st.DrawFn, name: str) -> str:
    body = draw(st.sampled_from(("It SHALL ring.", "It MUST shine.", "It shines.")))
    return f"### Requirement: {name}\n{body}\n{draw(odd)}{draw(st.sampled_from((*[SCENARIO] * 9, '')))}{draw(odd)}"


@st.composite
def mains(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from((*HEADS[:1] * 6, *HEADS)))
    parts = [head, draw(odd), draw(st.sampled_from(("## Requirements\n",) * 6 + ("", "### Requirements\n"))), draw(odd)]
    return "\n".join((*parts, *(draw(blocks(name)) for name in draw(names)), draw(odd)))


@st.composite
def deltas(draw: st.DrawFn) -> str:
    parts = [draw(st.sampled_from((*[""] * 7, "## Purpose\nWhy it is there.\n")))]
    for section in draw(st.lists(st.sampled_from(("ADDED", "MODIFIED", "REMOVED", "RENAMED")), min_size=1, max_size=2, unique=True)):
        parts.append(f"## {section} Requirements\n")
        for name in draw(names if section in ("ADDED", "MODIFIED") else names.map(lambda found: found[:1])):
            if section == "REMOVED":
                parts.append(f"### Requirement: {name}\n")
            elif section == "RENAMED":
                parts.append(
                    f"- FROM: `### Requirement: {name}`\n- TO: `### Requirement: {draw(st.sampled_from((*NAMES, *['Bell'] * 5)))}`\n"
                )
            else:
                parts.append(draw(blocks(f"New {name}" if section == "ADDED" and draw(st.integers(0, 3)) else name)))
    return "\n".join(parts)


BESIDE = (*[""] * 12, "retire", "link", "linked-spec", "archived", "record", "torn-record")


def lay(root: Path, main: str | None, changes: tuple[tuple[str, str], ...]) -> None:
    files: dict[str, str] = {} if main is None else {"openspec/specs/bell/spec.md": main}
    for at, (delta, beside) in enumerate(changes):
        folder = f"openspec/changes/c{at}"
        files |= {f"{folder}/specs/bell/spec.md": delta, f"{folder}/proposal.md": "# P\n"}
        if beside == "retire":
            files[f"{folder}/.openspec.yaml"] = "schema: spec-driven\nretire_capabilities: true\n"
        if beside == "archived":
            files[f"openspec/changes/archive/{SystemClock().now()[:10]}-c{at}/proposal.md"] = "# P\n"
        base = Base(capability="bell", requirement="Ring", text="### Requirement: Ring\nIt was.", source=BaseSource.RECORD)
        if beside.endswith("record"):
            files[record_path(f"c{at}")] = encode_base(base).decode() if beside == "record" else "{\n"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for at, (_, beside) in enumerate(changes):
        if beside == "link":
            (root / f"openspec/changes/c{at}/design.md").symlink_to("proposal.md")
    if any(beside == "linked-spec" for _, beside in changes) and main is not None:
        (root / "openspec/specs/bell").rename(root / "openspec/bells")
        (root / "openspec/specs/bell").symlink_to("../bells")


def world(root: Path) -> PlanningApp:
    return PlanningApp(
        here=str(root),
        home="/nonexistent",
        planning=DiskPlanning(),
        config_folder="/nonexistent",
        data_folder="/nonexistent",
        files=DiskFiles,
        made=DiskFiles,
        clock=SystemClock(),
    )


def said(judged: Judged) -> list[tuple[str, str, str, int]]:
    return [(issue.level.value, issue.path, issue.message, issue.line) for issue in (*judged.issues, *judged.beside)]


def archives(app: PlanningApp, root: str, name: str) -> bool:
    talk = Talk(lambda _told: None, lambda _doubt: True, is_heard=False)
    return isinstance(archive(app, root, DiskArchivePlace(root), Request(name=name, is_yes=True), talk), Archived)


# req: openspec-interop/3.7
@settings(max_examples=200, deadline=None)
@given(st.one_of(st.none(), *[mains()] * 5), st.lists(st.tuples(deltas(), st.sampled_from(BESIDE)), min_size=1, max_size=3))
def test_all_at_once_says_what_each_alone_says(main: str | None, changes: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        root = Path(folder).resolve()
        lay(root, main, tuple(changes))
        app, place = world(root), DiskArchivePlace(str(root))
        together = judged_all(app, str(root), DiskArchivePlace, frozenset({ItemKind.CHANGE}))
        assert not isinstance(together, UnsafeLink)
        for judged, at in zip(together, itertools.count()):
            alone = with_refusal(app, str(root), place, judged_one(app, str(root), ItemKind.CHANGE, f"c{at}"))
            assert said(judged) == said(alone)
        first = together[0]
        if is_valid(first.issues):
            is_refused = any(issue.message.startswith(REFUSAL) for issue in (*first.issues, *first.beside))
            assert archives(app, str(root), "c0") is not is_refused
