from __future__ import annotations

import pytest

from setsquare.guard.weakening import is_test_file, weakening


@pytest.mark.parametrize(
    "path",
    ["tests/test_a.py", "a/b_test.go", "src/x.spec.ts", "src/__tests__/x.js", "spec/x_spec.rb", "src/XTest.java", "tests/common/mod.rs"],
)
def test_files_that_hold_tests(path):
    assert is_test_file(path)


@pytest.mark.parametrize("path", ["src/contest.py", "src/latest.js", "testing.md", "src/app.py", "tests"])
def test_files_that_hold_none(path):
    assert not is_test_file(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("it('a', () => { expect(1) })\n", ""),
        ("it('a', () => { expect(1) })\n", "it.skip('a', () => { expect(1) })\n"),
        ("test('a', () => { expect(1) })\n", "xtest('a', () => { expect(1) })\n"),
        ("describe('a', () => { it('b', () => expect(1)) })", "describe.only('a', () => { it('b', () => expect(1)) })"),
        ('func TestA(t *testing.T) { t.Error("x") }\n', 'func TestA(t *testing.T) { t.Skip(); t.Error("x") }\n'),
        ("#[test]\nfn a() { assert!(true) }\n", "#[test]\n#[ignore]\nfn a() { assert!(true) }\n"),
        ("@Test void a() { assertTrue(x); }\n@Test void b() { assertTrue(x); }\n", "@Test void a() { assertTrue(x); }\n"),
        ("def test_a(): assert f()\n", "def test_a(): return\n"),
        ("def test_a(): assert f()\n", "pytestmark = pytest.mark.skip\ndef test_a(): assert f()\n"),
    ],
)
def test_what_proves_less(old, new):
    assert weakening(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def test_a(): assert f()\n", "def test_a(): assert f() == 1\ndef test_b(): assert g()\n"),
        ("", "def test_a(): assert f()\n"),
        ("@pytest.mark.skip\ndef test_a(): assert f()\n", "def test_a(): assert f()\n"),
        ("VALUE = 1\n", "VALUE = 2\n"),
    ],
)
def test_what_proves_as_much(old, new):
    assert weakening(old, new) == ""
