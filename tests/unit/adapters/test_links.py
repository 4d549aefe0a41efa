"""Links are followed by their text, and never out of the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.adapters.links import DiskLinks
from setsquare.ports.links import Standing
from setsquare.text.paths import RelPath


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    (place / "real" / "deep").mkdir(parents=True)
    (place / "real" / "a.md").write_text("a")
    (place / ".git").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.md").write_text("a")
    return place


def link(folder: Path, name: str, target: str) -> None:
    (folder / name).symlink_to(target)


@pytest.mark.parametrize(
    ("name", "target", "asked", "found", "standing"),
    [
        ("A.md", "real/a.md", "A.md", "real/a.md", Standing.FILE),
        ("A.md", "./real/../real//a.md", "A.md", "real/a.md", Standing.FILE),
        ("A.md", "real/none.md", "A.md", "real/none.md", Standing.NOTHING),
        ("linked", "real", "linked/a.md", "real/a.md", Standing.FILE),
        ("linked", "real/deep", "linked/../x.md", "real/x.md", Standing.NOTHING),
        ("linked", "real", "linked/deep", "real/deep", Standing.FOLDER),
        ("linked", "none", "linked/a.md", "none/a.md", Standing.NOTHING),
        ("A.md", "../outside/a.md", "A.md", "A.md", Standing.OUTSIDE),
        ("linked", "../outside", "linked/a.md", "linked/a.md", Standing.OUTSIDE),
        ("linked", "/", "linked/etc/passwd", "linked", Standing.OUTSIDE),
        ("A.md", ".git/config", "A.md", "A.md", Standing.OUTSIDE),
        ("A.md", "A.md", "A.md", "A.md", Standing.BLOCKED),
        ("linked", ".", "linked/linked/real/a.md", "real/a.md", Standing.FILE),
        ("A.md", "real/a.md", "A.md/b.md", "real/a.md", Standing.BLOCKED),
    ],
)
def test_where_a_path_leads(folder: Path, name: str, target: str, asked: str, found: str, standing: Standing) -> None:
    link(folder, name, target)
    place = DiskLinks(folder).place(RelPath(asked))
    assert (place.path, place.standing) == (found, standing)
    assert bool(place.reason) is (standing in (Standing.FOLDER, Standing.BLOCKED, Standing.OUTSIDE))


def test_an_absolute_link_that_stays_inside_is_followed(folder: Path) -> None:
    link(folder, "A.md", str(folder / "real" / "a.md"))
    link(folder, "there", str(folder))
    links = DiskLinks(folder)
    assert links.place(RelPath("A.md")).path == "real/a.md"
    assert links.place(RelPath("there/new.md")).path == "new.md"


def test_two_links_to_each_other_end(folder: Path) -> None:
    link(folder, "a", "b/x")
    link(folder, "b", "a/x")
    assert DiskLinks(folder).place(RelPath("a/c.md")).standing is Standing.BLOCKED


def test_without_links(folder: Path) -> None:
    links = DiskLinks(folder)
    assert links.place(RelPath("real/a.md")).standing is Standing.FILE
    assert links.place(RelPath("real/none/b.md")).standing is Standing.NOTHING
    assert links.place(RelPath("real/a.md/b.md")).standing is Standing.BLOCKED
    assert links.place(RelPath("../outside/a.md")).standing is Standing.OUTSIDE
    assert links.place(RelPath("a\0b")).standing is Standing.BLOCKED
    assert links.place(RelPath(f"{'x' * 300}.md")).standing is Standing.BLOCKED
