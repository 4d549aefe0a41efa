"""Takes a policy of which nothing is needed out of the code: IAM has no empty policy, so what declares it goes, with what only refers to it.

Only where every reference is found in the same files is it done; else it is said in words what a person must do. The files are read again afterwards: the policy is gone,
and every other one says what it said.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.cloudformation_removing import template_removal
from setsquare.powers.iam.infrastructure.editing import CannotEdit, line_of
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Found, Located, Unit, UnitKind
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.reproving import key_of, said
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_removing import terraform_removal
from setsquare.powers.iam.infrastructure.yaml_anchors import repeating
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, base_name
from setsquare.text.plan import FileChange, digest
from setsquare.text.span import Edit, apply_edits

_BY_HAND = "detach it and delete it, then take it out of the code"
_ARN = LazyPattern(r":policy/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)")
_TEMPLATES = (Form.CLOUDFORMATION_JSON, Form.CLOUDFORMATION_YAML)


class Removed(Struct, frozen=True):
    """The edits that take a policy away; `notes` say what a person should know of them."""

    title: str
    changes: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()


# req: iam-autopilot/6.1
def removed(
    files: Mapping[RelPath, bytes], found: Found, located: Located, *, is_managed: bool, known: Known | None = None
) -> Removed | CannotEdit:
    """Plan the edits that take a policy away; `found` is all that was read of the files. `is_managed`: others may name it by its ARN."""
    source, unit = located.source, located.unit
    reason = _kept(files, found, located, is_managed=is_managed)
    if reason or unit is None:
        return CannotEdit(source.path, line_of(files, source.path, source.span.start), reason, _BY_HAND)
    try:
        edits, notes = _edits(files, located, unit)
        contents = {path: apply_edits(files[path], each) for path, each in edits.items()}
    except (Refusal, ValueError) as refusal:
        why = refusal.reason if isinstance(refusal, Refusal) else "its parts are too entangled"
        return CannotEdit(unit.path, line_of(files, unit.path, unit.span.start), f"nothing of it is needed, but {why}", _BY_HAND)
    wrong = _misread(found_in({**files, **contents}, known=known), found, located) or (
        _named(files, contents, source.name) if is_managed else ""
    )
    if wrong:
        return CannotEdit(unit.path, line_of(files, unit.path, unit.span.start), f"nothing of it is needed, but {wrong}", _BY_HAND)
    changes = tuple([FileChange(path, digest(files[path]), tuple(each)) for path, each in sorted(edits.items())])
    return Removed(f"remove {source.address or source.name}", changes, notes)


def _kept(files: Mapping[RelPath, bytes], found: Found, located: Located, *, is_managed: bool) -> str:
    """Say why a policy cannot be taken away; empty where nothing speaks against it so far."""
    unit, source = located.unit, located.source
    if unit is None:
        return "nothing of it is needed; who attaches this file is not in the repository, and IAM takes no policy without statements"
    if located.loose:
        first = located.loose[0]
        return f"nothing that is written of it is needed, but more is added to it at {first.path}:{line_of(files, first.path, first.start)}: {first.reason}"
    if unit.is_repeated:
        return f"nothing of it is needed, but {unit.address} is made in a loop or by a module, so it is not taken away for one role"
    twins = [each for each in found.located if each.unit and _block(each.unit) == _block(unit) and each.unit.address != unit.address]
    if twins:
        return f"nothing of it is needed, but its block also makes {twins[0].unit.address if twins[0].unit else ''}"
    if is_managed and not source.owner:
        return "nothing of it is needed, but what attaches it to the role is not in the repository, and a policy that is attached cannot be deleted"
    return ""


def _block(unit: Unit) -> tuple[RelPath, int]:
    return unit.path, unit.span.start


def _edits(files: Mapping[RelPath, bytes], located: Located, unit: Unit) -> tuple[dict[RelPath, list[Edit]], tuple[str, ...]]:
    if located.source.form in _TEMPLATES:
        is_yaml = located.source.form is Form.CLOUDFORMATION_YAML
        alias = repeating(files[unit.path], (unit.span,)) if is_yaml else ""
        if alias:
            raise Refusal(unit.span.start, alias)
        return {unit.path: template_removal(files[unit.path], unit, is_yaml=is_yaml)}, ()
    return terraform_removal(files, located, unit)


def _misread(after: Found, before: Found, located: Located) -> str:
    """Say how the edited files differ from the old ones without the policy."""
    gone = [each for each in before.located if each.unit == located.unit and not each.source.is_trust] if located.unit else []
    if any(_is_other(each, located) for each in gone):
        return "another policy would go with it"
    left = [(key_of(each), said(each)) for each in before.located if each not in gone]
    there = [(key_of(each), said(each)) for each in after.located]
    # Files that a policy named stand alone now.
    named = {part.path for part in located.parts}
    there = [each for each in there if each in left or each[0][0] not in named]
    if sorted(left) != sorted(there) or len(after.unread) > len(before.unread):
        return "other policies would not be what they were"
    return ""


def _is_other(each: Located, located: Located) -> bool:
    return each.source.owner != located.source.owner or (
        each.unit is not None and each.unit.kind is UnitKind.ENTRY and each.source.name != located.source.name
    )


def _named(files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes], name: str) -> str:
    """Say where else the policy is named by its ARN."""
    for path, raw in files.items():
        now = contents.get(path, raw)
        if name and b":policy/" in now:
            text = now.decode("utf-8", "replace")
            for found in _ARN.finditer(text):
                if found["name"] == name and ":aws:policy/" not in text[max(0, found.start() - 4) : found.start() + 8]:
                    return f"{path}:{text.count(chr(10), 0, found.start()) + 1} names it by its ARN"
    return ""


def is_unnamed(files: Mapping[RelPath, bytes], contents: Mapping[RelPath, bytes], located: Located, path: RelPath) -> bool:
    """Tell whether a file that a policy was written in is named nowhere any more, neither as code nor in a remark; `contents` are the files that changed."""
    unit = located.unit
    # Terraform's files alone take in whole files; a template holds more than the policy.
    if unit is None or not unit.path.endswith(".tf") or path == unit.path or path.endswith(".tf") or path not in files:
        return False
    if any(part.also for part in located.parts if part.path == path):
        return False
    name = base_name(path).encode("utf-8", "surrogateescape")
    return not any(name in contents.get(other, raw) for other, raw in files.items() if other != path)
