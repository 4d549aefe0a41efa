"""The registry of stores and the worksets: what is written reads back the same, and what is wrong is named in one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.workspace.openspec.store_registry import (
    RegisteredStore,
    StoreIdentity,
    identity_text,
    problem_of_id,
    read_identity,
    read_registry,
    registry_text,
)
from setsquare.workspace.openspec.worksets import Member, Workset, read_openers, read_worksets, worksets_text
from setsquare.workspace.openspec.yaml_checks import plain_yaml
from setsquare.workspace.openspec.yaml_values import read_yaml

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
ID = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3}){0,2}", fullmatch=True)
STORE = st.builds(RegisteredStore, id=ID, path=TEXT, remote=st.just("") | TEXT, branch=st.just("") | TEXT)


@given(TEXT)
def test_any_string_reads_back_the_same(value: str) -> None:
    assert read_yaml(f"key: {plain_yaml(value)}\n") == {"key": value}


@given(st.lists(STORE, max_size=4, unique_by=lambda store: store.id))
def test_a_registry_reads_back_the_same(stores: list[RegisteredStore]) -> None:
    assert read_registry(registry_text(stores)) == tuple(sorted(stores, key=lambda store: store.id))


@given(ID, st.just("") | TEXT)
def test_an_identity_reads_back_the_same(store_id: str, remote: str) -> None:
    identity = StoreIdentity(id=store_id, remote=remote)
    assert read_identity(identity_text(identity)) == identity


@given(st.dictionaries(ID, st.tuples(TEXT, st.just("") | TEXT), max_size=3))
def test_worksets_read_back_the_same(entries: dict[str, tuple[str, str]]) -> None:
    worksets = [Workset(name=name, members=(Member("a", f"/{path}"),), tool=tool) for name, (path, tool) in sorted(entries.items())]
    assert read_worksets(worksets_text(worksets)) == tuple(worksets)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "root: Invalid input: expected object, received null"),
        ("version: true\nstores: {}\n", "version: Invalid input: expected 1"),
        ("version: 1\n", "stores: Invalid input: expected record, received undefined"),
        ("version: 1\nstores: {a: {}}\n", "stores.a.backend: Invalid input: expected object, received undefined"),
        (
            "version: 1\nstores: {a: {x: 1, backend: {type: git, local_path: '', remote: 1}}}\n",
            (
                "stores.a.backend.local_path: Too small: expected string to have >=1 characters; "
                'stores.a.backend.remote: Invalid input: expected string, received number; stores.a: Unrecognized key: "x"'
            ),
        ),
    ],
)
def test_all_that_is_wrong_with_a_registry_is_named(text: str, problem: str) -> None:
    assert read_registry(text) == f"Invalid store registry state: {problem}"


@pytest.mark.parametrize("store_id", ["", "A", "a b", "a/b", "..", "-a", "a--b", "a\n"])
def test_what_cannot_be_an_id(store_id: str) -> None:
    assert problem_of_id(store_id).startswith("Store id must ")


@pytest.mark.parametrize(
    ("openers", "problem"),
    [
        (3, "openers: Invalid input: expected record, received number"),
        ({"x": 3}, "x: Invalid input: expected object, received number"),
        ({"code": {"args": [3]}}, "code.args.0: Invalid input: expected string, received number"),
        ({"code": {"style": "x"}}, 'code.style: Invalid option: expected one of "workspace-file"|"attach-dirs"'),
        ({"code": {"a": 1, "b": 2}}, 'code: Unrecognized keys: "a", "b"'),
    ],
)
def test_what_is_wrong_with_a_tool_is_named(openers: object, problem: str) -> None:
    assert read_openers({"openers": openers}) == problem
