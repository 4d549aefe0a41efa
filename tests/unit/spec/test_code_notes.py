"""Notes in code are found in every usual syntax, and nowhere else."""

from __future__ import annotations

import time

import pytest

from setsquare.spec.code_notes import CodeNote, NoteForm, code_notes, is_test_path, may_hold_notes
from setsquare.text.paths import RelPath


def notes(path: str, text: str) -> tuple[CodeNote, ...]:
    assert may_hold_notes(text.encode())
    return code_notes(RelPath(path), text)


def named(path: str, text: str) -> list[str]:
    return [
        f"{spec}/{reference.first}{'-' + reference.last if reference.last else ''}".lstrip("/")
        for note in notes(path, text)
        for spec, reference in note.named
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "x = 1  # req: auth/1.2\n"),
        ("a.py", '"""Signs in.\n\nreq: auth/1.2\n"""\n'),
        ("a.js", "  // req: auth/1.2\n"),
        ("a.ts", "/* req: auth/1.2 */ const x = 1\n"),
        ("a.tsx", "<div>{/* req: auth/1.2 */}</div>\n"),
        ("a.java", "/**\n * Signs in.\n * req: auth/1.2\n */\n"),
        ("a.c", "/*\n   req: auth/1.2\n*/\n"),
        ("a.rs", "/// req: auth/1.2\n"),
        ("a.sql", "SELECT 1; -- req: auth/1.2\n"),
        ("a.vue", "<!-- req: auth/1.2 -->\n"),
        ("a.sh", "#req: auth/1.2\n"),
        ("a.lua", "--[[ req: auth/1.2 ]]\n"),
        ("a.lua", "--[[\nreq: auth/1.2\n]]\n"),
        ("a.hs", "{- req: auth/1.2 -}\n"),
        ("a.ml", "(* req: auth/1.2 *)\n"),
        ("a.erl", "%% req: auth/1.2\n"),
        ("a.el", ";; Req: auth/1.2\n"),
        ("a.rb", "=begin\nreq: auth/1.2\n=end\n"),
        ("a.vb", "' REQ: auth/1.2\n"),
        ("a.ps1", "<#\n req: auth/1.2\n#>\n"),
        ("a.yml", "# req: auth/1.2\n"),
        ("a.go", "// reqs: auth/1.2 because a token ends after 3.5 seconds\r\n"),
        ("a.go", "// requirement：auth/1.2\n// req：auth/1.2\n"),
    ],
)
def test_every_comment_syntax(path: str, text: str):
    assert "auth/1.2" in named(path, text)
    assert not [name for name in named(path, text) if "3.5" in name]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("auth/1.2, 1.3", ["auth/1.2", "auth/1.3"]),
        ("auth/1.2, pay/2.1", ["auth/1.2", "pay/2.1"]),
        ("auth/1.2-1.4", ["auth/1.2-1.4"]),
        ("1.1 to 1.3", ["1.1-1.3"]),
        ("Requirement 4", ["4"]),
        ("REQ-2", ["REQ-2"]),
        ("001-auth/1.2", ["001-auth/1.2"]),
        ("deep/my-auth/1.2", ["deep/my-auth/1.2"]),
        ("auth/1.2 – refuses after 5 tries", ["auth/1.2"]),
        ("auth/1.2 (see 3.1)", ["auth/1.2"]),
        ("1.1/1.2", ["1.1", "1.2"]),
        ("Python 3.8", []),
        ("none", []),
    ],
)
def test_ids_and_what_follows_them(written: str, expected: list[str]):
    assert named("a.py", f"# req: {written}\n") == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", 'X = "# req: auth/1.2"\n'),
        ("a.py", 'X = """\n# req: auth/1.2\nValidates: Requirements 1.2\n"""\n'),
        ("a.py", 'def a():\n    """Reads `# req: auth/1.2` and `Validates: Requirements 1.2`.\n\n    >>> a("# req: auth/1.2")\n    """\n'),
        ("a.py", 'def a():\n    """Does.\n\n    >>> a()\n    \'_Requirements: auth/1.2_\'\n    """\n'),
        ("a.py", "# Write `Feature: auth, Property 1` or `req: auth/1.2`.\n"),
        ("a.py", 'X = f"""{1}\n# req: auth/1.2\n"""\n'),
        ("a.ts", 'const s = "// req: auth/1.2"\n'),
        ("a.yml", "req: auth/1.2\n"),
        ("a.py", "req: str = '1.2'\n"),
        ("a.ts", "interface A { req: Request }\n"),
        ("a.ts", "const text = `this validates: 1.2`\n"),
    ],
)
def test_words_in_strings_and_code_are_no_notes(path: str, text: str):
    assert named(path, text) == []


def test_marks_of_pytest_at_every_level():
    text = (
        'import pytest\npytestmark = pytest.mark.req("auth/1.1")\n\n'
        '@pytest.mark.req("auth/1.2", "auth/1.3")\nclass TestLogin:\n    pytestmark = [pytest.mark.req("auth/2.1"), pytest.mark.slow]\n\n'
        '    @pytest.mark.req(\n        "auth/2.2",\n        "auth/2.3",\n    )\n    def test_refuses(self): ...\n'
    )
    found = [(note.symbol, [f"{spec}/{item.first}" for spec, item in note.named]) for note in notes("test_a.py", text)]
    assert found == [
        ("", ["auth/1.1"]),
        ("TestLogin", ["auth/1.2", "auth/1.3"]),
        ("TestLogin", ["auth/2.1"]),
        ("TestLogin.test_refuses", ["auth/2.2", "auth/2.3"]),
    ]
    assert all(note.form is NoteForm.MARK and note.is_test for note in notes("anything.py", text))


def test_comments_of_property_tests():
    text = (
        "describe('Login', () => {\n  // **Feature: user-auth, Property 1: Round trip**\n  // **Validates: Requirements 1.1, 1.3**\n"
        "  it('keeps the token', () => {})\n  it('**Validates: Requirements 2.1**', () => {})\n})\n"
    )
    prop, validates, title = notes("a.test.ts", text)
    assert (prop.form, prop.feature, prop.property) == (NoteForm.PROPERTY, "user-auth", "1")
    assert (validates.symbol, validates.feature, [item.first for _, item in validates.named]) == (
        "Login > keeps the token",
        "user-auth",
        ["1.1", "1.3"],
    )
    assert [item.first for _, item in title.named] == ["2.1"]


def test_a_docstring_of_hypothesis():
    text = '@given(text())\ndef test_trip(x):\n    """Round trip.\n\n    **Feature: auth, Property 2: Trip**\n    Validates: 1.2\n    """\n'
    prop, validates = notes("test_a.py", text)
    assert (prop.symbol, prop.property, validates.symbol, validates.feature) == ("test_trip", "2", "test_trip", "auth")


@pytest.mark.parametrize(
    ("path", "text", "symbol"),
    [
        ("a.py", "class A:\n    # req: auth/1.1\n    @dec\n    def b(self):\n        return 1\n", "A.b"),
        ("a.py", "def a():\n    def b():\n        # req: auth/1.1\n        return 1\n", "a.b"),
        ("a.py", "def a():\n    return 1\n\n\n# req: auth/1.1\nX = 1\n", ""),
        ("a.py", "def a(:\n    # req: auth/1.1\n    pass\n", "a"),
        ("a.go", "// req: auth/1.1\nfunc (s *Server) Login(x int) error {\n", "Login"),
        ("A.java", "class A {\n  /** req: auth/1.1 */\n  @Test\n  public void refuses(int a) throws X {\n", "A.refuses"),
        ("a.rs", "mod tests {\n    #[test]\n    // req: auth/1.1\n    fn works() {\n", "tests.works"),
        ("a.ts", "export const login = async (x: number) => {\n  // req: auth/1.1\n  go()\n}\n", "login"),
        ("a.sh", "# req: auth/1.1\nlogin() {\n", "login"),
        ("a.rb", "  # req: auth/1.1\n  def login\n", "login"),
        ("a.kt", "// req: auth/1.1\nfun login(x: Int): Int {\n", "login"),
    ],
)
def test_the_symbol_that_holds_a_note(path: str, text: str, symbol: str):
    assert [note.symbol for note in notes(path, text)] == [symbol]


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("tests/a.py", True),
        ("src/a_test.go", True),
        ("src/LoginTest.java", True),
        ("src/LoginSpec.scala", True),
        ("web/a.spec.ts", True),
        ("src/contest.py", False),
        ("src/latest.ts", False),
        ("src/inspect.go", False),
    ],
)
def test_what_is_a_test(path: str, *, is_test: bool):
    assert is_test_path(path) is is_test


def test_hostile_files_cost_little():
    started = time.process_time()
    for text in (
        "# req: " + "1.1," * 100_000,
        "# req: auth/1.1\n" * 20_000,
        "/*" * 100_000 + "\nreq: 1.1\n" * 2_000,
        "x = " + "(" * 5_000 + " # req: 1.1\n",
        "İ" * 1000 + "\n# req: auth/1.1\n",
    ):
        for path in ("a.py", "a.ts"):
            code_notes(RelPath(path), text)
    assert time.process_time() - started < 20
