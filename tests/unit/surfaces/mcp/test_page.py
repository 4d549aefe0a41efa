"""Pages of long lists, one after the other, are the list."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from setsquare.surfaces.mcp.page import Page, paged


# req: mcp-server/4.1
@given(st.lists(st.integers(), max_size=60), st.integers(1, 20))
def test_the_pages_make_the_whole(entries: list[int], limit: int) -> None:
    document: dict[str, Any] = {"schema": "x", "inner": {"found": entries}}
    pages: list[Any] = [paged(document, Page(offset, limit)) for offset in range(0, max(1, len(entries)), limit)]
    assert ("cut" in pages[0]) is (len(entries) > limit)
    if len(entries) > limit:
        assert [entry for page in pages for entry in page["inner"]["found"]] == entries
        assert all(page["cut"][0]["total"] == len(entries) and page["cut"][0]["path"] == "inner.found" for page in pages)
    else:
        assert pages[0] == document


def test_a_long_list_within_an_entry_is_cut_to_its_beginning() -> None:
    """It cannot be turned together with the list around it; the cut says so."""
    document: dict[str, Any] = {"rows": [{"tests": [1, 2, 3]}, {"tests": [4]}, {"tests": [5, 6, 7]}]}
    found: Any = paged(document, Page(2, 2))
    assert found["rows"] == [{"tests": [5, 6]}]
    assert [(cut["path"], cut["total"], cut["offset"]) for cut in found["cut"]] == [("rows", 3, 2), ("rows[2].tests", 3, 0)]


def test_the_only_entry_of_a_short_list_is_turned_too() -> None:
    document: dict[str, Any] = {"roles": [{"permissions": [1, 2, 3]}]}
    found: Any = paged(document, Page(2, 2))
    assert found["roles"] == [{"permissions": [3]}]
