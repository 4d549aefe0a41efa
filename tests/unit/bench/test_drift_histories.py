"""Replaying published versions: what a step flags, what moved, what builds stamp."""

from __future__ import annotations

import zipfile
from pathlib import Path

from bench.drift_histories import LEAST_STEPS_FOR_STAMPS, PINS, History, pinned, replay, sources, stamps, wheels

from setsquare.text.paths import RelPath

M, N = RelPath("p/m.py"), RelPath("p/n.py")
TWO = b"class A:\n    def a(self):\n        return 1\n\n    def _hidden(self):\n        return 0\n\n\ndef b():\n    return 2\n"


def test_a_step_flags_by_path_what_the_file_holds_and_by_symbol_what_changed() -> None:
    found = replay([{M: TWO, N: TWO}, {M: TWO.replace(b"2", b"3"), N: TWO}, {M: b"# note\n" + TWO.replace(b"2", b"3"), N: TWO}])
    assert (found.steps, found.changed, found.links) == (2, 2, 12)
    assert (found.by_path, found.by_symbol, found.needless, found.missed) == (6, 1, 0, 0)


def test_code_that_moved_word_for_word_is_no_flag_and_code_that_went_is() -> None:
    moved = replay([{M: TWO}, {N: TWO}])
    assert (moved.by_path, moved.by_symbol, moved.missed) == (3, 0, 0)
    renamed = replay([{M: TWO}, {M: TWO.replace(b"class A", b"class B")}])
    assert (renamed.by_path, renamed.by_symbol, renamed.missed) == (3, 1, 0)
    gone = replay([{M: TWO}, {}])
    assert (gone.by_path, gone.by_symbol, gone.missed) == (3, 3, 0)


def test_what_every_build_stamps_is_left_out_of_long_histories_alone() -> None:
    trees = [{M: b"x = %d" % day, N: TWO} for day in range(LEAST_STEPS_FOR_STAMPS + 1)]
    assert stamps(trees) == {M}
    assert stamps(trees[:3]) == frozenset()
    assert stamps([*trees, trees[-1]]) == frozenset()


def test_wheels_that_are_there_are_read_in_the_order_of_versions(tmp_path: Path) -> None:
    for version in ("1.9", "1.10"):
        path = tmp_path / "lib" / version / f"lib-{version}-py3-none-any.whl"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("lib/a.py", f"v = '{version}'")
            archive.writestr("lib/data.txt", "")
    found = wheels(History(package="lib", steps="release", versions=("1.9", "1.10")), tmp_path)
    assert [sources(wheel) for wheel in found] == [{RelPath("lib/a.py"): b"v = '1.9'"}, {RelPath("lib/a.py"): b"v = '1.10'"}]


def test_every_pinned_history_is_long_and_names_each_version_once() -> None:
    for history in pinned(PINS.read_text(encoding="utf-8")):
        assert history.steps in {"nightly", "release"}
        assert len(set(history.versions)) == len(history.versions) >= 15, history.package
