from __future__ import annotations

import json

import pytest

from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.governance_reader import STRICTEST
from setsquare.workspace.settings import Governance, Settings
from setsquare.workspace.settings_keys import unknown_keys
from setsquare.workspace.settings_reader import read_settings

PATH = RelPath(".kiro/settings.json")


def read(value: object) -> Settings:
    return read_settings(json_document.scan(PATH, json.dumps({"governance": value}).encode()))


def test_absent_keys_demand_nothing() -> None:
    assert read({}).governance == Governance()
    assert read_settings(json_document.scan(PATH, b"{}")).governance == Governance()


def test_every_key_is_read_and_known() -> None:
    value = {
        "requirementsSignOff": "product-owner",
        "requirementsReview": "peer",
        "designApproval": "architect",
        "designEdits": "append-only",
        "steeringChanges": "architect-and-security",
        "roles": {"architect": ["ada@example.org"]},
        "specAgeLimitDays": 60,
        "specSprawlLimit": 5,
        "archiveRequires": "approved",
    }
    settings = read(value)
    assert settings.problems == ()
    assert settings.governance == Governance(
        requirements_role="product-owner",
        design_role="architect",
        steering_roles=("architect", "security"),
        requires_peer=True,
        is_append_only=True,
        roles=(("architect", ("ada@example.org",)),),
        age_limit_days=60,
        sprawl_limit=5,
        archives_valid=True,
        archives_approved=True,
    )
    assert unknown_keys(json_document.scan(PATH, json.dumps({"governance": value}).encode())) == ()


@pytest.mark.parametrize(
    ("key", "wrong", "field", "strict"),
    [
        ("requirementsSignOff", "nobody", "requirements_role", "product-owner"),
        ("requirementsReview", True, "requires_peer", True),
        ("designApproval", 1, "design_role", "architect"),
        ("designEdits", None, "is_append_only", True),
        ("archiveRequires", "all", "archives_approved", True),
        ("steeringChanges", "all", "steering_roles", ("architect", "security")),
        ("roles", ["ada"], "roles", ()),
        ("specAgeLimitDays", 0, "age_limit_days", 30),
    ],
)
def test_a_wrong_value_is_reported_and_becomes_the_stricter_one(key: str, wrong: object, field: str, strict: object) -> None:
    settings = read({key: wrong})
    assert len(settings.problems) == 1
    assert getattr(settings.governance, field) == strict


@pytest.mark.parametrize("raw", [b'{"governance": []}', b"{", b'{"governance": {}, "governance": {}}'])
def test_what_cannot_be_read_demands_every_sign_off(raw: bytes) -> None:
    assert read_settings(json_document.scan(PATH, raw)).governance == STRICTEST


def test_a_wrong_list_of_people_is_held_by_nobody() -> None:
    assert read({"roles": {"architect": ["ada", 3]}}).governance.roles == (("architect", ()),)
