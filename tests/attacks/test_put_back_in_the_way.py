"""What a command leaves so that the files it destroyed cannot be put back: folders where files stood, with things in them that no checkpoint holds."""

from __future__ import annotations

import subprocess
import textwrap

import pytest

from setsquare.adapters.scripted import Turn

WAYS = {
    "a filled folder": "os.mkdir('src/calc.py'); open('src/calc.py/x.py', 'w').close()",
    "a pipe in folders": "os.makedirs('src/calc.py/a/b'); os.mkfifo('src/calc.py/a/b/pipe')",
    "a socket": "os.mkdir('src/calc.py'); socket.socket(socket.AF_UNIX).bind('src/calc.py/s')",
}
CODE = """
    import os, socket
    os.remove("src/calc.py")
    os.remove("tests/test_calc.py")
    os.symlink("../../outside/secret.txt", "tests/test_calc.py")
    {way}
    raise SystemExit("stop")
"""


@pytest.mark.parametrize("name", WAYS)
def test_a_folder_in_a_files_place_keeps_nothing_from_being_put_back(hostile, acts, name):
    _, write, _ = acts
    body = textwrap.indent(textwrap.dedent(CODE.format(way=WAYS[name])), "        ")
    text = f"import unittest\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n{body}"
    hostile.run(write("tests/test_evil.py", text), Turn(text="Done."))
    assert not hostile.is_ticked
    assert {"src/calc.py", "tests/test_calc.py"} <= hostile.put_back
    changed = subprocess.run(("git", "status", "--porcelain"), cwd=hostile.folder, check=True, capture_output=True, text=True).stdout
    assert changed.split() == ["??", "tests/test_evil.py"]
    hostile.check()
