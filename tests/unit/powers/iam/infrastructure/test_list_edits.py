"""Items go out of lists of every shape, and what is left stands as a formatter has it."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess

import pytest

from setsquare.powers.iam.infrastructure.list_edits import bracketed_cuts, cuts
from setsquare.text.span import Span, apply_edits

ITEM = re.compile(rb'"[a-d]"')
LINES = '[\n  "a",\n  "b",\n  "c",\n  "d",\n]'
PAIRS = '[\n  "a", "b",\n  "c", "d",\n]'


def without(text: str, gone: str) -> str:
    raw = text.encode()
    items = [Span(*found.span()) for found in ITEM.finditer(raw)]
    index = {raw[each.start + 1 : each.end - 1].decode(): number for number, each in enumerate(items)}
    return apply_edits(raw, cuts(bracketed_cuts(raw, items, {index[name] for name in gone}))).decode()


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ('["a", "b", "c", "d"]', "cd", '["a", "b"]'),
        ('["a", "b", "c", "d"]', "ac", '["b", "d"]'),
        ('["a", "b", "c", "d",]', "bcd", '["a",]'),
        ('["a","b"]', "b", '["a"]'),
        ('[ "a", "b" ]', "b", '[ "a" ]'),
        ('[ "a", "b" ]', "a", '[ "b" ]'),
        ('["a", "b",\n  "c", "d"]', "cd", '["a", "b"]'),
        ('["a", "b"\n]', "b", '["a"\n]'),
        ('["a"\n, "b"\n, "c"\n]', "c", '["a"\n, "b"\n]'),
        ('["a"\n, "b"\n, "c"\n]', "b", '["a"\n, "c"\n]'),
        (LINES, "bd", '[\n  "a",\n  "c",\n]'),
        (LINES.replace('"d",', '"d"'), "cd", '[\n  "a",\n  "b"\n]'),
        (PAIRS, "cd", '[\n  "a", "b",\n]'),
        (PAIRS, "ab", '[\n  "c", "d",\n]'),
        (PAIRS, "ad", '[\n  "b",\n  "c",\n]'),
        (PAIRS.replace('"d",', '"d"'), "cd", '[\n  "a", "b"\n]'),
        ('["a", /* b */ "b", "c" /* c */, "d"]', "bcd", '["a" /* b */]'),
        ('[\n  # first\n  "a", # a\n  "b", // b\n\n  # second\n  "c" /* c */\n]', "bc", '[\n  # first\n  "a" # a\n\n  # second\n]'),
        (LINES.replace("\n", "\r\n"), "d", '[\r\n  "a",\r\n  "b",\r\n  "c",\r\n]'),
    ],
)
def test_what_is_left(text: str, gone: str, left: str) -> None:
    assert without(text, gone) == left


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform formats")
def test_terraform_has_nothing_to_format_in_what_is_left() -> None:
    shapes = (
        '["a", "b", "c", "d"]',
        LINES,
        LINES.replace('"d",', '"d"'),
        PAIRS,
        PAIRS.replace('"d",', '"d"'),
        LINES.replace('"b",', '"b", # b'),
        '["a", /* b */ "b", "c", "d"]',
    )
    texts = [without(shape, "".join(gone)) for shape in shapes for size in (1, 2, 3) for gone in itertools.combinations("abcd", size)]
    code = "".join(f"x{number} = {text}\n\n" for number, text in enumerate(texts)).rstrip() + "\n"
    done = subprocess.run([shutil.which("terraform") or "", "fmt", "-"], input=code.encode(), capture_output=True, check=True)
    assert done.stdout.decode() == code
