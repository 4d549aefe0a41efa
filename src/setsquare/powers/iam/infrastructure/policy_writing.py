"""Writes a policy that is new in a file as the file's language has it, in the style that its formatter keeps.

Source: Terraform language, "Style Conventions"; AWS CloudFormation User Guide, "Template format".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from setsquare.powers.iam.infrastructure.nodes import Dialect
from setsquare.powers.iam.infrastructure.writing import written
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.printing import printed
from setsquare.text.lazy_pattern import LazyPattern

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"
_LIMIT_COLUMNS = 100
_MEANT_OTHERWISE = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_PLAIN_TEXT = LazyPattern(r"[A-Za-z][\w./:*?@+=,-]*[\w*/]\Z")
"""Words that stand in lines of YAML without quotes: no colon at their end, no blank, nothing that begins a remark."""
_BARE = LazyPattern(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def plain_of(policy: Policy) -> Plain:
    """Give a policy as plain values, in the order in which it is printed; a single word stands without a list."""
    return _single(msgspec.json.decode(printed(policy)))


def _single(value: Plain) -> Plain:
    if isinstance(value, Mapping):
        return {key: _unlisted(key, _single(each)) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_single(each) for each in value]
    return value


def _unlisted(key: str, value: Plain) -> Plain:
    """Write the one resource of a statement without a list, as most people do; actions stay a list, for these grow."""
    is_one = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1
    return value[0] if key == "Resource" and is_one and not isinstance(value, str) and isinstance(value, Sequence) else value


def hcl_of(value: Plain, margin: str = "") -> str:
    """Write a value of Terraform's language as `terraform fmt` has it.

    >>> print(hcl_of({"Effect": "Allow", "Action": ["s3:GetObject"], "Condition": {"Bool": {"aws:x": "true"}}}))
    {
      Effect = "Allow"
      Action = ["s3:GetObject"]
      Condition = {
        Bool = {
          "aws:x" = "true"
        }
      }
    }
    """
    inner = margin + "  "
    if isinstance(value, str):
        return written(value, Dialect.HCL).decode()
    if isinstance(value, Mapping):
        fields = [(key if _BARE.match(key) else written(key, Dialect.HCL).decode(), hcl_of(each, inner)) for key, each in value.items()]
        return "{\n" + "".join(f"{inner}{line}\n" for line in _aligned(fields)) + margin + "}" if fields else "{}"
    if isinstance(value, Sequence):
        items = [hcl_of(each, inner) for each in value]
        line = f"[{', '.join(items)}]"
        if not any("\n" in each for each in items) and len(margin) + len(line) <= _LIMIT_COLUMNS:
            return line
        return "[\n" + "".join(f"{inner}{each},\n" for each in items) + margin + "]"
    return msgspec.json.encode(value).decode()


def _aligned(fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Set the signs of consecutive one-line fields below each other."""
    row: list[tuple[str, str]] = []
    for key, value in [*fields, ("", "\n")]:
        if "\n" not in value:
            row.append((key, value))
            continue
        width = max((len(each) for each, _ in row), default=0)
        yield from [f"{each.ljust(width)} = {one}" for each, one in row]
        row.clear()
        if key:
            yield f"{key} = {value}"


def yaml_of(value: Plain, margin: str, step: str = "  ") -> str:
    """Write a value of YAML in lines, each of them with its line end; what is neither a list nor an object stands on one.

    >>> print(yaml_of({"Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}]}, ""), end="")
    Statement:
      - Effect: Allow
        Action:
          - s3:Get*
        Resource: "*"
    """
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, each in value.items():
            name = key if _BARE.match(key) else msgspec.json.encode(key).decode()
            lines.append(
                f"{margin}{name}: {_scalar(each)}\n" if _is_scalar(each) else f"{margin}{name}:\n{yaml_of(each, margin + step, step)}"
            )
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            text = f"{margin}{_scalar(each)}\n" if _is_scalar(each) else yaml_of(each, f"{margin}  ", step)
            lines.append(f"{margin}- {text[len(margin) :]}" if _is_scalar(each) else f"{margin}- {text[len(margin) + 2 :]}")
    return "".join(lines)


def _is_scalar(value: Plain) -> bool:
    return isinstance(value, str) or not isinstance(value, (Mapping, Sequence)) or not value


def _scalar(value: Plain) -> str:
    if isinstance(value, str) and value.lower() not in _MEANT_OTHERWISE:
        return value if _PLAIN_TEXT.match(value) else written(value, Dialect.YAML).decode()
    return msgspec.json.encode(value).decode()
