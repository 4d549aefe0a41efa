"""Other checkouts on the disk: found without following links, and never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.adapters.source_places import DiskSources
from setsquare.errors import Refused, StorageFailed
from setsquare.ports.source_places import Absent, NotThere, SourcePlace, SourcePlaces
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A workspace's folder with another one beside it."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "pay" / ".kiro").mkdir(parents=True)
    return tmp_path / "shop"


def found(place: SourcePlace | Absent) -> SourcePlace:
    """Insist on a folder."""
    assert isinstance(place, SourcePlace)
    return place


def test_a_path_leads_from_the_workspace(base: Path) -> None:
    """Whether it leads outside is told by the path alone."""
    places: SourcePlaces = DiskSources(base)
    place = found(places.declared("../pay/./x/.."))
    assert (place.folder, place.is_outside, place.has_marks, place.is_checkout) == (str(base.parent / "pay"), True, True, False)
    assert [places.is_outside(path) for path in ("../pay", "x/../..", "a", "a/../b", ".", "../shop/a")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert found(places.declared("..")).holds_workspace
    assert found(places.declared(".")).holds_workspace


@pytest.mark.parametrize("path", ["../none", "../none/../none", "a\0b", "../pay/.kiro/" + "x" * 300])
def test_what_is_not_there_is_missing(base: Path, path: str) -> None:
    """Also a name that no disk can hold."""
    absent = DiskSources(base).declared(path)
    assert isinstance(absent, Absent)
    assert absent.why is NotThere.MISSING


def test_a_file_is_no_folder(base: Path) -> None:
    """It is missing, whoever named it."""
    (base / "file").write_text("x")
    for absent in (DiskSources(base).declared("file"), DiskSources(base).given(str(base / "file"))):
        assert absent == Absent(NotThere.MISSING, "no folder")


def test_a_link_is_refused_anywhere_on_the_way(base: Path) -> None:
    """The person may give it; then it is the real folder."""
    (base / "link").symlink_to("../pay")
    (base.parent / "way").symlink_to(".")
    (base / "loop").symlink_to("loop")
    places = DiskSources(base)
    for path in ("link", "link/.kiro", "../way/pay", "loop", "loop/x"):
        absent = places.declared(path)
        assert isinstance(absent, Absent), path
        assert absent.why is NotThere.LINKED
    assert found(places.given(str(base / "link"))).folder == str(base.parent / "pay")


def test_one_folder_has_one_identity(base: Path) -> None:
    """By whatever name."""
    (base / "link").symlink_to("../pay")
    places = DiskSources(base)
    assert found(places.given(str(base / "link"))).identity == found(places.declared("../pay")).identity


def test_files_are_read_only_and_keep_secrets(base: Path) -> None:
    """Nothing can be written, and what holds secrets by its name is not there."""
    pay = base.parent / "pay"
    (pay / ".kiro" / "steering").mkdir()
    for name in (".kiro/steering/a.md", ".kiro/.env", ".kiro/id_rsa", "src.py"):
        (pay / name).write_text("x")
    places = DiskSources(base)
    files = places.files(found(places.declared("../pay")))
    snapshot = files.snapshot()
    assert sorted(snapshot.files) == [".kiro/steering/a.md"]
    assert {path for path, _ in snapshot.skipped} == {".kiro/.env", ".kiro/id_rsa"}
    assert files.listing(RelPath(""), 10) == (".kiro/steering/a.md", "src.py")
    with pytest.raises(StorageFailed):
        files.read(RelPath(".kiro/.env"))
    with pytest.raises(Refused):
        files.apply(Plan("x", (creation(RelPath("new.md"), b"x"),)))
    assert not (pay / "new.md").exists()
