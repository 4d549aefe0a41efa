"""Ways to prove less, which must be found, and honest changes, which must not: each with the files before and after."""

from __future__ import annotations

import textwrap

import pytest

from setsquare.guard.lost_proof import weaknesses

CODE = {"src/calc.py": b"changed = 1\n"}
"""Beside a change of tests, code changed as well, as in most tasks."""

PY = """
import pytest
import unittest
from src.calc import add, sub


def test_add():
    assert add(1, 2) == 3
    assert add(0, 0) == 0


def test_sub():
    got = sub(5, 3)
    assert got == 2


class TestMore(unittest.TestCase):
    def test_equal(self):
        self.assertEqual(add(2, 2), 4)
        self.assertAlmostEqual(add(0.1, 0.2), 0.3, places=7)

    def test_raises(self):
        with self.assertRaises(TypeError):
            add(1)


@pytest.mark.parametrize("a, b, want", [(1, 1, 2), (2, 2, 4), (3, 3, 6)])
def test_rows(a, b, want):
    assert add(a, b) == want
"""
JS = """
import { add, sub } from '../src/calc';

describe('calc', () => {
  it('adds', () => {
    expect(add(1, 2)).toBe(3);
    expect(add(0, 0)).toEqual(0);
  });
  it.each([[1, 1, 2], [2, 2, 4], [3, 3, 6]])('adds %i and %i', (a, b, want) => {
    expect(add(a, b)).toBe(want);
  });
  test('near', () => {
    expect(add(0.1, 0.2)).toBeCloseTo(0.3, 5);
  });
});
"""
GO = """package calc

import "testing"

func TestAdd(t *testing.T) {
\tif got := Add(1, 2); got != 3 {
\t\tt.Errorf("got %d", got)
\t}
}

func TestTable(t *testing.T) {
\tfor _, row := range []struct{ a, b, want int }{
\t\t{1, 1, 2},
\t\t{2, 2, 4},
\t\t{3, 3, 6},
\t} {
\t\tassert.Equal(t, row.want, Add(row.a, row.b))
\t}
}
"""
RUST = """#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
        assert!(add(1, 1) > 0);
    }
}
"""
JAVA = """class CalcTest {
    @Test
    void adds() {
        assertEquals(3, Calc.add(1, 2));
        assertThat(Calc.add(2, 2)).isEqualTo(4);
    }

    @Test
    public void subtracts() {
        assertEquals(1, Calc.sub(3, 2));
    }
}
"""
SOURCES = {
    "py": ("tests/test_calc.py", PY),
    "js": ("src/calc.test.js", JS),
    "go": ("calc_test.go", GO),
    "rs": ("src/calc.rs", RUST),
    "java": ("src/test/CalcTest.java", JAVA),
}

# name: (language, what stood there, what stands there now)
WEAKER = {
    "test removed": ("py", "def test_sub():\n    got = sub(5, 3)\n    assert got == 2\n", ""),
    "method removed": ("py", "    def test_raises(self):\n        with self.assertRaises(TypeError):\n            add(1)\n", ""),
    "renamed away": ("py", "def test_sub", "def check_sub"),
    "commented out": ("py", "    assert got == 2", "    # assert got == 2"),
    "assertion removed": ("py", "    assert add(0, 0) == 0\n", ""),
    "assert True": ("py", "assert got == 2", "assert True"),
    "assert a constant": ("py", "assert got == 2", "assert 1 == 1"),
    "assert a text": ("py", "assert got == 2", 'assert "got is 2"'),
    "assert a tuple": ("py", "assert got == 2", 'assert (got == 2, "two")'),
    "or True": ("py", "assert got == 2", "assert got == 2 or True"),
    "compared with itself": ("py", "assert got == 2", "assert got == got"),
    "any": ("py", "assert got == 2", "assert got == unittest.mock.ANY"),
    "truthy": ("py", "assert got == 2", "assert got"),
    "not None": ("py", "assert got == 2", "assert got is not None"),
    "a type": ("py", "assert got == 2", "assert isinstance(got, int)"),
    "an object": ("py", "assert got == 2", "assert isinstance(got, object)"),
    "a length that always holds": ("py", "assert got == 2", "assert len(str(got)) >= 0"),
    "unequal": ("py", "assert got == 2", "assert got != 99"),
    "assertTrue of true": ("py", "self.assertEqual(add(2, 2), 4)", "self.assertTrue(True)"),
    "assertTrue of it": ("py", "self.assertEqual(add(2, 2), 4)", "self.assertTrue(add(2, 2))"),
    "assertEqual of itself": ("py", "self.assertEqual(add(2, 2), 4)", "self.assertEqual(4, 4)"),
    "wider places": ("py", "places=7", "places=0"),
    "wide delta": ("py", "places=7", "delta=10"),
    "any exception": ("py", "assertRaises(TypeError)", "assertRaises(Exception)"),
    "row deleted": ("py", ", (2, 2, 4), (3, 3, 6)]", "]"),
    "skipped": ("py", "def test_sub", "@pytest.mark.skip\ndef test_sub"),
    "skipped if true": ("py", "def test_sub", "@pytest.mark.skipif(True, reason='x')\ndef test_sub"),
    "unittest skipIf": ("py", "    def test_equal", "    @unittest.skipIf(True, 'x')\n    def test_equal"),
    "expected failure": ("py", "def test_sub", "@pytest.mark.xfail\ndef test_sub"),
    "class skipped": ("py", "class TestMore", "@unittest.skip('x')\nclass TestMore"),
    "skip inside": ("py", "    got = sub(5, 3)", "    pytest.skip('later')\n    got = sub(5, 3)"),
    "module mark": ("py", "from src.calc", "pytestmark = pytest.mark.skip\nfrom src.calc"),
    "module skip": ("py", "from src.calc", "pytest.skip('x', allow_module_level=True)\nfrom src.calc"),
    "not a test any more": ("py", "class TestMore(unittest.TestCase):", "class TestMore(unittest.TestCase):\n    __test__ = False\n"),
    "setUp skips": ("py", "    def test_equal", "    def setUp(self):\n        self.skipTest('x')\n\n    def test_equal"),
    "deselected mark": ("py", "def test_sub", "@pytest.mark.network\ndef test_sub"),
    "returns early": ("py", "    assert got == 2", "    return\n    assert got == 2"),
    "unreachable": ("py", "    assert got == 2", "    if False:\n        assert got == 2"),
    "swallowed": ("py", "    assert got == 2", "    try:\n        assert got == 2\n    except AssertionError:\n        pass"),
    "suppressed": ("py", "    assert got == 2", "    with contextlib.suppress(AssertionError):\n        assert got == 2"),
    "in an empty loop": ("py", "    assert got == 2", "    for _ in []:\n        assert got == 2"),
    "overwritten": ("py", "class TestMore", "def test_sub():\n    pass\n\n\nclass TestMore"),
    "deleted afterwards": ("py", "class TestMore", "del test_sub\n\n\nclass TestMore"),
    "mocked": ("py", "def test_sub():", "@unittest.mock.patch('tests.test_calc.sub', return_value=2)\ndef test_sub(_mock):"),
    "patched by monkeypatch": ("py", "def test_sub():", "def test_sub(monkeypatch):\n    monkeypatch.setattr('src.calc.sub', lambda *_: 2)"),
    "its own stand-in": ("py", "from src.calc import add, sub", "from src.calc import add\n\n\ndef sub(a, b):\n    return 2"),
    "load_tests": ("py", "def test_sub", "def load_tests(*_):\n    return unittest.TestSuite()\n\n\ndef test_sub"),
    "nested": ("py", "def test_sub():\n    got = sub(5, 3)\n    assert got == 2", "def outer():\n    def test_sub():\n        got = sub(5, 3)\n        assert got == 2"),
    "no Python": ("py", "def test_sub():", "def test_sub(:"),
    "js removed": ("js", "  test('near', () => {\n    expect(add(0.1, 0.2)).toBeCloseTo(0.3, 5);\n  });\n", ""),
    "js skipped": ("js", "it('adds'", "it.skip('adds'"),
    "js todo": ("js", "test('near'", "test.todo('near'"),
    "js x": ("js", "it('adds'", "xit('adds'"),
    "js only": ("js", "it('adds'", "it.only('adds'"),
    "js group skipped": ("js", "describe('calc'", "describe.skip('calc'"),
    "js trivial": ("js", "expect(add(1, 2)).toBe(3)", "expect(true).toBe(true)"),
    "js itself": ("js", "expect(add(1, 2)).toBe(3)", "expect(add(1, 2)).toBe(add(1, 2))"),
    "js truthy": ("js", "expect(add(1, 2)).toBe(3)", "expect(add(1, 2)).toBeTruthy()"),
    "js anything": ("js", "expect(add(1, 2)).toBe(3)", "expect(add(1, 2)).toEqual(expect.anything())"),
    "js no matcher": ("js", "expect(add(1, 2)).toBe(3)", "expect(add(1, 2))"),
    "js commented out": ("js", "    expect(add(1, 2)).toBe(3);", "    // expect(add(1, 2)).toBe(3);"),
    "js digits": ("js", "toBeCloseTo(0.3, 5)", "toBeCloseTo(0.3, 0)"),
    "js rows": ("js", ", [2, 2, 4], [3, 3, 6]]", "]"),
    "js mocked": ("js", "describe('calc'", "jest.mock('../src/calc', () => ({ add: () => 3 }));\ndescribe('calc'"),
    "go removed": ("go", GO[GO.index("func TestAdd") : GO.index("func TestTable")], ""),
    "go skipped": ("go", "func TestAdd(t *testing.T) {", 'func TestAdd(t *testing.T) {\n\tt.Skip("x")'),
    "go no check": ("go", '\t\tt.Errorf("got %d", got)', "\t\t_ = got"),
    "go rows": ("go", "\t\t{2, 2, 4},\n\t\t{3, 3, 6},\n", ""),
    "go renamed away": ("go", "func TestAdd(", "func testAdd("),
    "go build tag": ("go", "package calc", "//go:build never\n\npackage calc"),
    "rust ignored": ("rs", "    #[test]\n", "    #[test]\n    #[ignore]\n"),
    "rust trivial": ("rs", "assert_eq!(add(1, 2), 3)", "assert!(true)"),
    "rust weaker": ("rs", "assert_eq!(add(1, 2), 3)", "assert!(add(1, 2) > 0)"),
    "rust no test": ("rs", "    #[test]\n", ""),
    "java disabled": ("java", "    @Test\n    void adds", "    @Test\n    @Disabled\n    void adds"),
    "java disabled above": ("java", "    @Test\n    void adds", "    @Disabled\n    @Test\n    void adds"),
    "java trivial": ("java", "assertEquals(3, Calc.add(1, 2))", "assertTrue(true)"),
    "java not null": ("java", "assertEquals(3, Calc.add(1, 2))", "assertNotNull(Calc.add(1, 2))"),
    "java removed": ("java", "    @Test\n    public void subtracts() {\n        assertEquals(1, Calc.sub(3, 2));\n    }\n", ""),
    "java class off": ("java", "class CalcTest", "@Disabled\nclass CalcTest"),
}  # fmt: skip


def changed(language: str, old: str, new: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    path, text = SOURCES[language]
    assert text.count(old) >= 1, f"{old!r} does not stand there"
    return {path: text.encode()}, {path: text.replace(old, new, 1).encode(), **CODE}


@pytest.mark.parametrize("name", WEAKER)
def test_less_is_found(name):
    language, old, new = WEAKER[name]
    assert weaknesses(*changed(language, old, new), "pytest -m 'not network'")


HONEST = {
    "a new test": ("py", "def test_sub():", "def test_new():\n    assert add(1, 1) == 2\n\n\ndef test_sub():"),
    "one more assertion": ("py", "    assert got == 2", "    assert got == 2\n    assert sub(1, 1) == 0"),
    "stricter": ("py", "assert got == 2", "assert got == 2 and isinstance(got, int)"),
    "renamed": ("py", "def test_sub", "def test_subtracts_one_from_the_other"),
    "renamed and added to": ("py", "def test_sub():", "def test_subtraction():\n    assert sub(0, 0) == 0"),
    "another variable": ("py", "    got = sub(5, 3)\n    assert got == 2", "    result = sub(5, 3)\n    assert result == 2"),
    "no variable": ("py", "    got = sub(5, 3)\n    assert got == 2", "    assert sub(5, 3) == 2"),
    "sides swapped": ("py", "assert got == 2", "assert 2 == got"),
    "with a message": ("py", "assert got == 2", 'assert got == 2, f"got {got}"'),
    "the function renamed": ("py", "    got = sub(5, 3)", "    got = subtract(5, 3)"),
    "another expected value with code": ("py", "assert got == 2", "assert got == 3"),
    "one more row": ("py", "(3, 3, 6)]", "(3, 3, 6), (4, 4, 8)]"),
    "into a helper": ("py", "    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n", "    both()\n\n\ndef both():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n"),
    "split": ("py", "    assert add(0, 0) == 0\n", "\n\ndef test_add_nothing():\n    assert add(0, 0) == 0\n"),
    "into a class": ("py", "def test_sub():\n    got = sub(5, 3)\n    assert got == 2\n", "class TestSub:\n    def test_sub(self):\n        got = sub(5, 3)\n        assert got == 2\n"),
    "parametrised": ("py", "def test_add():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n", "@pytest.mark.parametrize('a, b, want', [(1, 2, 3), (0, 0, 0)])\ndef test_add(a, b, want):\n    assert add(a, b) == want\n"),
    "unittest to pytest": ("py", "self.assertEqual(add(2, 2), 4)", "assert add(2, 2) == 4"),
    "a fixture": ("py", "def test_sub():\n    got = sub(5, 3)", "@pytest.fixture\ndef got():\n    return sub(5, 3)\n\n\ndef test_sub(got):"),
    "documented": ("py", "def test_sub():", 'def test_sub():\n    """Subtract."""'),
    "a tighter tolerance": ("py", "places=7", "places=9"),
    "approx where floats are": ("py", "assert got == 2", "assert got == pytest.approx(2)"),
    "a mock of something else": ("py", "def test_sub():", "def test_sub(monkeypatch):\n    monkeypatch.setenv('X', '1')"),
    "formatted": ("py", "    assert add(1, 2) == 3", "    assert (\n        add(1, 2)\n        == 3\n    )"),
    "wrapped in a context": ("py", "    got = sub(5, 3)\n    assert got == 2", "    with open('x') as _:\n        got = sub(5, 3)\n        assert got == 2"),
    "a real skip condition": ("py", "def test_sub", "@pytest.mark.skipif(False, reason='x')\ndef test_sub"),
    "looked for in a loop": ("py", "    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n", "    for a, b, want in [(1, 2, 3), (0, 0, 0)]:\n        assert add(a, b) == want\n"),
    "js new": ("js", "  test('near'", "  test('new', () => { expect(sub(2, 1)).toBe(1); });\n  test('near'"),
    "js renamed": ("js", "it('adds',", "it('adds two numbers',"),
    "js stricter": ("js", "toEqual(0)", "toStrictEqual(0)"),
    "js function style": ("js", "it('adds', () => {", "it('adds', async () => {"),
    "js group renamed": ("js", "describe('calc'", "describe('the calculator'"),
    "js one more row": ("js", "[3, 3, 6]]", "[3, 3, 6], [4, 4, 8]]"),
    "js mock of a neighbour": ("js", "describe('calc'", "jest.mock('../src/api');\ndescribe('calc'"),
    "js comment about skipping": ("js", "  it('adds'", "  // never it.skip( or .only( here\n  it('adds'"),
    "go new": ("go", "func TestTable", "func TestSub(t *testing.T) {\n\tassert.Equal(t, 1, Sub(2, 1))\n}\n\nfunc TestTable"),
    "go renamed": ("go", "func TestAdd(", "func TestAddTwo("),
    "go row": ("go", "\t\t{3, 3, 6},\n", "\t\t{3, 3, 6},\n\t\t{4, 4, 8},\n"),
    "rust renamed": ("rs", "fn adds()", "fn adds_two()"),
    "rust more": ("rs", "assert_eq!(add(1, 2), 3);", "assert_eq!(add(1, 2), 3);\n        assert_eq!(add(0, 0), 0);"),
    "java renamed": ("java", "void adds()", "void addsTwo()"),
    "java new": ("java", "    @Test\n    void adds", "    @Test\n    void zero() {\n        assertEquals(0, Calc.add(0, 0));\n    }\n\n    @Test\n    void adds"),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_change_is_not_held_against_anybody(name):
    language, old, new = HONEST[name]
    assert weaknesses(*changed(language, old, new)) == ()


def text(source: str) -> bytes:
    return textwrap.dedent(source).encode()


@pytest.mark.parametrize("language", SOURCES)
def test_a_file_that_moves_loses_nothing_and_one_that_goes_does(language):
    path, source = SOURCES[language]
    folder, _, name = path.rpartition("/")
    moved = f"{folder}/deeper/{name}".lstrip("/")
    assert weaknesses({path: source.encode()}, {moved: source.encode(), **CODE}) == ()
    assert weaknesses({path: source.encode()}, CODE)


def test_tests_that_move_to_where_nobody_looks_are_lost():
    assert weaknesses({"tests/test_calc.py": PY.encode()}, {"tests/old_calc.py": PY.encode(), **CODE})


def test_the_sum_of_small_steps_over_several_files():
    old = {"tests/test_a.py": b"def test_a():\n    assert f(1) == 1\n", "tests/test_b.py": b"def test_b():\n    assert g(1) == 1\n"}
    merged = {"tests/test_ab.py": b"def test_ab():\n    assert f(1) == 1\n    assert g(1) == 1\n", **CODE}
    assert weaknesses(old, merged) == ()
    half = {"tests/test_ab.py": b"def test_ab():\n    assert f(1) == 1\n", **CODE}
    assert [one.test for one in weaknesses(old, half)] == ["test_b"]


def test_other_tests_as_cases_of_one():
    old = {
        "tests/test_a.py": text("""
        def test_one():
            assert f(1) == 10
        def test_two():
            assert f(2) == 20
        """)
    }
    rows = "@pytest.mark.parametrize('n, want', [(1, 10), (2, 20)])\ndef test_all(n, want):\n    assert f(n) == want\n"
    assert weaknesses(old, {"tests/test_a.py": rows.encode(), **CODE}) == ()
    assert weaknesses(old, {"tests/test_a.py": rows.replace(", (2, 20)", "").encode(), **CODE})


def test_another_expected_value_needs_a_change_of_code():
    old, new = {"tests/test_a.py": b"def test_a():\n    assert f(1) == 1\n"}, {"tests/test_a.py": b"def test_a():\n    assert f(1) == 2\n"}
    assert [one.what.partition(":")[0] for one in weaknesses(old, new)] == ["expects something else, though no code changed"]
    assert weaknesses(old, {**new, **CODE}) == ()


GATES = {
    "failures ignored": ("Makefile", "test:\n\tpytest\n", "test:\n\tpytest || true\n"),
    "failures ignored by make": ("Makefile", "test:\n\tpytest\n", "test:\n\t-pytest\n"),
    "script": ("scripts/test.sh", "set -e\npytest\n", "set +e\npytest\n"),
    "script ends well": ("scripts/test.sh", "pytest\n", "pytest; exit 0\n"),
    "npm script": ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest || true"}}'),
    "no tests is fine": ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest --passWithNoTests"}}'),
    "ignored paths": ("jest.config.js", "module.exports = {}", "module.exports = { testPathIgnorePatterns: ['calc'] }"),
    "lower threshold": ("jest.config.js", "coverageThreshold: { global: { lines: 90 } }", "coverageThreshold: { global: { lines: 10 } }"),
    "fail under": ("pyproject.toml", "[tool.coverage.report]\nfail_under = 95\n", "[tool.coverage.report]\nfail_under = 50\n"),
    "no threshold": (".coveragerc", "[report]\nfail_under = 95\n", "[report]\n"),
    "addopts -k": ("pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q -k 'not slow'\n"),
    "addopts ignore": ("setup.cfg", "[tool:pytest]\naddopts = -q\n", "[tool:pytest]\naddopts = -q --ignore=tests/test_calc.py\n"),
    "deselect": ("tox.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q --deselect tests/test_a.py::test_b\n"),
    "testpaths": ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n', '[tool.pytest.ini_options]\ntestpaths = ["tests/unit"]\n'),
    "python_files": ("pytest.ini", "[pytest]\n", "[pytest]\npython_files = check_*.py\n"),
    "omit": (".coveragerc", "[run]\nbranch = true\n", "[run]\nomit = src/calc.py\n"),
    "pragma": ("src/calc.py", "def add(a, b):\n    return a\n", "def add(a, b):  # pragma: no cover\n    return a\n"),
    "maven": ("pom.xml", "<skipTests>false</skipTests>", "<skipTests>true</skipTests>"),
    "gradle": ("build.gradle", "test { }", "test { ignoreFailures = true }"),
    "cargo": ("Cargo.toml", "[lib]\nname = 'a'\n", "[lib]\nname = 'a'\ntest = false\n"),
    "workflow": (".github/workflows/ci.yml", "    - run: make\n", "    - run: make\n      continue-on-error: true\n"),
    "snapshot": ("src/__snapshots__/a.test.js.snap", "exports[`a`] = `1`;\n", "exports[`a`] = `2`;\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", GATES)
def test_a_gate_that_opens_is_found(name):
    path, old, new = GATES[name]
    assert weaknesses({path: old.encode()}, {path: new.encode()})


LEGIT = {
    "stricter threshold": (".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 95\n"),
    "more places": ("pytest.ini", "[pytest]\ntestpaths = tests\n", "[pytest]\ntestpaths = tests more\n"),
    "a new target": ("Makefile", "test:\n\tpytest\n", "test:\n\tpytest\nlint:\n\truff check\n"),
    "a dependency": ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest"}, "dependencies": {"a": "1"}}'),
    "a comment": ("scripts/test.sh", "pytest\n", "# never `|| true` here\npytest\n"),
    "code": ("src/calc.py", "x = 1\n", "x = 2\n"),
    "quiet": ("pytest.ini", "[pytest]\naddopts = -ra\n", "[pytest]\naddopts = -ra -q\n"),
}


@pytest.mark.parametrize("name", LEGIT)
def test_a_gate_that_stays_shut_is_not_found(name):
    path, old, new = LEGIT[name]
    assert weaknesses({path: old.encode()}, {path: new.encode()}) == ()


def test_any_bytes_are_read_without_failing():
    for path in ("tests/test_a.py", "a.test.ts", "a_test.go", "src/a.rs", "ATest.java", "a_spec.rb", "Makefile", "a.snap"):
        for raw in (b"", b"\x00", b"\xff\xfe(", b"it('a', (", b"((((" * 500, b"def test_a(:\n", b"@Test void a() {", b"/* " * 99):
            weaknesses({path: raw}, {path: raw[::-1]})
            weaknesses({path: raw}, {})
