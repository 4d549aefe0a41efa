"""What is wrong with a registry is a sentence, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.workspace.openspec.store_registry import problem_of_id, read_identity, read_pointer, read_registry

WHOLE = "version: 1\nstores:\n  b: {backend: {type: git, local_path: /b, remote: 'https://x/b', branch: main}}\n  a: {backend: {local_path: /a}}\n"


def test_stores_come_sorted_with_what_is_known_of_each() -> None:
    found = read_registry(WHOLE)
    assert isinstance(found, tuple)
    assert [(store.id, store.path, store.remote, store.branch) for store in found] == [
        ("a", "/a", "", ""),
        ("b", "/b", "https://x/b", "main"),
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "root: Invalid input: expected object, received null"),
        ("[a]", "root: Invalid input: expected object, received array"),
        ("version: 2\nstores: {}", "version: Invalid input: expected 1"),
        ("version: 1", "stores: Invalid input: expected record, received undefined"),
        ("version: 1\nstores: [a]", "stores: Invalid input: expected record, received array"),
        ("version: 1\nstores:\n  Bad Id: {backend: {local_path: /a}}", "Invalid store id: 'Bad Id'"),
        (
            "version: 1\nstores:\n  a: {backend: {type: git}}",
            "stores.a.backend.local_path: Invalid input: expected string, received undefined",
        ),
        ("version: [", "Invalid store registry state: "),
    ],
)
def test_a_damaged_registry_says_where(text: str, part: str) -> None:
    found = read_registry(text)
    assert isinstance(found, str)
    assert part in found


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    read_registry(text)
    read_identity(text)
    read_pointer(text)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("team-a", ""),
        ("", "Store id must not be empty"),
        ("a/b", "Store id must not contain path separators"),
        ("Team", "Store id must be kebab-case with lowercase letters, numbers, and single hyphen separators"),
        ("a--b", "Store id must be kebab-case with lowercase letters, numbers, and single hyphen separators"),
    ],
)
def test_ids(name: str, problem: str) -> None:
    assert problem_of_id(name) == problem
