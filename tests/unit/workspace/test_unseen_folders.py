"""Whole folders of specs in many languages and styles: requirements, criteria, tasks, references and waves as a person reads them.

Each file of `unseen/` holds one folder (`@@ file PATH`) and what a reader expects of its specs (`@@ expect PATH`, then `key: value` lines).
The expectations were written before any reader of ours saw the files. Tasks stand as `id:state`, `*` for optional, `<1` for their parent;
references as total, resolved, dangling, prose.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.spec.trace import SpecTrace, trace
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, Task

CASES = sorted((Path(__file__).parent / "unseen").glob("*.txt"))


def read_case(path: Path) -> tuple[dict[RelPath, bytes], dict[str, dict[str, str]]]:
    files: dict[RelPath, bytes] = {}
    wanted: dict[str, dict[str, str]] = {}
    for block in ("\n" + path.read_text(encoding="utf-8")).split("\n@@ ")[1:]:
        head, _, body = block.partition("\n")
        what, _, name = head.partition(" ")
        if what == "file":
            files[RelPath(name)] = (body + "\n").encode()
        else:
            wanted[name] = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in body.splitlines() if line)}
    return files, wanted


def told(task: Task, tasks: tuple[Task, ...]) -> str:
    parent = "" if task.parent is None else f"<{tasks[task.parent].id}"
    return f"{task.id or '-'}:{task.state.value}{'*' if task.is_optional else ''}{parent}"


def seen(spec: Spec, traced: SpecTrace, key: str) -> str:
    tasks = spec.tasks.tasks if spec.tasks else ()
    requirements = spec.requirements
    criteria = requirements.criteria if requirements else ()
    match key.split():
        case ["requirements"]:
            return str(len(requirements.requirements) if requirements else 0)
        case ["criteria"]:
            return " ".join(criterion.id for criterion in criteria)
        case ["text", name]:
            return next(criterion.text for criterion in criteria if criterion.id == name)
        case ["tasks"]:
            return " ".join(told(task, tasks) for task in tasks)
        case ["refs"]:
            counts = traced.references
            return f"{counts.total} {counts.resolved} {counts.dangling} {counts.prose}"
        case ["dangling"]:
            return " ".join(sorted(citation.reference.written for citation in traced.citations if citation.resolution.value == "dangling"))
        case ["waves"]:
            return " | ".join(" ".join(wave) for wave in (spec.tasks.waves if spec.tasks else ()))
        case ["glossary"]:
            return " ".join(term for term, _ in (requirements.glossary if requirements else ()))
        case ["bugfix"]:
            return "yes" if spec.is_bugfix else "no"
        case ["archived"]:
            return "yes" if spec.is_archived else "no"
        case _:
            raise AssertionError(key)


def read(files: dict[RelPath, bytes]) -> tuple[Workspace, dict[str, SpecTrace]]:
    workspace = load(files)
    return workspace, {traced.spec.path: traced for traced in trace(workspace).specs}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_folder_reads_as_a_person_reads_it(path: Path) -> None:
    files, wanted = read_case(path)
    workspace, traces = read(files)
    found = {spec.path: spec for spec in workspace.specs}
    assert set(wanted) <= set(found)
    differences = [
        (name, key, f"wanted {value}", f"found {actual}")
        for name, expected in wanted.items()
        for key, value in expected.items()
        if (actual := seen(found[RelPath(name)], traces[name], key)) != value
    ]
    assert differences == []
    assert workspace.malformed == ()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_folder_is_kept_byte_for_byte_with_any_line_ends(path: Path) -> None:
    files, _ = read_case(path)
    for raw in (files, {name: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n").rstrip() for name, text in files.items()}):
        workspace, _ = read(raw)
        assert {name: workspace.render(name) for name in raw} == raw
