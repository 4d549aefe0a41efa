"""What reading symbols promises, for every language."""

from __future__ import annotations

import sys

import pytest

from setsquare.adapters.source_symbols import SourceSymbols
from setsquare.text.paths import RelPath

pytest.importorskip("tree_sitter")

SYMBOLS = SourceSymbols()

# For each language: a file, the same file laid out otherwise, and one in which only `close` does something else.
CASES = {
    "a.py": (
        'class Account:\n    def open(self):\n        """Doc."""\n        return 1\n\n    def close(self, x=1):\n        return {"a": x}\n\n\ndef top():\n    pass\n',
        'class Account:  # note\n    def open(self):\n        return 1\n    def close( self,x = 1 ):\n        # why\n        return {\n            "a": x,\n        }\ndef top(): pass\n',
        ("return {", "return 2 and {"),
        ["Account", "Account.open", "Account.close", "top"],
    ),
    "a.ts": (
        "export class Account {\n  open(): number { return 1; }\n  close(x = 1) { return {a: x}; }\n}\nexport const top = (a: string) => a;\nconst k = 1;\ninterface Shape { area(): number }\n",
        "export class Account\n{\n  /** doc */\n  open() : number {\n    return 1;\n  }\n  close(x=1) { return { a : x, }; } // note\n}\nexport const top = (a: string) =>\n  a;\nconst k = 2;\ninterface Shape {\n  area(): number;\n}\n",
        ("return {", "return !{"),
        ["Account", "Account.open", "Account.close", "top", "Shape", "Shape.area"],
    ),
    "a.tsx": (
        "class Account { close() { return <b>x</b>; } }\nfunction top() { return <A b='c'/>; }\n",
        "class Account {\n  close() {\n    return <b>x</b>;\n  }\n}\n// note\nfunction top() {\n  return <A b='c'/>;\n}\n",
        ("<b>x</b>", "<i>x</i>"),
        ["Account", "Account.close", "top"],
    ),
    "a.js": (
        "class Account { close() { return [1, 2]; } }\nconst top = function () { return `a b`; };\n",
        "class Account {\n  close() {\n    return [\n      1,\n      2,\n    ];\n  }\n}\n/* note */\nconst top = function() { return `a b`; };\n",
        ("return [", "return -["),
        ["Account", "Account.close", "top"],
    ),
    "A.java": (
        "class Account { int open() { return 1; } int close(int x) { return x; } record P(int a) {} }\n",
        "class Account {\n  /** doc */\n  int open() { return 1; }\n  int close( int x ) {\n    return x; // note\n  }\n  record P(int a) {}\n}\n",
        ("return x", "return x + 1"),
        ["Account", "Account.open", "Account.close", "Account.P"],
    ),
    "a.go": (
        "package a\ntype Account struct { n int }\nfunc (a *Account) close(x int) int { return x }\nfunc top() {}\n",
        "package a\n\ntype Account struct {\n\tn int\n}\n\n// note\nfunc (a *Account) close(x int) int {\n\treturn x\n}\n\nfunc top() {}\n",
        ("return x", "return -x"),
        ["Account", "Account.close", "top"],
    ),
    "a.rs": (
        "struct Account { n: i32 }\nimpl Account { fn open(&self) -> i32 { 1 } fn close(&self, x: i32) -> i32 { x } }\nfn top() {}\n",
        "struct Account {\n    n: i32,\n}\nimpl Account {\n    /// doc\n    fn open(&self) -> i32 { 1 }\n    fn close(\n        &self,\n        x: i32,\n    ) -> i32 {\n        x // note\n    }\n}\nfn top() {}\n",
        ("{ x }", "{ x + 1 }"),
        ["Account", "Account.open", "Account.close", "top"],
    ),
}


def read(name: str, text: str) -> dict[str, str]:
    found = SYMBOLS.of(RelPath(name), text.encode())
    assert found is not None
    return {symbol.name: symbol.digest for symbol in found}


@pytest.mark.parametrize("name", CASES)
def test_symbols_are_named_by_what_holds_them(name: str) -> None:
    assert list(read(name, CASES[name][0])) == CASES[name][3]


# req: spec-engine/5.2
@pytest.mark.parametrize("name", CASES)
def test_layout_and_comments_do_not_count(name: str) -> None:
    assert read(name, CASES[name][0]) == read(name, CASES[name][1])


@pytest.mark.parametrize("name", CASES)
def test_a_change_counts_for_the_symbol_and_what_holds_it_alone(name: str) -> None:
    text, _, (old, new), _ = CASES[name]
    assert old in text
    before, after = read(name, text), read(name, text.replace(old, new))
    changed = {symbol for symbol in before if before[symbol] != after[symbol]}
    assert "Account.close" in changed
    assert changed <= {"Account", "Account.close"}


@pytest.mark.parametrize("name", CASES)
def test_lines_cover_the_definition(name: str) -> None:
    text = CASES[name][1]
    found = SYMBOLS.of(RelPath(name), text.encode())
    close = next(symbol for symbol in found or () if symbol.name == "Account.close")
    lines = text.splitlines()[close.line - 1 : close.end_line]
    assert "close" in lines[0]
    assert "top" not in "".join(lines)


def test_a_second_bearer_of_a_name_is_told_apart() -> None:
    assert list(read("a.py", "def f(): 1\ndef f(): 2\n")) == ["f", "f#2"]


@pytest.mark.parametrize(
    ("name", "raw"),
    [("a.py", b"def ("), ("a.py", b"\0"), ("a.py", b"(" * 5000), ("a.rb", b"def a; end"), ("README", b""), ("a.py", b"x = 1\n" * 400_000)],
)
def test_what_cannot_be_read_is_said(name: str, raw: bytes) -> None:
    assert SYMBOLS.of(RelPath(name), raw) is None


@pytest.mark.parametrize("name", ["a.ts", "a.java", "a.go", "a.rs", "a.js"])
def test_broken_source_never_fails(name: str) -> None:
    for raw in (b"\xff\xfe\0", b"{" * 20_000, b"class A { b( {", "fn ünï() { \U0001f600 }".encode()):
        assert SYMBOLS.of(RelPath(name), raw) is not None


def test_a_missing_grammar_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    assert SYMBOLS.of(RelPath("a.go"), b"package a") is None
    assert SYMBOLS.missing(RelPath("a.go")) == "code"
    assert SYMBOLS.missing(RelPath("a.py")) == ""
    assert SYMBOLS.missing(RelPath("a.rs")) == ""


def says(name: str, text: str) -> tuple[dict[str, str], str]:
    return read(name, text), SYMBOLS.whole(RelPath(name), text.encode())


# req: spec-engine/5.2
@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("a.py", 'class A:\n    a: int\n    """What a is."""\n    b: int\n', "class A:\n    a: int\n    b: int\n"),
        ("a.py", "def f():\n    if a:\n        'why'\n        return b\n", "def f():\n    if a:\n        return b\n"),
        ("a.py", 'class A(B):\n    """Doc."""\n    pass\n', 'class A(B):\n    """Doc."""\n'),
        ("a.py", "def f():\n    return 0xff, 'a' 'b'\n", 'def f():\n    return (0xFF, "ab",)\n'),
        ("a.ts", "function f() { return 'it\\'s' }", 'function f() {\n  return "it\'s";\n}'),
        ("a.ts", "const f = async x => { g(x) }", "const f = async (x) => {\n  g(x);\n};"),
        ("a.js", "const f = x => (x + 1)", "const f = (x) => x + 1;"),
        ("a.ts", "interface A { a: string, b(): void }", "interface A {\n  a: string;\n  b(): void;\n}"),
        ("a.ts", "type A = 'a' | (B & C)", 'type A =\n  | "a"\n  | (B & C);'),
        ("a.ts", "class A { a = 1\n b() {} }", "class A {\n  a = 1;\n  b() {};\n}"),
        ("a.js", "const f = () => ({'a': 1, b: 0XAB})", "const f = () => ({ a: 1, b: 0xab, });"),
        ("a.tsx", "function F() { return <p a='b'>\n  a\n  b <i/>\n</p> }", 'function F() { return (<p a="b">a b <i /></p>); }'),
        ("a.rs", "fn f() { g(a,); (a, b,) }", "fn f() {\n    g(a);\n    (a, b)\n}"),
        ("a.go", "package a\nfunc f() { g(a,\nb,\n); }", "package a\n\nfunc f() {\n\tg(a, b)\n}"),
    ],
)
def test_what_a_formatter_or_a_remark_changes_does_not_count(name: str, one: str, other: str) -> None:
    assert says(name, one) == says(name, other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("a.py", "class A:\n    a: int\n", "class A:\n    a: str\n"),
        ("a.py", "def f():\n    ...\n", "def f():\n    pass\n"),
        ("a.py", "def f():\n    b'a'\n    return f'{x}'\n", "def f():\n    b'a'\n    return '{x}'\n"),
        ("a.ts", "function f() { return\n a }", "function f() { return a }"),
        ("a.ts", "function f() { return (a?.b).c }", "function f() { return a?.b.c }"),
        ("a.ts", "function f() { return (a + b) * c }", "function f() { return a + b * c }"),
        ("a.ts", "function f() { g((a, b)) }", "function f() { g(a, b) }"),
        ("a.ts", "function f() { return [, a] }", "function f() { return [a] }"),
        ("a.ts", "function f() { for (a;;); }", "function f() { for (;a;); }"),
        ("a.ts", "function f() { if (x); y() }", "function f() { if (x) y() }"),
        ("a.ts", "function f() { return 'a' }", "function f() { return a }"),
        ("a.ts", "function f() { return ' ' }", "function f() { return '  ' }"),
        ("a.ts", "type A = (B | C)[]", "type A = B | C[]"),
        ("a.ts", "type A = (B & C) | D", "type A = B & (C | D)"),
        ("a.tsx", "function F() { return <p>a <b/></p> }", "function F() { return <p>a<b/></p> }"),
        ("a.rs", "fn f() -> i32 { a() }", "fn f() -> i32 { a(); }"),
        ("a.rs", "fn f() { g((a,)) }", "fn f() { g((a)) }"),
        ("a.rs", 'fn f() { g(" ") }', 'fn f() { g("  ") }'),
        ("a.go", 'package a\nfunc f() { g(" ") }', 'package a\nfunc f() { g("  ") }'),
        ("A.java", 'class A { void f() { g(" "); } }', 'class A { void f() { g("  "); } }'),
        ("a.rs", "#[cfg(unix)]\n// note\nfn f() {}", "#[cfg(windows)]\nfn f() {}"),
    ],
)
def test_what_means_something_else_counts(name: str, one: str, other: str) -> None:
    (before, whole_before), (after, whole_after) = says(name, one), says(name, other)
    assert whole_before != whole_after
    assert before.keys() == after.keys()
    assert all(before[symbol] != after[symbol] for symbol in before)


def test_a_decorator_counts_for_the_method_below_it() -> None:
    one, other = read("a.ts", "class A { @get('/a') m() {} n() {} }"), read("a.ts", "class A { @get('/b') m() {} n() {} }")
    assert {name for name in one if one[name] != other[name]} == {"A", "A.m"}


def test_a_long_list_is_read_in_time_that_grows_with_it() -> None:
    assert read("a.js", "function f() { return [" + "1," * 100_000 + "]; }").keys() == {"f"}
