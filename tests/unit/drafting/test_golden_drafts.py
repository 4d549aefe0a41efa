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


@pytest.mark.parametrize("dialect", ["kiro", "tutorial"])
def test_drafts_are_as_they_were(repository: Path, dialect: str) -> None:
    folder = repository / "tests" / "golden" / "drafts" / dialect
    files = {RelPath(".kiro/specs/sample/requirements.md"): (folder / "requirements.md").read_bytes()}
    design = outline_design(load(files).specs[0])
    assert isinstance(design, str)
    files[RelPath(".kiro/specs/sample/design.md")] = design.encode()
    spec = load(files).specs[0]
    tasks = outline_tasks(spec, spec.design)
    assert isinstance(tasks, str)
    for name, text in (("design.md", design), ("tasks.md", tasks)):
        if os.environ.get("SETSQUARE_UPDATE_GOLDEN"):
            (folder / name).write_bytes(text.encode())
        assert (folder / name).read_bytes() == text.encode(), f"{dialect}/{name} changed"
