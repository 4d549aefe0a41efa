from __future__ import annotations

import hashlib
import json
import os

import pytest

from setsquare.adapters.permission_files import PermissionFiles


@pytest.fixture
def place(tmp_path):
    for name in ("home/.kiro/settings", "home/.kiro/workspace-roots", "w", "state", "etc/kiro", "etc/setsquare"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def found(place, folder="w"):
    files = PermissionFiles(str(place / folder), str(place / "state"), str(place / "home"), str(place / "etc"))
    return [(text.place, text.path.replace(str(place), ""), text.raw, text.problem) for text in files.texts()]


def test_files_come_outermost_first(place):
    (place / "etc/kiro/managed-settings.json").write_bytes(b"1")
    (place / "etc/setsquare/managed-settings.json").write_bytes(b"2")
    (place / "home/.kiro/settings/permissions.yaml").write_bytes(b"3")
    (place / "state/permissions.yaml").write_bytes(b"5")
    ours = place / "home/.kiro/workspace-roots" / hashlib.sha256(os.fsencode(place / "w")).hexdigest()
    ours.mkdir()
    (ours / "permissions.yaml").write_bytes(b"4")
    assert [(text[0], text[2]) for text in found(place)] == [
        ("administrator", b"1"), ("administrator", b"2"), ("user", b"3"), ("workspace", b"4"), ("machine", b"5"),
    ]  # fmt: skip
    assert found(place)[2][1] == "~/.kiro/settings/permissions.yaml"


@pytest.mark.parametrize("kind", ["sha256", "sha1", "md5"])
@pytest.mark.parametrize("length", [8, 16, 64])
@pytest.mark.parametrize("spelling", ["{}", "{}/", "file://{}"])
def test_a_folder_is_ours_by_a_digest_of_the_root(place, kind, length, spelling):
    name = hashlib.new(kind, spelling.format(place / "w").encode(), usedforsecurity=False).hexdigest()[:length]
    for each in (name, name[:7], "0" * 16, "ffffffff"):
        (place / "home/.kiro/workspace-roots" / each).mkdir()
        (place / "home/.kiro/workspace-roots" / each / "permissions.yaml").write_text(each)
    assert [text[2].decode() for text in found(place)] == [name]


@pytest.mark.parametrize(("file", "text", "is_ours"), [
    ("workspace.json", {"root": "{w}"}, True), ("root", "{w}\n", True), ("metadata.json", {"uri": "file://{w}"}, True), ("workspace.json", {"root": "{w}x"}, False),
    ("workspace.json", {"note": "{w}"}, False), ("workspace.json", "{broken", False), ("other.json", {"root": "{w}"}, False),
])  # fmt: skip
def test_a_folder_is_ours_by_the_root_that_it_names(place, file, text, is_ours):
    folder = place / "home/.kiro/workspace-roots/abc"
    folder.mkdir()
    (folder / "permissions.yml").write_text("x")
    (folder / file).write_text((text if isinstance(text, str) else json.dumps(text)).replace("{w}", str(place / "w")))
    assert bool(found(place)) is is_ours


def test_what_cannot_be_read_is_a_problem_and_what_is_absent_is_nothing(place):
    assert found(place) == []
    (place / "home/.kiro/settings/permissions.yaml").mkdir()
    (place / "state/permissions.yml").symlink_to(place / "state/permissions.yml")
    os.mkfifo(place / "etc/kiro/managed-settings.json")
    assert [(text[0], bool(text[3]), text[2]) for text in found(place)] == [
        ("administrator", True, b""),
        ("user", True, b""),
        ("machine", True, b""),
    ]


def test_a_file_in_the_workspace_is_the_repositorys(place):
    (place / "home/.kiro/settings/permissions.yaml").write_text("x")
    assert [text[0] for text in found(place, "home")] == ["repository"]
    (place / "w/mine.yaml").write_text("x")
    (place / "home/.kiro/settings/permissions.yaml").unlink()
    (place / "home/.kiro/settings/permissions.yaml").symlink_to(place / "w/mine.yaml")
    assert [text[0] for text in found(place)] == ["repository"]


def test_no_home_and_no_state_are_no_files(place):
    files = PermissionFiles(str(place / "w"), "", "", str(place / "etc"))
    assert (files.texts(), files.home) == ((), "")
