from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.guard.secrets import REDACTED, redacted, values_of_environment, variants

SHAPES = [
    "AKIA" + "ABCDEFGH12345678",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2c3" * 6,
    "glpat-" + "a1B2c3d4e5f6g7h8i9j0",
    "xoxb-" + "123456789012-abcdefABCDEF",
    "sk_live_" + "a1b2c3d4e5f6g7h8",
    "sk-ant-api03-" + "a1B2c3D4" * 5,
    "sk-proj-" + "a1B2c3D4" * 5,
    "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU",
    "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
]


@pytest.mark.parametrize("token", SHAPES)
@pytest.mark.parametrize("around", ["{}", "token={} and", '{{"k": "{}"}}', "x\n{}\ny", "https://a.b/?t={}&c=1"])
def test_a_well_known_shape_goes(token, around):
    told = redacted(around.format(token))
    assert token not in told
    assert REDACTED in told


@pytest.mark.parametrize(
    "text",
    [
        "the commit 3f2a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a is fine",
        "import sk_learn; task-list; mask-image; risk-free-returns-of-the-market",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
        "https://example.org:8080/path@x",
        "Bearer of bad news; a token of appreciation; basic understanding",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redacted(text) == text


def test_a_private_key_keeps_the_numbers_of_the_lines():
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----"
    assert redacted(f"a\n{key}\nb").split("\n") == ["a", REDACTED, "", "", "", "b"]
    assert "def" not in redacted("-----BEGIN PRIVATE KEY-----\nabc\ndef")


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60), st.binary(max_size=7), st.binary(max_size=7))
def test_base64_of_any_text_around_a_value_shows_none_of_it(value, before, after):
    coded = base64.b64encode(before + value.encode() + after).decode()
    assert any(each in coded for each in variants([value])[1:])


def test_long_text_without_a_secret_takes_linear_time():
    values = variants([f"value-{number}-of-a-secret" for number in range(20)])
    for text in ("a" * 200_000, "-----BEGIN PRIVATE KEY " * 8_000, "://a:" * 40_000, "eyJ" * 60_000, "sk-" * 60_000, "Bearer " * 30_000):
        began = time.perf_counter()
        redacted(text, values)
        assert time.perf_counter() - began < 2.0, text[:20]


def test_variables_that_are_no_secrets_stay():
    given = [
        ("PATH", "/usr/bin"),
        ("XDG_SESSION_ID", "12345678"),
        ("KEYBOARD", "de-latin"),
        ("MY_API_KEY", "abc123456789"),
        ("PASSWORD", "x1"),
    ]
    assert values_of_environment(given) == ("abc123456789",)


@pytest.mark.parametrize("name", ["config/.env", "certs/server.pem", "id_rsa"])
def test_a_patch_of_a_file_with_secrets_shows_none_of_it(name):
    patch = f"diff --git a/{name} b/{name}\ndeleted file mode 100644\nindex 1..0\n--- a/{name}\n+++ /dev/null\n@@ -1 +0,0 @@\n-PIN=four plain words\n"
    text = f"commit 1\n\n    gone\n\n{patch}diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\n+y\n"
    hidden = redacted(text)
    assert "four plain words" not in hidden
    assert "+y" in hidden
    assert "gone" in hidden
    assert redacted(hidden) == hidden


def test_a_coloured_patch_and_a_renamed_file_show_none_of_it():
    for head in ("\x1b[1mdiff --git a/.env b/.env\x1b[m", "diff --git a/notes.txt b/.env", "diff --git a/.env b/notes.txt"):
        assert "words" not in redacted(f"{head}\n\x1b[31m-PIN=four words\x1b[m\n")


@pytest.mark.parametrize("at", range(12))
@pytest.mark.parametrize("value", ["s3cr3t-value", "s3cr3t-valuez", "a longer s3cr3t of words", "short7"])
def test_a_value_is_found_wherever_it_stands(at, value):
    for spelled in (value, value.replace("-", "-\n")):
        assert value not in redacted("." * at + spelled + "." * 7, [value])
        assert "[redacted]" in redacted("." * at + spelled + "." * 7, [value])
