"""Finds where Terraform code hands a policy's reference on in a way that nobody can follow: to a module whose code is elsewhere, or through a name to an attachment.

Source: Terraform language, "Modules", "Local Values", "JSON Configuration Syntax".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from setsquare.powers.iam.infrastructure.nodes import TextNode, Unit
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_places import Standing, code_of
from setsquare.powers.iam.infrastructure.terraform_uses import occurrences
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, parent, path_from
from setsquare.text.span import Span

_GIVES = LazyPattern(r"policy_arn|policies|boundary|managed_polic|for_each")
"""Names of arguments by which a policy comes to somebody."""
_BY_NAME = "aws_ssoadmin_"
"""Blocks of permission sets name a policy by its name, for every account that they are given in."""
_LIMIT_NAMES = 20

Place = tuple[RelPath, int]


def handed_on(files: Mapping[RelPath, bytes], unit: Unit, known: Sequence[tuple[RelPath, Span]]) -> Iterator[Place]:
    """Give the places, by path and byte; `known` are the blocks and values of which it is known whom they give the policy to."""
    folder, name = parent(unit.path), _reference(unit)
    if not unit.path.endswith(".tf") or not name:
        return
    for path, raw in files.items():
        if path.endswith((".tf.json", ".tofu", ".tofu.json")) and parent(path) == folder and (at := raw.find(name.encode())) >= 0:
            yield path, at
    try:
        code = code_of(files, folder)
    except Refusal:
        return
    waiting, seen = [name], {name}
    while waiting:
        for path, at in occurrences(code.raws, waiting.pop()):
            if any(where == path and span.start <= at < span.end for where, span in known):
                continue
            place = code.standing(path, at)
            if place.block.type == "locals" and place.attribute is not None:
                local = f"local.{place.attribute.name}"
                if local not in seen and len(seen) < _LIMIT_NAMES:
                    seen.add(local)
                    waiting.append(local)
            elif _is_handed(files, place):
                yield path, at


def _reference(unit: Unit) -> str:
    """Give the name by which the policy's own folder refers to it."""
    end = unit.address.rpartition("aws_iam_policy.")[2]
    return f"aws_iam_policy.{end.partition('[')[0]}" if end != unit.address else ""


def _is_handed(files: Mapping[RelPath, bytes], place: Standing) -> bool:
    """Tell whether what stands at a place may give the policy to somebody."""
    if place.kind.startswith(_BY_NAME):
        return True
    if place.attribute is None or place.attribute.name == "depends_on":
        return False
    if place.block.type == "resource":
        return _GIVES.search(place.attribute.name) is not None
    if place.block.type != "module":
        return False
    source = place.block.value("source")
    target = (
        path_from(parent(place.path), source.value) if isinstance(source, TextNode) and source.value.startswith(("./", "../")) else None
    )
    return target is None or not any(parent(path) == target and path.endswith(".tf") for path in files)
