"""A design against its tasks and the repository."""

from __future__ import annotations

import pytest

from setsquare.spec.drift_design import aged, design_edited, named_in, scope_drift, scope_of, unbuilt, vanished
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec
from setsquare.workspace.tasks import read_tasks


def spec(tasks: str) -> Spec:
    return Spec(name="bell", path=RelPath("bell"), root=RelPath(""), tasks=read_tasks(scan(RelPath("bell/tasks.md"), tasks.encode())))


@pytest.mark.parametrize(
    ("text", "globs", "components"),
    [
        ("`src/a.py`", ("src/a.py",), ()),
        ("`TokenStore.issue()`", (), ("TokenStore.issue",)),
        ("`token_store`", (), ("token_store",)),
        ("`Token`, `true`, `POST /x`, `npm test`", (), ()),
        ("```\n`src/a.py`\n```\n", (), ()),
        ("`a::BellTower`", (), ()),
    ],
)
def test_what_a_text_names(text: str, globs: tuple[str, ...], components: tuple[str, ...]) -> None:
    found = named_in(text)
    assert (found.globs, found.components) == (globs, components)


def test_line_ends_alone_are_no_edit() -> None:
    assert design_edited(spec(""), b"a\nb\n", b"a\r\nb\r\n", what="then") is None
    assert design_edited(spec(""), b"a\n", b"b\n", what="then") is not None


def test_tasks_that_name_what_the_design_lost() -> None:
    found = vanished(
        spec("- [ ] 1. Write `TokenStore` in `src/a.py`\n- [ ] 2. Write `Other`\n- [x] 3. Go\n  - keep `TokenStore`\n"),
        "`TokenStore` in `src/a.py`, `src/b.py`",
        "`KeyStore` in `src/a.py`",
    )
    assert [(item.line, item.reason) for item in found] == [
        (1, "task 1 names `TokenStore`, which the design has no longer"),
        (3, "task 3 names `TokenStore`, which the design has no longer"),
    ]


@pytest.mark.parametrize(
    ("tasks", "missing"),
    [
        ("- [ ] 1. Write `src/a.py` and `src/b.py`", []),
        ("- [x] 1. Write `src/a.py`\n- [ ] 2. Write `src/b.py`", []),
        ("- [x] 1. Write `src/b.py`\n- [ ] 2. Write `src/a.py`", ["src/b.py"]),
        ("- [x] 1. Write\n- [ ]* 2. Test", ["src/b.py", "KeyStore"]),
    ],
)
def test_only_what_done_tasks_should_have_built_is_missed(tasks: str, missing: list[str]) -> None:
    found = unbuilt(spec(tasks), "`src/a.py`, `src/b.py`, `TokenStore`, `KeyStore`", ["src/a.py"], lambda word: word == "TokenStore")
    assert [item.reason.split("`")[1] for item in found] == missing


def test_a_path_may_leave_out_the_folder_of_all_sources() -> None:
    found = unbuilt(spec("- [x] 1. Write"), "`auth/a.py`, `auth/b.py`, `h/a.py`", ["src/pkg/auth/a.py"], lambda _word: True)
    assert [item.reason.split("`")[1] for item in found] == ["auth/b.py", "h/a.py"]


def test_the_scope_is_what_tasks_and_design_name() -> None:
    globs = scope_of(spec("- [ ] 1. Write `src/auth/` and tests/test_a.py"), "In `lib/x.ts`.\n```\n`lib/y.ts`\n```\n")
    changed = [RelPath(path) for path in ("src/auth/deep/a.py", "tests/test_a.py", "lib/x.ts", "lib/y.ts", "src/other.py")]
    assert [item.path for item in scope_drift(spec(""), globs, changed, "c0ffee")] == changed[:3]


@pytest.mark.parametrize(("days", "is_old"), [(None, False), (90, False), (91, True)])
def test_age(days: int | None, is_old: bool) -> None:
    assert (aged(spec(""), "2026-01-01T00:00:00Z", days, 90) is not None) is is_old
