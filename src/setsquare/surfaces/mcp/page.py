"""Gives a part of what is long: lists of a JSON document are cut to a page, and what was cut is told in the document itself."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

USUAL, MOST = 100, 1_000

Offset = Annotated[int, Meta(ge=0, description="Where the page of a long list begins; see `cut` of an answer.")]
Limit = Annotated[int, Meta(ge=1, le=MOST, description="Entries given of a long list.")]

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class Page(Struct, frozen=True):
    """Which part of long lists is wanted: entries from `offset`, `limit` of them."""

    offset: int = 0
    limit: int = USUAL


class Cut(Struct, frozen=True, kw_only=True):
    """A list that was cut: where it stands, how many entries it has in all, and which were given."""

    path: str
    total: int
    offset: int
    given: int


# req: mcp-server/4.1
def paged(document: dict[str, Json], page: Page) -> dict[str, Json]:
    """Cut the lists that are longer than a page; a document without such a list stays as it is.

    The outermost long lists are turned by `offset`; a long list within an entry is cut to its beginning, which a narrower question shows whole.

    >>> paged({"found": [1, 2, 3], "few": [1]}, Page(1, 2))
    {'found': [2, 3], 'few': [1], 'cut': [{'path': 'found', 'total': 3, 'offset': 1, 'given': 2}]}
    >>> paged({"found": [1, 2]}, Page(0, 2))
    {'found': [1, 2]}
    """
    cuts: list[Cut] = []
    shown = {name: _shortened(value, name, page, cuts) for name, value in document.items()}
    return {**shown, "cut": msgspec.to_builtins(cuts)} if cuts else shown


def _shortened(value: Json, path: str, page: Page, cuts: list[Cut]) -> Json:
    if isinstance(value, dict):
        return {name: _shortened(inner, f"{path}.{name}", page, cuts) for name, inner in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) <= page.limit:
        return [_shortened(inner, f"{path}[{at}]", page, cuts) for at, inner in enumerate(value)]
    kept = value[page.offset : page.offset + page.limit]
    cuts.append(Cut(path=path, total=len(value), offset=page.offset, given=len(kept)))
    inside = Page(0, page.limit)
    return [_shortened(inner, f"{path}[{page.offset + at}]", inside, cuts) for at, inner in enumerate(kept)]
