"""Reads Spec Kit's features for the rules that judge them."""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.rules.evidence import Evidence
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import SpecForm
from setsquare.workspace.speckit.model import Feature


def features(evidence: Evidence) -> Mapping[RelPath, Feature]:
    """Give the features of a workspace as they are written, by their file."""
    paths = [spec.requirements.path for spec in evidence.workspace.specs if spec.form is SpecForm.FEATURE and spec.requirements]
    if not paths:
        return {}
    from setsquare.workspace.openspec.text import normalised  # noqa: PLC0415  (start-up: most workspaces have no such folder)
    from setsquare.workspace.speckit.feature import read_feature  # noqa: PLC0415

    return {path: read_feature(path, normalised(evidence.raw(path))) for path in paths}
