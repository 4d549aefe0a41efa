"""The reference page is the table."""

from __future__ import annotations

from pathlib import Path

from setsquare.integrations.page import page
from setsquare.integrations.tools import TOOLS


def test_the_page_is_as_the_table_says(repository: Path) -> None:
    assert (repository / "docs/reference/integrations.md").read_text() == page()


def test_every_source_date_and_unverified_format_stands_in_it() -> None:
    text = page()
    for tool in TOOLS:
        for form in tool.forms:
            row = next(
                line for line in text.splitlines() if f"<{form.source.url}>" in line and f"`{form.path.replace('{id}', '*')}`" in line
            )
            assert form.source.read_on in row
            assert ("unverified" in row) is not form.source.is_verified
