"""Resolving sources: what is looked at without trust, what is read once, and what one refusal does to the others."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from setsquare.errors import StorageFailed, Usage
from setsquare.journeys.sourcing import Origin, SourceState, Wanted, combined, namesakes, resolved, wanted_sources
from setsquare.ports.files import Files, Snapshot
from setsquare.ports.git import Git
from setsquare.ports.history import History
from setsquare.ports.source_places import Absent, NotThere, SourcePlace
from setsquare.text.paths import RelPath
from setsquare.text.plain import scan
from setsquare.workspace.load import load
from setsquare.workspace.sources import SOURCES_PATH, Declarations, DeclaredSource, read_declarations

SPEC = {RelPath(".kiro/specs/login/requirements.md"): b"# R\n"}


class Held:
    """Files that count how often they are read as a whole."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        """Take the files."""
        self.files, self.snapshots = files, 0

    def snapshot(self, below: tuple[str, ...] = ()) -> Snapshot:
        """Give all of them, or fail where there is none."""
        assert not below
        self.snapshots += 1
        if not self.files:
            raise StorageFailed("the disk is broken")
        return Snapshot(self.files)

    def __getattr__(self, name: str) -> object:
        """Refuse everything else."""
        raise AssertionError(name)


class Places:
    """A machine with folders in memory; it remembers which were looked at."""

    def __init__(self, folders: Mapping[str, Mapping[RelPath, bytes]], *, is_outside: bool = True) -> None:
        """Take the folders by absolute path."""
        self.held = {path: Held(files) for path, files in folders.items()}
        self._is_outside = is_outside
        self.looked: list[str] = []

    def is_outside(self, path: str) -> bool:
        """Tell by the path alone."""
        return self._is_outside or path.startswith("..")

    def declared(self, path: str) -> SourcePlace | Absent:
        """Find a folder."""
        self.looked.append(path)
        if path not in self.held:
            return Absent(NotThere.LINKED if "link" in path else NotThere.MISSING, path)
        return SourcePlace(folder=f"/{path}", identity=path, is_outside=self._is_outside, has_marks=True)

    given = declared

    def files(self, place: SourcePlace) -> Files:
        """Give the files of a folder."""
        return self.held[place.folder[1:]]  # type: ignore[return-value]  # it refuses what it lacks

    def git(self, place: SourcePlace) -> Git:
        """Nothing here is a checkout."""
        raise AssertionError(place)

    def history(self, place: SourcePlace) -> History:
        """Nothing here has one."""
        raise AssertionError(place)


def declared(*names: str) -> tuple[Wanted, ...]:
    """Ask for sources in folders of the same names."""
    return wanted_sources(Declarations(sources=tuple(DeclaredSource(id=name, path=name) for name in names)), ())


# req: openspec-interop/7.2
def test_nothing_outside_is_looked_at_without_trust() -> None:
    """Not even whether a folder exists is asked; trust is asked for once."""
    places, asked = Places({"aa": SPEC}), []

    def trusts() -> bool:
        asked.append(1)
        return False

    found = resolved(load({}), declared("aa", "bb", "link"), places, trusts)
    assert [item.state for item in found.items] == [SourceState.OUTSIDE] * 3
    assert (places.looked, len(asked)) == ([], 1)


def test_what_the_person_gives_needs_no_trust() -> None:
    """The command line is the person's own word."""
    wanted = wanted_sources(Declarations(), [("aa", "aa")])
    found = resolved(load({}), wanted, Places({"aa": SPEC}), lambda: False)
    assert [(item.state, item.wanted.origin) for item in found.items] == [(SourceState.NO_CHECKOUT, Origin.GIVEN)]


# req: openspec-interop/7.3
def test_the_others_go_on_where_one_cannot_be_read() -> None:
    """A missing one, a link and a broken disk are named; each folder is read once."""
    places = Places({"broken": {}, "good": SPEC})
    found = resolved(load({}), declared("broken", "gone", "good", "link"), places, lambda: True)
    states = {item.id: item.state for item in found.items}
    assert states == {
        "broken": SourceState.MISSING,
        "gone": SourceState.MISSING,
        "good": SourceState.NO_CHECKOUT,
        "link": SourceState.OUTSIDE,
    }
    assert all(item.reason for item in found.items)
    assert [spec.name for spec in combined(found).specs] == ["good:login"]
    assert places.held["good"].snapshots == 1


def test_a_declaration_of_a_source_is_not_followed() -> None:
    """A declares B, B declares A and C: only B is read."""
    back = {**SPEC, RelPath(SOURCES_PATH): b"[[source]]\nid = 'cc'\npath = 'cc'\n[[source]]\nid = 'aa'\npath = '../aa'\n"}
    places = Places({"bb": back, "cc": SPEC})
    found = combined(resolved(load(SPEC), declared("bb"), places, lambda: True))
    assert places.looked == ["bb"]
    assert [spec.name for spec in found.specs] == ["login", "bb:login"]
    assert found.declared.ids == {"bb"}


def test_a_folder_that_looks_like_a_mount_cannot_pass_for_a_source() -> None:
    """The workspace's own `pay:` folder is left out once there is a source of that id."""
    own = load({**SPEC, RelPath("pay:/.kiro/specs/forged/requirements.md"): b"# R\n"})
    found = combined(resolved(own, declared("pay"), Places({"pay": SPEC}), lambda: True))
    assert [spec.name for spec in found.specs] == ["login", "pay:login"]


def test_globs_choose_specs() -> None:
    """Others of the source are not there."""
    files = {RelPath(f".kiro/specs/{name}/requirements.md"): b"" for name in ("login", "logout", "pay")}
    read = read_declarations(scan(SOURCES_PATH, b"[[source]]\nid = 'aa'\npath = 'aa'\nspecs = ['log*']\n"))
    found = resolved(load({}), wanted_sources(read, ()), Places({"aa": files}), lambda: True)
    assert [spec.name for spec in combined(found).specs] == ["aa:login", "aa:logout"]


def test_names_that_are_borne_twice_are_told() -> None:
    """The own one hides those of sources, in any letter case; those of two sources clash."""
    other = {RelPath(".kiro/specs/Login/requirements.md"): b"", RelPath(".kiro/specs/x/requirements.md"): b""}
    found = resolved(load(SPEC), declared("aa", "bb"), Places({"aa": other, "bb": other}), lambda: True)
    same = namesakes(combined(found))
    assert same[".kiro/specs/login"].shadows == ("aa:/.kiro/specs/Login", "bb:/.kiro/specs/Login")
    assert same["aa:/.kiro/specs/Login"].shadowed_by == ".kiro/specs/login"
    assert same["aa:/.kiro/specs/x"].clashes == ("bb:/.kiro/specs/x",)


@pytest.mark.parametrize("given", [[("Pay", "x")], [("aa", "x"), ("aa", "y")], [("shop", "x")], [("../x", "x")]])
def test_an_id_that_is_given_must_be_one(given: list[tuple[str, str]]) -> None:
    """No id twice, and none that is the workspace's name."""
    with pytest.raises(Usage):
        wanted_sources(Declarations(name="shop"), given)


def test_a_digest_names_what_was_read() -> None:
    """It changes with a byte and with a name."""

    def digest(files: Mapping[RelPath, bytes]) -> str:
        return resolved(load({}), declared("aa"), Places({"aa": files}), lambda: True).items[0].digest

    moved = {RelPath(".kiro/specs/logout/requirements.md"): b"# R\n"}
    changed = {path: raw + b"x" for path, raw in SPEC.items()}
    assert digest(SPEC) == digest(dict(SPEC))
    assert len({digest(SPEC), digest(moved), digest(changed)}) == 3
