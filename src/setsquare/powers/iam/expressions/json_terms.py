"""Parses the expressions of Terraform's JSON: its texts are templates.

Source: Terraform language, "JSON Configuration Syntax", "Expression Mapping".
"""

from __future__ import annotations

from setsquare.powers.iam.expressions.parsing import parsed, parsed_template
from setsquare.powers.iam.expressions.terms import Listing, Literal, Mapped, Term, Unparsed
from setsquare.text.json_document import read, scan
from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString, JsonValue
from setsquare.text.paths import RelPath


def parsed_json(text: str) -> Term:
    """Parse a JSON value; what is none is parsed as it stands.

    >>> parsed_json('["${local.a}"]').items[0].parts[0].root
    'local'
    """
    tree = read(scan(RelPath("x.json"), text.encode("utf-8", "replace")))
    if tree.root is None or any(not each.is_warning for each in tree.problems):
        return parsed(text)
    return _term(tree.root)


def _term(value: JsonValue) -> Term:
    match value:
        case JsonString():
            return parsed_template(value.value)
        case JsonNumber():
            return Literal(float(value.written))
        case JsonBoolean():
            return Literal(value.value)
        case JsonNull():
            return Literal(None)
        case JsonArray():
            return Listing(tuple([_term(item) for item in value.items]), "[…]")
        case JsonObject():
            return Mapped(tuple([(_key(member.key), _term(member.value)) for member in value.members]), "{…}")


def _key(text: str) -> Term:
    found = parsed_template(text) if "${" in text else text
    return text if isinstance(found, Unparsed) else found
