"""The outline drafts of two small specs, byte for byte: what changes in them is read before it is accepted.

Set SETSQUARE_UPDATE_GOLDEN=1 to write them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

GOLDEN = ("tests/golden/drafts/kiro", "tests/golden/drafts/tutorial")
SHOWN = ("address-form", "invoice-run", "link-shortener", "photo-rename", "rate-limiter")


@pytest.mark.parametrize("place", [*GOLDEN, *(f"docs/drafts/{name}" for name in SHOWN)])
def test_drafts_are_as_they_were(repository: Path, place: str) -> None:
    folder = repository / place
    root = f".kiro/specs/{folder.name}"
    files = {RelPath(f"{root}/requirements.md"): (folder / "requirements.md").read_bytes()}
    design = outline_design(load(files).specs[0])
    assert isinstance(design, str)
    files[RelPath(f"{root}/design.md")] = design.encode()
    spec = load(files).specs[0]
    tasks = outline_tasks(spec, spec.design)
    assert isinstance(tasks, str)
    for name, text in (("design.md", design), ("tasks.md", tasks)):
        if os.environ.get("SETSQUARE_UPDATE_GOLDEN"):
            (folder / name).write_bytes(text.encode())
        assert (folder / name).read_bytes() == text.encode(), f"{place}/{name} changed"
