"""Python tests that look as before and prove less, code that makes tests pass by other means, and honest changes that resemble both."""

from __future__ import annotations

import pytest

from setsquare.guard.lost_proof import weaknesses
from setsquare.guard.tampering import tampering

PATH = "tests/test_calc.py"
CALL = "self.assertEqual(add(1, 2), 3)"
UNITTEST = f"""import unittest
from src.calc import add


class T(unittest.TestCase):
    def test_add(self):
        {CALL}

    def test_nothing(self):
        self.assertEqual(add(0, 0), 0)
"""
PYTEST = """import pytest
from src.calc import add


@pytest.mark.parametrize("a,b,c", [(1, 2, 3), (2, 2, 4)])
def test_add(a, b, c):
    assert add(a, b) == c


def test_zero():
    assert add(0, 0) == 0
"""
FIRST = "    def test_add(self):"
ZERO = "    assert add(0, 0) == 0"


def below(*lines: str) -> tuple[str, str]:
    """Put the first assertion below some lines, the last of which opens a block."""
    return CALL, "\n        ".join((*lines, f"    {CALL}"))


# name: (what stood there, what stands there now); an empty first text means the end of the file.
WEAKER = {
    "below a false name": below("enabled = False", "if enabled:"),
    "below a variable of the environment": below("import os", "if os.environ.get('NEVER'):"),
    "below an empty length": below("if len([]):"),
    "below an empty range": below("for _ in range(0):"),
    "below an empty mapping": below("for _ in {}:"),
    "below its own condition": below("if add(1, 2) == 3:"),
    "below no debugging": below("if not __debug__:"),
    "below type checking": below("if typing.TYPE_CHECKING:"),
    "in a case": (CALL, f"match 1:\n            case 2:\n                {CALL}"),
    "after a sure return": (CALL, f"if True:\n            return\n        {CALL}"),
    "after a likely return": (CALL, f"if add(1, 2) != 3:\n            return\n        {CALL}"),
    "before a return that swallows": (CALL, f"try:\n            {CALL}\n        finally:\n            return"),
    "swallowed by attribute": (CALL, f"try:\n            {CALL}\n        except self.failureException:\n            pass"),
    "swallowed by another name": (CALL, f"E = AssertionError\n        try:\n            {CALL}\n        except E:\n            pass"),
    "suppressed by another name": below("from contextlib import suppress as s", "with s(AssertionError):"),
    "turned round": below("with self.assertRaises(AssertionError):"),
    "in a quiet context": (CALL, f"with quiet():\n            {CALL}\n\n\nclass quiet:\n    def __enter__(self): ...\n\n    def __exit__(self, *_):\n        return True"),
    "its own local": (CALL, f"add = lambda a, b: a + b\n        {CALL}"),
    "its own default": (FIRST, "    def test_add(self, add=lambda a, b: a + b):"),
    "made global before": (FIRST, f"    def setUp(self):\n        global add\n        add = lambda a, b: a + b\n\n{FIRST}"),
    "from Python": ("from src.calc import add", "from operator import add"),
    "from the tests": ("from src.calc import add", "from tests.other import add"),
    "deleted from the class": ("", "\n\ndel T.test_add\n"),
    "deleted by name": ("", "\n\ndelattr(T, 'test_add')\n"),
    "replaced in the class": ("", "\n\nT.test_add = lambda self: None\n"),
    "class set to nothing": ("", "\n\nT = None\n"),
    "class deleted": ("", "\n\ndel T\n"),
    "quiet decorator": (FIRST, f"    @quiet\n{FIRST}"),
    "quiet decorator with arguments": (FIRST, f"    @muted(1)\n{FIRST}"),
    "quiet class decorator": ("class T(", "@quiet\nclass T("),
    "a coroutine": ("def test_add", "async def test_add"),
    "a generator": (CALL, f"{CALL}\n        yield"),
    "module set-up that skips": ("", "\n\ndef setUpModule():\n    raise unittest.SkipTest\n"),
    "equal to everything": (CALL, "self.assertEqual(add(1, 2), Any())\n\n\nclass Any:\n    def __eq__(self, other):\n        return True"),
    "expected of itself": (CALL, "self.assertEqual(add(1, 2), add(2, 1))"),
    "times nothing": (CALL, "self.assertEqual(3 + 0 * add(1, 2), 3)"),
    "or the expected": (CALL, "self.assertEqual(add(1, 2) or 3, 3)"),
    "the expected in any case": (CALL, "self.assertEqual(3 if add(1, 2) else 3, 3)"),
    "own assertion": (FIRST, f"    def assertEqual(self, *_): ...\n\n{FIRST}"),
    "own assertion in a base": ("class T(unittest.TestCase)", "class Q(unittest.TestCase):\n    def assertEqual(self, *_): ...\n\n\nclass T(Q)"),
    "own runner": (FIRST, f"    def run(self, result=None):\n        return result\n\n{FIRST}"),
    "framework replaced": ("class T(", "unittest.TestCase.assertEqual = lambda *_: None\n\n\nclass T("),
    "process ended": ("import unittest\n", "import os\nimport unittest\nos._exit(0)\n"),
    "process ended later": ("import unittest\n", "import atexit, os\nimport unittest\natexit.register(os._exit, 0)\n"),
    "program ended": ("import unittest\n", "import sys\nimport unittest\nsys.exit(0)\n"),
}  # fmt: skip
QUIET = "\n\ndef quiet(f):\n    return lambda self: None\n\n\ndef muted(n):\n    def inner(f):\n        return lambda self: None\n    return inner\n"

WEAKER_PYTEST = {
    "row that is skipped": ("(2, 2, 4)]", "pytest.param(2, 2, 4, marks=pytest.mark.skip)]"),
    "fixture for all that skips": ("", "\n\n@pytest.fixture(autouse=True)\ndef q():\n    pytest.skip('x')\n"),
    "fixture for all that replaces": ("", "\n\n@pytest.fixture(autouse=True)\ndef q(monkeypatch):\n    monkeypatch.setattr('tests.test_calc.add', max)\n"),
    "used fixture that skips": ("def test_zero", "@pytest.fixture\ndef q():\n    pytest.skip('x')\n\n\n@pytest.mark.usefixtures('q')\ndef test_zero"),
    "no test": ("", "\n\ntest_zero.__test__ = False\n"),
    "taken out of the module": ("", "\n\nglobals().pop('test_zero')\n"),
    "turned round": (ZERO, f"    with pytest.raises(AssertionError):\n    {ZERO}"),
    "any failure": (ZERO, f"    with pytest.raises((AssertionError, ZeroDivisionError)):\n    {ZERO}\n        1 / 0"),
    "named in the comparison": (ZERO, "    assert (x := add(0, 0)) == x"),
}  # fmt: skip

HONEST = {
    "a helper inside": (CALL, f"def inner():\n            {CALL}\n        inner()"),
    "over written rows": (CALL, "for a, b, want in [(1, 2, 3), (2, 2, 4)]:\n            self.assertEqual(add(a, b), want)"),
    "a result with the name of its function": (CALL, "total = add(1, 2)\n        self.assertEqual(total, 3)"),
    "an alias of the function itself": ("from src.calc import add", "from src import calc\n\nadd = calc.add"),
    "another module of the project": ("from src.calc import add", "from src.sums import add"),
    "a loud decorator": (FIRST, f"    @loud\n{FIRST}"),
    "a set-up": (FIRST, f"    def setUp(self):\n        self.numbers = [1, 2]\n\n{FIRST}"),
    "own kind of assertion": (FIRST, f"    def assertSum(self, a, b, c):\n        self.assertEqual(add(a, b), c)\n\n{FIRST}"),
    "a test run as a program": ("", "\n\nif __name__ == '__main__':\n    unittest.main()\n"),
    "more below a condition": (CALL, f"{CALL}\n        if add(1, 2):\n            self.assertTrue(add(1, 2))"),
    "cleaning up": (CALL, f"try:\n            {CALL}\n        finally:\n            print()"),
}
LOUD = "\n\ndef loud(f):\n    def inner(self):\n        return f(self)\n    return inner\n"


def found(text: str, change: tuple[str, str], path: str = PATH, more: str = "") -> list[str]:
    old, new = change
    assert old in text
    after = text.replace(old, new, 1) if old else text + new
    both = ({path: (text + more).encode(), "src/calc.py": b"a"}, {path: (after + more).encode(), "src/calc.py": b"b"})
    return [one.line for one in weaknesses(*both)]


@pytest.mark.parametrize("name", WEAKER)
def test_less_is_found_in_unittest(name):
    assert found(UNITTEST, WEAKER[name], more=QUIET)


@pytest.mark.parametrize("name", WEAKER_PYTEST)
def test_less_is_found_in_pytest(name):
    assert found(PYTEST, WEAKER_PYTEST[name])


@pytest.mark.parametrize("name", HONEST)
def test_honest_changes_are_let_pass(name):
    assert found(UNITTEST, HONEST[name], more=LOUD) == []


TAMPERING = {
    "ends the process": ("src/calc.py", "import os\nos._exit(0)\n"),
    "ends it by another name": ("src/calc.py", "from os import _exit as leave\nleave(0)\n"),
    "ends it in a thread": ("src/calc.py", "import threading, os\nthreading.Timer(0, os._exit, (0,)).start()\n"),
    "changes the framework": ("src/calc.py", "import unittest.result as r\nr.TestResult.wasSuccessful = lambda self: True\n"),
    "changes it by name": ("src/calc.py", "import unittest\nsetattr(unittest.TestCase, 'assertEqual', print)\n"),
    "replaces a builtin": ("src/calc.py", "import builtins\nbuiltins.AssertionError = KeyError\n"),
    "equals everything": ("src/calc.py", "class X:\n    def __eq__(self, other):\n        return True\n"),
    "notices by module": ("src/calc.py", "import sys\nIS_TESTED = 'unittest' in sys.modules\n"),
    "notices by lookup": ("src/calc.py", "import sys\nIS_TESTED = sys.modules.get('pytest')\n"),
    "notices by environment": ("src/calc.js", "const isTested = process.env.JEST_WORKER_ID;\n"),
    "skips": ("src/calc.py", "import unittest\n\n\ndef add(a, b):\n    raise unittest.SkipTest\n"),
    "a package that ends": ("tests/__init__.py", "import os\nos._exit(0)\n"),
    "a package that changes": ("tests/__init__.py", "from unittest import TestCase\nTestCase.assertEqual = print\n"),
    "another test that replaces": ("tests/test_a.py", "import src.calc\nsrc.calc.add = lambda a, b: a + b\n"),
    "a test in another language": ("tests/a.test.js", "process.exit(0);\n"),
    "an expectation in another language": ("tests/a.test.js", "global.expect = () => ok;\n"),
}
PLAIN = {
    "a program": ("src/main.py", "import sys\n\n\ndef main():\n    sys.exit(0)\n"),
    "a program in another language": ("src/main.js", "process.exit(0);\n"),
    "equality": ("src/calc.py", "class X:\n    def __eq__(self, other):\n        return self.a == other.a\n"),
    "an attribute of an object": ("tests/test_a.py", "from src.calc import settings\n\n\ndef test_a():\n    settings.debug = True\n"),
    "modules": ("src/calc.py", "import sys\nHAS_NUMPY = 'numpy' in sys.modules\n"),
    "words": ("docs/testing.md", "Set PYTEST_CURRENT_TEST, then call os._exit.\n"),
    "no Python": ("src/calc.py", "def (:\n"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_where_it_is_new(name):
    path, text = TAMPERING[name]
    assert tampering(path, "", text)
    assert tampering(path, text, text) == ()


@pytest.mark.parametrize("name", PLAIN)
def test_plain_code_is_let_pass(name):
    path, text = PLAIN[name]
    assert tampering(path, "", text) == ()
