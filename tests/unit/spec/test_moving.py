from __future__ import annotations

import pytest

from setsquare.spec.moving import archived_name, files_of, moves, relabelled, relocation, renamed, unarchived_name
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

FILES = {
    ".kiro/specs/login/requirements.md": b"# R\n",
    ".kiro/specs/login/notes/idea.txt": b"idea\n",
    ".kiro/specs/login/deep/tasks.md": b"- [ ] 1. Go\n",
    ".kiro/specs/login/deep/picture.bin": b"\0",
    ".kiro/specs/login-form/tasks.md": b"- [ ] 1. Go\n",
    ".setsquare/approvals/login.jsonl": b"{}\n",
    ".setsquare/history/login.jsonl": b"{}\n",
    ".setsquare/trace/login.lock.jsonl": b'{"setsquare":"trace-lock","v":1,"spec":"login"}\n{"uid":"a","id":"1.1","spec":"login"}\n',
}


def workspace(files: dict[str, bytes] = FILES) -> Workspace:
    return load({RelPath(path): raw for path, raw in files.items()})


def spec(found: Workspace, name: str) -> Spec:
    chosen = found.spec(name)
    assert chosen is not None
    return chosen


def test_a_specs_files_are_those_of_its_folder_without_specs_inside() -> None:
    found = workspace()
    assert files_of(found, spec(found, "login")) == (".kiro/specs/login/notes/idea.txt", ".kiro/specs/login/requirements.md")
    assert files_of(found, spec(found, "login/deep")) == (".kiro/specs/login/deep/picture.bin", ".kiro/specs/login/deep/tasks.md")


def test_everything_filed_under_the_name_moves() -> None:
    found = workspace()
    login = spec(found, "login")
    assert [way.target for way in moves(found, login, renamed(login, "auth"))] == [
        ".kiro/specs/auth/notes/idea.txt",
        ".kiro/specs/auth/requirements.md",
        ".setsquare/approvals/auth.jsonl",
        ".setsquare/history/auth.jsonl",
        ".setsquare/trace/auth.lock.jsonl",
    ]


def test_only_the_header_of_a_lock_follows_the_name() -> None:
    found = workspace()
    login = spec(found, "login")
    target = renamed(login, "Phase 1/auth")
    way = next(way for way in moves(found, login, target) if "trace" in way.source)
    made, gone = relocation(found, login, target, way)
    raw = made.applied(b"")
    assert raw == FILES[way.source].replace(b'"spec":"login"', b'"spec":"Phase 1/auth"', 1)
    assert (gone.is_removal, gone.path) == (True, way.source)
    assert relabelled(raw, target, login) == FILES[way.source]


@pytest.mark.parametrize(
    ("root", "name", "path"), [(".kiro", "login", ".kiro/specs/login"), ("api/.kiro", "Phase 1/login", "api/.kiro/specs/Phase 1/login")]
)
def test_the_archive_and_back(root: str, name: str, path: str) -> None:
    one = Spec(name=name, path=RelPath(path), root=RelPath(root))
    there = renamed(one, archived_name(Workspace(), one))
    assert (there.path, there.is_archived) == (f"{root}/specs/_archived/{name}", True)
    assert renamed(there, unarchived_name(there)) == one


def test_an_archive_that_is_there_is_used() -> None:
    found = workspace({".kiro/specs/archive/old/tasks.md": b"", ".kiro/specs/login/tasks.md": b""})
    assert archived_name(found, spec(found, "login")) == "archive/login"
