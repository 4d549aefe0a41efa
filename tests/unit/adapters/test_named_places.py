"""Paths are judged by where they really lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.adapters.named_places import RealPlaces


@pytest.fixture
def places(tmp_path: Path) -> RealPlaces:
    for name in ("work/src", "work-2", "beside/inner", "outside"):
        (tmp_path / name).mkdir(parents=True)
    for link, target in {
        "work/out": "../outside",
        "work/beside": "../beside",
        "work/src/loop": "..",
        "work/src/self": "self",
        "work/src/gone": "../nowhere",
        "beside/inner/out": "../../outside",
    }.items():
        (tmp_path / link).symlink_to(target)
    (tmp_path / "work/src/a.json").write_text("{}")
    return RealPlaces(str(tmp_path / "work"), (str(tmp_path / "beside"),))


@pytest.mark.parametrize(
    "path", ["src/a.json", "src", ".", "nowhere", "src/gone", "src/loop/src/a.json", "a..b", "main..HEAD", "beside/inner"]
)
def test_what_lies_inside_may_be_read(places: RealPlaces, path: str) -> None:
    assert places.problem(path, is_followed=False) == ""


def test_an_absolute_path_is_judged_like_any_other(places: RealPlaces, tmp_path: Path) -> None:
    assert places.problem(str(tmp_path / "work/src"), is_followed=False) == ""
    assert places.problem(str(tmp_path / "beside"), is_followed=False) == ""
    assert places.problem(str(tmp_path / "work-2"), is_followed=False)
    assert places.problem(str(tmp_path), is_followed=False)
    assert places.problem("/etc/passwd", is_followed=False)


@pytest.mark.parametrize("path", ["..", "../outside", "src/../../outside", "out", "out/file", "src/../src", "/"])
def test_what_leads_out_may_not(places: RealPlaces, path: str) -> None:
    assert places.problem(path, is_followed=False)


def test_where_links_are_followed_each_must_stay_inside(places: RealPlaces, tmp_path: Path) -> None:
    """Loops end; a link behind a permitted link counts too."""
    assert places.problem("src", is_followed=True).endswith(": out")
    (tmp_path / "work/out").unlink()
    assert places.problem("src", is_followed=True).endswith(": out"), "the one in the folder beside"
    (tmp_path / "beside/inner/out").unlink()
    assert places.problem("src", is_followed=True) == ""
    assert places.problem("src/a.json", is_followed=True) == ""
