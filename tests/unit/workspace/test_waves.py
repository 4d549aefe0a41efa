from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.waves import read_waves


def waves(raw: bytes):
    return read_waves(scan(RelPath("tasks.md"), b"```json\n" + raw + b"\n```\n"))


@pytest.mark.parametrize("raw", [b'{"waves": [["1\x80"]]}', b'[{"wave": 1, "tasks": ["\xff"]}]', b'{"wave": 1, "tasks": ["\xff"]}'])
def test_bytes_that_are_no_text_inside_a_graph_are_no_error(raw: bytes):
    assert waves(raw) == ()


def test_the_same_graph_with_text_is_read():
    assert waves(b'{"waves": [["1"], ["2", "3"]]}') == (("1",), ("2", "3"))
