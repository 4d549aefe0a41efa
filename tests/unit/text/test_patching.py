"""A diff that git writes gives the bytes after it from those before it, and back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsquare.text.patching import is_diff, patches_in

LINES = st.lists(st.sampled_from(["a", "b", "", "}", "--- a", "+++ b", "@@ -1 +1 @@", "\\ x"]), max_size=25)


def git_diff(folder: Path, old: str, new: str) -> bytes:
    for name, text in (("old", old), ("new", new)):
        (folder / name).write_bytes(text.encode())
    command = ("git", "diff", "--no-index", "--no-renames", "--", "old", "new")
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=LINES, new=LINES, end=st.sampled_from(["\n", "\r\n"]), ends=st.tuples(st.booleans(), st.booleans()))
def test_what_git_writes_is_applied_and_taken_back(
    tmp_path: Path, old: list[str], new: list[str], end: str, ends: tuple[bool, bool]
) -> None:
    before = end.join(old) + (end if ends[0] else "")
    after = end.join(new) + (end if ends[1] else "")
    raw = git_diff(tmp_path, before, after)
    if not raw:
        return
    (patch,) = patches_in(raw)
    assert patch.applied(before.encode()) == after.encode()
    assert patch.reverted(after.encode()) == before.encode()


def test_new_removed_renamed_binary_and_quoted_files_are_named() -> None:
    raw = (
        b"diff --git a/new.tf b/new.tf\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/new.tf\n@@ -0,0 +1 @@\n+x\n"
        b"diff --git a/old.tf b/old.tf\ndeleted file mode 100644\n--- a/old.tf\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        b"diff --git a/a b.tf b/c d.tf\nsimilarity index 100%\nrename from a b.tf\nrename to c d.tf\n"
        b"diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n"
        b'diff --git "a/\\303\\274.tf" "b/\\303\\274.tf"\n--- "a/\\303\\274.tf"\n+++ "b/\\303\\274.tf"\n@@ -1 +1 @@\n-a\n+b\n'
    )
    names = [(patch.old_path, patch.new_path, patch.is_binary) for patch in patches_in(raw)]
    assert names == [
        ("", "new.tf", False),
        ("old.tf", "", False),
        ("a b.tf", "c d.tf", False),
        ("x.png", "x.png", True),
        ("ü.tf", "ü.tf", False),
    ]


@pytest.mark.parametrize("raw", [b"", b"{}", b"--- \n+++ \n", b"---\ntitle: x\n---\n", b'{"a": "--- x"}'])
def test_other_texts_are_no_diff(raw: bytes) -> None:
    assert not is_diff(raw)


def test_a_hunk_that_does_not_stand_where_it_says_fits_nowhere() -> None:
    (patch,) = patches_in(b"--- a/x\n+++ b/x\n@@ -2,1 +2,1 @@\n-b\n+c\n")
    assert patch.applied(b"a\nb\n") == b"a\nc\n"
    assert patch.applied(b"b\na\n") is None
    assert patch.applied(None) is None
