"""Declared sources: what may stand in the file, what is refused in it, and that no file breaks the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.paths import RelPath
from setsquare.text.plain import scan
from setsquare.workspace.load import load
from setsquare.workspace.sources import LIMIT_SOURCES, SOURCES_PATH, Declarations, mount_of, mounted, read_declarations, unmounted


def read(text: str) -> Declarations:
    """Read a file."""
    return read_declarations(scan(SOURCES_PATH, text.encode()))


def source(name: str, path: str) -> str:
    """Write a declaration."""
    return f"[[source]]\nid = '{name}'\npath = '''{path}'''\n"


# req: openspec-interop/7.2
def test_reads_every_key() -> None:
    """All keys are kept as written."""
    (one,) = read('version = 1\nname = "shop"\n[[source]]\nid = "pay"\npath = "../pay"\nremote = "https://h/x"\nspecs = ["log*"]\n').sources
    assert (one.id, one.path, one.remote, one.specs) == ("pay", "../pay", "https://h/x", ("log*",))


@pytest.mark.parametrize(
    "path", ["", " ", "/etc", "//etc", "~", "~/x", "~root/x", "C:/x", "c:x", "..\\x", "a\x1bb", "a\u202eb", "x" * 1001]
)
def test_refuses_a_path_that_a_repository_may_not_name(path: str) -> None:
    """Such a declaration is left out with a problem; the next one holds."""
    raw = scan(SOURCES_PATH, b"[[source]]\nid = 'bad'\npath = " + _toml(path) + b"\n" + source("good", "../g").encode())
    found = read_declarations(raw)
    assert [item.id for item in found.sources] == ["good"]
    assert len(found.problems) == 1


def _toml(text: str) -> bytes:
    escaped = "".join(char if char.isalnum() else f"\\u{ord(char):04x}" for char in text)
    return f'"{escaped}"'.encode()


@pytest.mark.parametrize("name", ["Pay", "PAY", "p", "1pay", "pay:x", "../x", "a/b", "", "x" * 41, "pay "])
def test_refuses_an_id_that_is_none(name: str) -> None:
    """Ids are small, so that no two differ by letter case alone."""
    found = read(source(name, "../x") + source("pay", "../pay"))
    assert [item.id for item in found.sources] == ["pay"]
    assert len(found.problems) == 1


def test_the_first_of_two_with_one_id_counts() -> None:
    """A second bearer, and the workspace's own name, are problems."""
    found = read("name = 'shop'\n" + source("pay", "../a") + source("pay", "../b") + source("shop", "../c"))
    assert [(item.id, item.path) for item in found.sources] == [("pay", "../a")]
    assert len(found.problems) == 2


@pytest.mark.parametrize(
    "text",
    [
        "[[source]\n", "source = 1", "source = ['x']", "[source]\nid = 'pay'\npath = '../pay'", "version = 2\n" + source("pay", "../pay"),
        "a = " + "[" * 5000, "a." * 100 + "b = 1", "[[source]]\nid = 'pay'", "[[source]]\nid = 'pay'\npath = 3",
        "[[source]]\nid = 'pay'\npath = '../x'\nspecs = [1]", "[[source]]\nid = 'pay'\npath = '../x'\nremote = []",
    ],
)  # fmt: skip
def test_a_wrong_file_declares_nothing(text: str) -> None:
    """What cannot be followed is a problem, never an exception."""
    found = read(text)
    assert found.sources == ()
    assert found.problems


def test_too_many_sources_are_cut_off() -> None:
    """The limit is said."""
    found = read("".join(source(f"s{number}", f"../{number}") for number in range(LIMIT_SOURCES + 1)))
    assert len(found.sources) == LIMIT_SOURCES
    assert len(found.problems) == 1


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Any file is read or reported, and every problem lies in it."""
    found = read_declarations(scan(SOURCES_PATH, raw))
    assert all(0 <= problem.span.start <= problem.span.end <= len(raw) for problem in found.problems)


@given(st.from_regex(r"[a-z][a-z0-9-]{1,39}", fullmatch=True), st.text(max_size=30))
def test_a_mounted_path_says_whose_it_is(name: str, path: str) -> None:
    """Mounting and what is shown name the same source."""
    assert mount_of(mounted(name, path)) == name
    assert unmounted(mounted(name, path)) == f"{name}:{path}"


def test_problems_are_part_of_the_workspace() -> None:
    """`check` reports them, and the declarations are found by `load`."""
    workspace = load({RelPath(SOURCES_PATH): source("bad", "/etc").encode() + source("pay", "../pay").encode()})
    assert workspace.declared.ids == {"pay"}
    assert [problem.path for problem in workspace.malformed] == [SOURCES_PATH]


def test_only_the_workspaces_own_file_declares() -> None:
    """A file of that name in a package of a monorepo declares nothing: its paths would start elsewhere."""
    assert load({RelPath("services/a/.setsquare/sources.toml"): source("pay", "../pay").encode()}).declared.ids == frozenset()
