"""The reference page of the settings names every key that the reader knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.workspace.settings_keys import KNOWN_KEYS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "settings.md"
GROUPS = ("agent", "verify", "models", "budget", "governance")
_OBJECTS = frozenset(
    {"agent.pathAutonomy.*", "models.*", "models.routing", "models.*.price", "budget.daily", "budget.monthly", "governance.roles"}
)


@pytest.mark.parametrize("key", sorted(key for key in KNOWN_KEYS if key.partition(".")[0] in GROUPS and "." in key and key not in _OBJECTS))
def test_every_key_is_on_the_page(key):
    assert f"`{key}`" in PAGE.read_text(encoding="utf-8")
