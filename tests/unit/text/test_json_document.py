"""JSON with comments: what is accepted, what is reported, and that nothing crashes the reader."""

from __future__ import annotations

import time

import pytest

from setsquare.text.document import NodeKind
from setsquare.text.json_document import LIMIT_DEPTH, read, scan
from setsquare.text.json_tree import JsonArray, JsonNumber, JsonObject, JsonString, JsonTree
from setsquare.text.paths import RelPath

PATH = RelPath("a.json")


def tree_of(raw: bytes, *, expects_object: bool = False) -> JsonTree:
    return read(scan(PATH, raw), expects_object=expects_object)


def reasons(raw: bytes) -> list[str]:
    return [problem.reason for problem in tree_of(raw).problems]


def test_reads_values_with_the_spans_of_keys_and_values() -> None:
    raw = b'\xef\xbb\xbf// c\n{ "a" : "x\\u00e9", "b": [1, -2.5e3, true, null] /* d */ }\r\n'
    tree = tree_of(raw)
    assert tree.is_sound
    assert not tree.problems
    first, second = tree.members
    assert raw[first.key_span.start : first.key_span.end] == b'"a"'
    assert isinstance(first.value, JsonString)
    assert first.value.value == "xé"
    assert raw[first.value.span.start : first.value.span.end] == b'"x\\u00e9"'
    assert isinstance(second.value, JsonArray)
    assert raw[second.value.span.start : second.value.span.end] == b"[1, -2.5e3, true, null]"
    numbers = [item for item in second.value.items if isinstance(item, JsonNumber)]
    assert [(number.integer, number.number) for number in numbers] == [(1, 1.0), (None, -2500.0)]


def test_a_duplicate_key_is_an_error_at_the_second_key_however_it_is_escaped() -> None:
    raw = b'{"a": 1, "\\u0061": 2}'
    tree = tree_of(raw)
    (problem,) = tree.problems
    assert raw[problem.span.start : problem.span.end] == b'"\\u0061"'
    assert not problem.is_warning
    assert not tree.is_sound
    assert [member.key for member in tree.members] == ["a", "a"]


def test_the_same_key_in_two_objects_is_no_duplicate() -> None:
    assert reasons(b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}') == []


@pytest.mark.parametrize("raw", [b'{"a": 1,}', b'{"a": [1, 2 , ], "b": 2}', b"[{},]"])
def test_a_trailing_comma_is_a_warning(raw: bytes) -> None:
    tree = tree_of(raw)
    (problem,) = tree.problems
    assert (problem.reason, problem.is_warning, raw[problem.span.start : problem.span.end]) == ("trailing comma", True, b",")
    assert tree.is_sound


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  // only a comment",
        b"{",
        b"[1",
        b'{"a"}',
        b'{"a": }',
        b'{"a": 1 "b": 2}',
        b"{,}",
        b"[,]",
        b"[1,,2]",
        b"{a: 1}",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": 1.}',
        b'{"a": .5}',
        b'{"a": "open}',
        b'{"a": "line\nbreak"}',
        b'{"a": "tab\t"}',
        b'{"a": "\\x41"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b"{} {}",
        b"{}]",
        b"[}",
        b'{"a": 1]',
        b'{"a": 1} /* open',
        b"\x00",
        b'{"a"\xc2\xa0: 1}',
    ],
)
def test_what_is_not_json_is_an_error_with_a_span_inside_the_file(raw: bytes) -> None:
    tree = tree_of(raw)
    assert not tree.is_sound
    errors = [problem for problem in tree.problems if not problem.is_warning]
    assert errors
    assert all(0 <= problem.span.start <= problem.span.end <= len(raw) for problem in errors)


def test_what_was_read_before_an_error_is_kept() -> None:
    tree = tree_of(b'{"mcpServers": {"db": {"env": {"KEY": "secret"}')
    value = tree.members[0].value
    assert isinstance(value, JsonObject)
    assert value.members[0].key == "db"


def test_an_object_is_demanded_only_where_asked() -> None:
    assert tree_of(b"[]").is_sound
    assert [problem.reason for problem in tree_of(b"[]", expects_object=True).problems] == ["expected an object at the top level"]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_deep_nesting_is_an_error_and_never_a_crash(opening: bytes) -> None:
    tree = tree_of(opening * 100_000)
    assert not tree.is_sound
    assert "nested deeper" in tree.problems[-1].reason
    assert hash(tree) == hash(tree_of(opening * 100_000))


def test_nesting_up_to_the_limit_is_read() -> None:
    assert tree_of(b"[" * LIMIT_DEPTH + b"]" * LIMIT_DEPTH).is_sound


def test_numbers_of_any_size_are_read() -> None:
    tree = tree_of(b"[" + b"9" * 20_000 + b", 1e999]")
    assert isinstance(tree.root, JsonArray)
    assert [item.integer for item in tree.root.items if isinstance(item, JsonNumber)] == [None, None]
    assert [item.number for item in tree.root.items if isinstance(item, JsonNumber)] == [float("inf"), float("inf")]


def test_garbage_and_what_never_closes_are_bytes() -> None:
    kinds = [node.kind for node in scan(PATH, b"{'a' /* open").nodes]
    assert kinds[1] is NodeKind.BYTES
    assert kinds[-1] is NodeKind.BYTES


@pytest.mark.parametrize("unit", [b"/*", b'"\\\n', b"//x\n", b"/*/", b'"a",', b"[", b"'\xff"])
def test_scanning_takes_time_in_proportion_to_the_size(unit: bytes) -> None:
    small, large = unit * 10_000, unit * 80_000
    assert _seconds(large) < 60 * max(_seconds(small), 0.002)


def _seconds(raw: bytes) -> float:
    began = time.process_time()
    read(scan(PATH, raw))
    return time.process_time() - began
