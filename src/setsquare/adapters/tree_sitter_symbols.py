"""Reads TypeScript, JavaScript, Java, Go and Rust source as its symbols, with tree-sitter grammars."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from setsquare.adapters.ecma_words import ecma_words
from setsquare.ports.symbols import Symbol

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_LENGTH = 16
_LIMIT_DEPTH = 400


class Grammar(Struct, frozen=True, kw_only=True):
    """A language's name, and the node types that define something in it."""

    language: str
    defining: frozenset[str]


_ECMA = frozenset(
    {"function_declaration", "generator_function_declaration", "class_declaration", "abstract_class_declaration", "method_definition"}
    | {"variable_declarator", "public_field_definition", "field_definition", "interface_declaration", "type_alias_declaration"}
    | {"enum_declaration", "function_signature", "method_signature", "abstract_method_signature", "internal_module"}
)
_JAVASCRIPT = Grammar(language="javascript", defining=_ECMA)
_TYPESCRIPT = Grammar(language="typescript", defining=_ECMA)
_TSX = Grammar(language="tsx", defining=_ECMA)
_ECMA_GRAMMARS = (_JAVASCRIPT, _TYPESCRIPT, _TSX)
_GRAMMARS: Mapping[str, Grammar] = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), _JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts"), _TYPESCRIPT),
    ".tsx": _TSX,
    ".java": Grammar(
        language="java",
        defining=frozenset(
            {"class_declaration", "interface_declaration", "enum_declaration", "record_declaration", "annotation_type_declaration"}
            | {"method_declaration", "constructor_declaration", "compact_constructor_declaration"}
        ),
    ),
    ".go": Grammar(language="go", defining=frozenset({"function_declaration", "method_declaration", "type_spec", "type_alias"})),
    ".rs": Grammar(
        language="rust",
        defining=frozenset(
            {"function_item", "struct_item", "enum_item", "trait_item", "impl_item", "mod_item", "type_item", "macro_definition"}
            | {"function_signature_item", "union_item", "const_item", "static_item"}
        ),
    ),
}
_CLOSING = frozenset({b"}", b")", b"]"})
_SEPARATORS = frozenset({b",", b";"})
# What is said of a definition above it, beside it in the tree.
_ATTACHED = frozenset({"attribute_item", "decorator"})
# A value counts as a symbol only where it is code: `const area = () => …`, not `const x = 1`.
_VALUES = frozenset({"variable_declarator", "public_field_definition", "field_definition"})
_CALLABLE = frozenset({"arrow_function", "function_expression", "function", "generator_function", "class"})


def grammar_of(path: str) -> Grammar | None:
    """Find the grammar for a file's name.

    >>> grammar_of("src/a.tsx").language, grammar_of("a.py")
    ('tsx', None)
    """
    _, dot, ending = path.rpartition(".")
    return _GRAMMARS.get(f".{ending}") if dot else None


def tree_sitter_symbols(grammar: Grammar, raw: bytes) -> tuple[Symbol, ...] | None:
    """List a file's symbols; `None` where the grammar is not installed. What does not parse is left out."""
    parser = _parser(grammar)
    return tuple(_symbols(parser.parse(raw).root_node, "", grammar, Counter(), 0)) if parser else None


def tree_sitter_whole(grammar: Grammar, raw: bytes) -> str:
    """Digest what a file as a whole says; empty where the grammar is not installed."""
    parser = _parser(grammar)
    return _digest(parser.parse(raw).root_node, grammar) if parser else ""


def is_installed(grammar: Grammar) -> bool:
    """Tell whether a grammar can be used."""
    return _parser(grammar) is not None


def _parser(grammar: Grammar) -> Parser | None:
    """Build a parser; `None` where its packages are not installed."""
    try:
        from tree_sitter import Language, Parser

        return Parser(Language(_source(grammar.language)))
    except ImportError:
        return None


def _source(language: str) -> object:
    """Import a language's grammar; only the one that is needed."""
    # ruff: noqa: PLC0415  (an extra)
    match language:
        case "typescript":
            import tree_sitter_typescript

            return tree_sitter_typescript.language_typescript()
        case "tsx":
            import tree_sitter_typescript

            return tree_sitter_typescript.language_tsx()
        case "java":
            import tree_sitter_java

            return tree_sitter_java.language()
        case "go":
            import tree_sitter_go

            return tree_sitter_go.language()
        case "rust":
            import tree_sitter_rust

            return tree_sitter_rust.language()
        case _:
            import tree_sitter_javascript

            return tree_sitter_javascript.language()


def _symbols(node: Node, holder: str, grammar: Grammar, seen: Counter[str], depth: int) -> Iterator[Symbol]:
    """List the definitions below a node, depth first."""
    if depth > _LIMIT_DEPTH:
        return
    for child in node.named_children:
        name = _name(child) if child.type in grammar.defining and _is_code(child) else ""
        if not name:
            yield from _symbols(child, holder, grammar, seen, depth + 1)
            continue
        qualified = f"{holder}{name}"
        if child.type != "impl_item":
            seen[qualified] += 1
            yield Symbol(
                name=qualified if seen[qualified] == 1 else f"{qualified}#{seen[qualified]}",
                line=child.start_point[0] + 1,
                end_line=child.end_point[0] + 1,
                digest=_digest(child, grammar),
            )
        yield from _symbols(child, f"{qualified}.", grammar, seen, depth + 1)


def _is_code(node: Node) -> bool:
    if node.type not in _VALUES:
        return True
    value = node.child_by_field_name("value")
    return value is not None and value.type in _CALLABLE


def _name(node: Node) -> str:
    """Name a definition; a Go method by its receiver's type, a Rust implementation by its type."""
    if node.type == "impl_item":
        return _bare(node.child_by_field_name("type"))
    found = node.child_by_field_name("name")
    if found is None:
        return ""
    name = _text(found)
    receiver = node.child_by_field_name("receiver")
    if receiver is not None and receiver.named_children:
        owner = _bare(receiver.named_children[0].child_by_field_name("type"))
        return f"{owner}.{name}" if owner else name
    return name


def _bare(node: Node | None) -> str:
    """Name a type without pointers and parameters."""
    while node is not None and node.type not in ("type_identifier", "identifier", "primitive_type"):
        node = node.child_by_field_name("type") or next(iter(node.named_children), None)
    return _text(node) if node is not None else ""


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _digest(node: Node, grammar: Grammar) -> str:
    """Digest the words of a definition and of the attributes or decorators above it; comments and layout are none."""
    say = ecma_words if grammar in _ECMA_GRAMMARS else _words
    words = [word for item in (*_above(node), node) for word in say(item)]
    return hashlib.sha256(b"\0".join(words)).hexdigest()[:_LENGTH]


def _above(node: Node) -> tuple[Node, ...]:
    """List the attributes and decorators that stand above a definition as its siblings."""
    found: list[Node] = []
    current = node.prev_named_sibling
    while current is not None and ("comment" in current.type or current.type in _ATTACHED):
        if current.type in _ATTACHED:
            found.append(current)
        current = current.prev_named_sibling
    return tuple(reversed(found))


def _words(node: Node) -> list[bytes]:
    """List the words of Java, Go or Rust. A separator at the end of a list is layout, but for Rust's `{ a; }` and `(a,)`."""
    words: list[bytes] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if "comment" in current.type:
            continue
        if current.child_count and not current.type.endswith("string_literal"):
            stack.extend(reversed(current.children))
        else:
            word = current.text or b""
            if word in _CLOSING and words and words[-1] in _SEPARATORS and _is_trailing(current, words[-1]):
                words.pop()
            if word.strip():
                words.append(word)
    return words


def _is_trailing(closing: Node, separator: bytes) -> bool:
    """Tell whether a separator before a closing bracket is layout."""
    around = closing.parent
    if around is None:
        return True
    if separator == b";":
        return around.type != "block" or not any(child.type == "expression_statement" for child in around.named_children[-1:])
    return not (around.type.startswith("tuple_") and around.named_child_count == 1)
