"""The two public functions, as documented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import setsquare
from setsquare.errors import Unreadable
from setsquare.rules.check import check


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, raw in {
        "pay/.kiro/specs/login/tasks.md": b"\xef\xbb\xbf- [ ] 1. Go\r\n",
        "pay/AGENTS.md": b"It\x92s",
        "shop/openspec/specs/cart/spec.md": b"# Cart\n",
        "shop/src/main.py": b"print()\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(raw)
    return tmp_path


# req: workspace/1.1
def test_one_workspace_holds_every_root_below(folder: Path) -> None:
    workspace = setsquare.load(folder)
    assert workspace.paths == ("pay/.kiro/specs/login/tasks.md", "pay/AGENTS.md", "shop/openspec/specs/cart/spec.md")
    assert [root.path for root in workspace.roots] == ["pay/.kiro", "shop/openspec"]


def test_render_writes_each_file_byte_identical(folder: Path) -> None:
    workspace = setsquare.load(str(folder))
    assert {path: workspace.render(path) for path in workspace.paths} == {path: (folder / path).read_bytes() for path in workspace.paths}


@pytest.mark.parametrize("path", ["shop/src/main.py", "nowhere", "", "./pay/AGENTS.md", "/etc/passwd"])
def test_render_knows_only_what_was_loaded(folder: Path, path: str) -> None:
    with pytest.raises(KeyError):
        setsquare.load(folder).render(path)


def test_render_needs_no_disk(folder: Path) -> None:
    workspace = setsquare.load(folder)
    (folder / "pay/AGENTS.md").unlink()
    assert workspace.render("pay/AGENTS.md") == b"It\x92s"


def test_what_is_broken_is_a_value_never_an_exception(folder: Path) -> None:
    (folder / ".kiro").mkdir()
    (folder / ".kiro/settings.json").write_bytes(b"{" * 100_000)
    (folder / ".kiro/mcp.json").write_bytes(b"\x00\xff")
    workspace = setsquare.load(folder)
    assert {each.path for each in workspace.malformed} == {".kiro/settings.json", ".kiro/mcp.json", "pay/AGENTS.md"}


@pytest.mark.parametrize("path", ["nowhere", "pay/AGENTS.md", "a\0b", ""])
def test_only_a_folder_that_cannot_be_read_raises(folder: Path, path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        setsquare.load(folder / path if path else "")
    assert caught.value.exit_code == 2
    assert caught.value.hint


def test_an_empty_folder_is_an_empty_workspace(tmp_path: Path) -> None:
    workspace = setsquare.load(tmp_path)
    assert (workspace.paths, workspace.roots, workspace.malformed, workspace.skipped) == ((), (), (), ())


def test_paths_are_relative_to_the_folder_given_whatever_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "pay")
    assert setsquare.load(".").paths == (".kiro/specs/login/tasks.md", "AGENTS.md")
    assert setsquare.load("../shop/").paths == ("openspec/specs/cart/spec.md",)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, setsquare; print(*sorted(m for m in sys.modules if m.partition('.')[0] in ('msgspec', 'yaml', 'pathspec', 'click', 'httpx')))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env={**os.environ})
    assert done.stdout.strip() == ""


def test_loading_needs_neither_yaml_nor_patterns_where_nothing_asks_for_them(folder: Path) -> None:
    code = (
        "import sys, setsquare; setsquare.load(sys.argv[1]); print([m for m in ('yaml', 'pathspec', 'click', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True, env={**os.environ})
    assert done.stdout.strip() == "[]"


@pytest.fixture
def rooted(tmp_path: Path) -> Path:
    """Make a repository with a root of each tool."""
    folder = tmp_path / "repo"
    for path in (
        ".kiro/specs/x/requirements.md",
        ".kiro/specs/x/notes/sketch.bin",
        ".kiro/specs/old/y/tasks.md",
        ".kiro/steering/tech.md",
        ".kiro/skills/s/node_modules/a.js",
        "openspec/changes/a/any.txt",
        "specs/001-x/spec.md",
        "specs/001-x/contracts/api.yaml",
        "src/main.py",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"# A\n\n### Requirement 1\n\n#### Acceptance Criteria\n\n1. THE Bell SHALL ring\n")
    return folder


# req: workspace/1.1, workspace/1.2
@pytest.mark.parametrize("is_repository", [True, False])
@pytest.mark.parametrize(
    "place",
    ["", ".kiro", ".kiro/specs", ".kiro/specs/x", ".kiro/specs/x/notes", "openspec", "openspec/changes/a", "specs", "specs/001-x", "src"],
)
def test_a_folder_inside_a_root_loads_as_the_part_of_the_whole(rooted: Path, place: str, is_repository: bool) -> None:
    if is_repository:
        (rooted / ".git").mkdir()
    whole, part = setsquare.load(rooted), setsquare.load(rooted / place)
    prefix = f"{place}/" if place else ""
    kinds = {file.path.removeprefix(prefix): file.kind for file in whole.artefacts if file.path.startswith(prefix)}
    assert {file.path: file.kind for file in part.artefacts} == kinds
    specs = [(spec.name, f"{spec.path}/".removeprefix(prefix).rstrip("/")) for spec in whole.specs if f"{spec.path}/".startswith(prefix)]
    assert [(spec.name, spec.path) for spec in part.specs] == specs
    assert bool(part.roots) is (place != "src")
    check(part)


def test_a_folder_inside_a_root_keeps_its_meaning(rooted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (spec,) = setsquare.load(rooted / ".kiro/specs/x").specs
    assert (spec.name, spec.path, spec.root, spec.extras) == ("x", "", "", ("notes/sketch.bin",))
    assert [file.path for file in setsquare.load(rooted / ".kiro").steering] == ["steering/tech.md"]
    assert [(root.path, root.kind.value) for root in setsquare.load(rooted / ".kiro").roots] == [("", "kiro")]
    assert "skills/s/node_modules/a.js" in setsquare.load(rooted / ".kiro").paths
    monkeypatch.chdir(rooted / ".kiro/specs")
    assert [spec.path for spec in setsquare.load("x").specs] == [""]
    (rooted / "elsewhere").symlink_to(".kiro/specs/x")
    assert setsquare.load(rooted / "elsewhere").paths == ("notes/sketch.bin", "requirements.md")


@pytest.mark.parametrize("name", ["openspec", "specs"])
def test_a_repository_of_an_everyday_name_is_no_root(tmp_path: Path, name: str) -> None:
    app = tmp_path / name / "app"
    (app / "src").mkdir(parents=True)
    (app / "src/main.py").write_bytes(b"print()\n")
    assert setsquare.load(app).paths == ()
    (tmp_path / name / "changes").mkdir()
    (tmp_path / name / ".git").mkdir()
    assert setsquare.load(app).paths == ()
    assert setsquare.load(tmp_path / name).paths == ()


# req: workspace/1.5
def test_folders_never_entered_are_named_once(rooted: Path) -> None:
    for path in ("node_modules/x/AGENTS.md", "pay/.venv/lib/AGENTS.md", ".git/AGENTS.md", "pay/node_modules/y/z/AGENTS.md"):
        (rooted / path).parent.mkdir(parents=True)
        (rooted / path).write_bytes(b"")
    assert setsquare.load(rooted).skipped == tuple((path, "never entered") for path in ("node_modules", "pay/.venv", "pay/node_modules"))
