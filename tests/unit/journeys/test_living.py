"""What an editor is told stays what a fresh look at everything would say."""

from __future__ import annotations

import random

from setsquare.journeys.living import FoundCode, Living, spec_at
from setsquare.journeys.renaming import CannotRename, Renamed, Renaming, renamed
from setsquare.spec.code_notes import code_notes
from setsquare.spec.trace import trace
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits
from setsquare.workspace.load import load

HEAD = "# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n"
ONE, TWO, TASKS, OTHER = (
    RelPath(f".kiro/specs/{name}") for name in ("one/requirements.md", "two/requirements.md", "one/tasks.md", "two/tasks.md")
)
CODE = RelPath("src/a.py")


def requirements(*texts: str) -> bytes:
    return (HEAD + "".join(f"{number}. {text}\n" for number, text in enumerate(texts, 1))).encode()


def files() -> dict[RelPath, bytes]:
    return {
        ONE: requirements("THE X SHALL go", "THE X SHALL stop", "THE X SHALL wait"),
        TWO: requirements("THE Y SHALL go", "THE Y SHALL stop"),
        TASKS: b"- [ ] 1. Go\n  - _Requirements: 1.1, 1.2-1.3, two/1.2_\n",
        OTHER: b"- [x] 1. Go\n  - _Requirements: 1.1, one/1.3_\n",
    }


def living(content: dict[RelPath, bytes]) -> Living:
    made = Living(content, "2026-01-01T00:00:00Z")
    text = "# req: one/1.2, one/1.3\ndef f(): ...\n"
    made.adopt(FoundCode(notes=code_notes(CODE, text), texts={CODE: text}))
    return made


def test_the_graph_is_that_of_all_files_after_any_change():
    content = files()
    found = living(content)
    chance = random.Random(7)  # noqa: S311  (repeatable, guards nothing)
    pieces = (
        b"THE Z SHALL run\n",
        b"\n4. THE Z SHALL rest\n",
        b"  - _Requirements: two/1.1, 1.3_\n",
        b"",
        b"- [x] 2. More\n  - _Requirements: 1_\n",
    )
    for _ in range(60):
        path = chance.choice((ONE, TWO, TASKS, OTHER))
        old = content.get(path, b"")
        at = chance.randrange(len(old) + 1)
        new = None if chance.random() < 0.1 else old[:at] + chance.choice(pieces) + old[at:]
        if new is None:
            content.pop(path, None)
        else:
            content[path] = new
        found.change({path: new})
        assert found.graph == trace(load(content))
        assert found.traced.graph == found.graph


def test_a_source_file_counts_as_it_is_now():
    found = living(files())
    assert {link.target for link in found.traced.code.links} == {"1.2", "1.3"}
    assert found.source(CODE, b"# req: one/1.1\n")
    assert {link.target for link in found.traced.code.links} == {"1.1"}
    assert [citation.reference.written for citation in found.code_citations(CODE)] == ["one/1.1"]
    assert found.source(CODE, None)
    assert not found.source(RelPath("src/b.py"), b"x = 1\n")
    assert not found.traced.code.links


def test_an_imagined_change_leaves_the_workspace_alone():
    found = living(files())
    before = found.traced
    other = found.imagined({ONE: requirements("THE X SHALL fly")}, {CODE: b""})
    assert not other.traced.code.links
    assert found.traced is before
    assert len(found.workspace.specs[0].requirements.criteria) == 3  # type: ignore[union-attr]


def asked(found: Living, content: dict[RelPath, bytes], number: str) -> Renaming:
    spec = spec_at(found.workspace, ONE)
    assert spec
    assert spec.requirements
    criterion = next(item for item in spec.requirements.criteria if item.id == number)
    sources = {CODE: found.source_text(CODE).encode()}
    return Renaming(living=found, raw={**sources, **content}.get, spec=spec, criterion=criterion)


def test_a_rename_reaches_documents_other_specs_and_code():
    content = files()
    found = living(content)
    done = renamed(asked(found, content, "1.3"), "1.4")
    assert isinstance(done, Renamed)
    raws = {**content, CODE: found.source_text(CODE).encode()}
    after = {path: apply_edits(raws[path], edits) for path, edits in done.edits.items()}
    assert after[ONE] == content[ONE].replace(b"3. THE X", b"4. THE X")
    assert after[OTHER] == content[OTHER].replace(b"one/1.3", b"one/1.4")
    assert after[CODE] == b"# req: one/1.2, one/1.4\ndef f(): ...\n"
    assert after[TASKS] in (content[TASKS].replace(b"1.2-1.3", b"1.2, 1.4"), content[TASKS].replace(b"1.2-1.3", b"1.2-1.4"))
    assert {link.target for link in trace(load({**content, **{p: r for p, r in after.items() if p != CODE}})).links} >= {"1.4", "1.2"}


def test_a_rename_that_would_collide_or_move_others_is_refused():
    content = files()
    found = living(content)
    for new in ("1.2", "2.1", "1.x", "", "1 3", "x" * 40):
        assert isinstance(renamed(asked(found, content, "1.1"), new), CannotRename), new
    bullets = {**content, ONE: content[ONE].replace(b"1. THE", b"- THE").replace(b"2. THE", b"- THE").replace(b"3. THE", b"- THE")}
    assert isinstance(renamed(asked(living(bullets), bullets, "1.1"), "1.9"), CannotRename)
    twice = {**content, ONE: content[ONE].replace(b"2. THE", b"1. THE")}
    names = [item.id for spec in living(twice).workspace.specs if spec.requirements for item in spec.requirements.criteria]
    if "1.1#2" in names:
        assert isinstance(renamed(asked(living(twice), twice, "1.1#2"), "1.9"), CannotRename)
