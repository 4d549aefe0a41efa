"""Sources and recommendations for the tests of edits."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare.journeys.iam_editing import Change, changed
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Effect, Policy, Statement
from setsquare.powers.iam.recommendation.model import AttachedPolicy, NarrowedPolicy, PolicyKind, Recommendation
from setsquare.text.paths import RelPath

OBJECTS = Statement(effect=Effect.ALLOW, sid="A", actions=("s3:GetObject", "s3:PutObject"), resources=("arn:aws:s3:::logs/*",))
QUEUE = Statement(effect=Effect.ALLOW, sid="B", actions=("sqs:SendMessage", "sqs:PurgeQueue"), resources=("*",))
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def policy(*statements: Statement) -> Policy:
    return Policy(version=CURRENT_VERSION, statements=tuple(replace(each, index=index) for index, each in enumerate(statements)))


Proposing = Callable[..., Change]


@pytest.fixture
def propose() -> Proposing:
    """Propose one policy's change in some files: its kind, what is left of it, and how often it is attached."""

    def proposed(files: Mapping[str, str], kind: str, after: tuple[Policy, ...] | None, *, name: str = "base", others: int = 0) -> Change:
        is_aws = kind == "aws-managed"
        before = AttachedPolicy(
            name="ReadOnlyAccess" if is_aws else name,
            kind=PolicyKind(kind),
            policy=policy(replace(OBJECTS, actions=("s3:Get*",))) if is_aws else policy(OBJECTS, QUEUE),
            arn=READ_ONLY if is_aws else f"arn:aws:iam::123456789012:policy/{name}",
            attachments=1 + others,
        )
        narrowed = NarrowedPolicy(before=before, after=after, is_copy=is_aws or others > 0)
        recommendation = Recommendation(role="ecs-api", verdicts=(), policies=(narrowed,))
        return changed({RelPath(path): text.encode() for path, text in files.items()}, recommendation)

    return proposed


@pytest.fixture
def shares() -> tuple[Policy, Policy]:
    """What two policies would hold where one stood."""
    return policy(replace(OBJECTS, actions=("s3:GetObject",))), policy(QUEUE)


@pytest.fixture
def terraform(tmp_path: Path) -> Callable[[Mapping[str, str], Mapping[RelPath, bytes]], None]:
    """Let the real program read code, where it is installed; what it found nothing to format in stays so."""

    def formatted(name: str, raw: bytes) -> int:
        program = shutil.which("terraform")
        if program is None:
            return 0
        (tmp_path / name).write_bytes(raw)
        done = subprocess.run([program, "fmt", "-check", "-diff", name], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode in {0, 3}, done.stderr.decode()
        return done.returncode

    def read(files: Mapping[str, str], contents: Mapping[RelPath, bytes]) -> None:
        for number, (path, raw) in enumerate(sorted(contents.items())):
            if path.endswith(".tf"):
                before = formatted(f"old{number}.tf", files.get(path, "").encode())
                assert formatted(f"new{number}.tf", raw) <= before, raw.decode()

    return read
