"""Tells templates and copies that a program writes from sources that people write: an edit of the former is undone the next time that the program runs.

Source: AWS CDK, "cdk synth" (`cdk.out`, metadata `aws:cdk:path`); AWS SAM CLI, `sam build` (`.aws-sam/build`); Serverless Framework, "Package" (`.serverless`);
Terraform, "Working directory contents" (`.terraform`); CDK for Terraform (`cdktf.out`).
"""

from __future__ import annotations

from setsquare.powers.iam.infrastructure.cloudformation_detaching import read_template
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.text.paths import RelPath

_FOLDERS = {
    "cdk.out": "`cdk synth` writes",
    "cdktf.out": "`cdktf synth` writes",
    ".aws-sam": "`sam build` writes",
    ".serverless": "`serverless package` writes",
    ".terraform": "`terraform init` copies",
    ".terragrunt-cache": "`terragrunt` copies",
    "node_modules": "a package manager copies",
}
_MARKS = (b"aws:cdk:path", b"AWS::CDK::Metadata")


def written_by(path: RelPath, raw: bytes) -> str:
    """Say what makes a file; empty for one that is a source.

    >>> written_by(RelPath("app/cdk.out/S.template.json"), b"{}"), written_by(RelPath("cdk.json"), b"{}")
    ('`cdk synth` writes', '')
    """
    folder = next((each for each in path.split("/")[:-1] if each in _FOLDERS), "")
    if folder:
        return _FOLDERS[folder]
    # What merely speaks of the marks, in a remark or a description, is a source all the same.
    if not path.endswith((".json", ".yaml", ".yml", ".template")) or not any(mark in raw for mark in _MARKS):
        return ""
    template = read_template(path, raw)
    for resource in template.resources.values() if template else ():
        kind = resource.value("Type")
        is_mark = isinstance(kind, TextNode) and kind.value == "AWS::CDK::Metadata"
        if is_mark or resource.value("Metadata", "aws:cdk:path") is not None:
            return _FOLDERS["cdk.out"]
    return ""
