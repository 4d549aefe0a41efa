"""Runs a verification command once, out of the agent's reach, and says how it ended.

Some test files can be set aside meanwhile. That is done in the workspace itself and not in a copy of it: environments, editable installs and
build caches name the workspace's own folder, so that in a copy they would be missing or would test the original. What is set aside is journalled
before, and put back after the run, or by whoever parks or resumes it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.agent.tools.wording import plain
from setsquare.errors import StorageFailed
from setsquare.events.facts import CheckpointTaken, VerificationStarted
from setsquare.journeys.run_counts import Counts, breaks_off, counts, is_broken, ran_nothing
from setsquare.journeys.run_ignores import before_command
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_outward import record_connections, verification_of
from setsquare.journeys.run_scope import overstepping, put_back
from setsquare.ports.sandbox import Execution, Sandbox
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest, FileChange, Plan, creation, digest, removal, replacement

_NO_TEST_RAN = 5
"""The exit code that pytest and unittest use themselves when they found no test."""
_NOT_STARTED = frozenset({124, 126, 127})


class Trial(Struct, frozen=True, kw_only=True):
    """One run of a command. `exit_code` is 5 when nothing was tested; `note` says what the platform saw besides.

    `digest` names the whole output, `tree` the files as they were verified. `changed` are files that it wrote and that stay, with their
    digests in `after`, in the recorded tree `left`.
    """

    command: str
    exit_code: int
    output: str
    digest: Digest
    told: Counts
    duration_s: float
    note: str = ""
    tree: str = ""
    changed: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    left: str = ""
    is_untested: bool = False
    is_unusable: bool = False

    @property
    def passes(self) -> bool:
        """Tell whether it proves that the tests pass."""
        return self.exit_code == 0

    @property
    def fails(self) -> bool:
        """Tell whether tests ran and failed: neither a time limit nor a test that cannot be loaded is a failed test."""
        return not self.passes and not self.is_untested and not self.is_unusable and self.told.failed != 0


# req: guarded-run/3.1
def trial(run: LiveRun, at: TaskBench, sandbox: Sandbox, command: str, aside: Mapping[RelPath, bytes | None] | None = None) -> Trial:
    """Run a command in the sandbox; while it runs, the files of `aside` hold these bytes, or are not there."""
    step, waiting = run.state.step, dict(aside or {})
    before = before_command(run.app, run.app.checkpoints.take())
    run.record(CheckpointTaken(step=step, tree=before.tree))
    run.record(VerificationStarted(step=step, command=command, aside=tuple(waiting), tree=before.tree))
    if waiting:
        run.app.files.apply(_setting_aside(run, waiting))
    run.app.progress(f"Verifying: {command}" + (f" (without {', '.join(waiting)})" if waiting else ""))
    ended = sandbox.run(("sh", "-c", command), verification_of(run, at), run.interruptions.is_ordered)
    if waiting:
        run.app.checkpoints.restore(before.tree, tuple(waiting))
    over = overstepping(run, at, before, (), may_delete=False)
    put_back(run, before, over)
    record_connections(run, step, ended.connections)
    made = _judged(command, ended, at.verification.limit_s)
    run.app.progress(f"Verification ended with {ended.exit_code}.")
    return Trial(
        command=command,
        exit_code=made.exit_code,
        output=made.output,
        digest=made.digest,
        told=made.told,
        duration_s=made.duration_s,
        note=made.note,
        tree=before.tree,
        changed=over.kept,
        after=over.after,
        left=over.found,
        is_untested=made.is_untested,
        is_unusable=made.is_unusable,
    )


def _judged(command: str, ended: Execution, limit_s: float) -> Trial:
    """Say what an ended command proves: a code of 0 is not enough when nothing ran, something failed, or something could not be loaded."""
    output = plain(ended.output)
    told = counts(output)
    untested = ran_nothing(output, told)
    broken = is_broken(output)
    note, code = "", ended.exit_code
    if ended.is_timed_out:
        note = f"[stopped after {limit_s:.0f} s]"
    elif code == 0 and untested:
        note, code = "[no test was run, which verifies nothing]", _NO_TEST_RAN
    elif code == 0 and told == Counts() and breaks_off(command, output):
        note, code, untested = "[the tests ended without their summary, which verifies nothing]", _NO_TEST_RAN, True
    elif code == 0 and told.failed:
        note, code = f"[{told.failed} failed, although the command ended with 0]", 1
    elif code == 0 and broken:
        note, code = "[tests could not be loaded, although the command ended with 0]", 1
    return Trial(
        command=command,
        exit_code=code,
        output=output,
        digest=digest(ended.output),
        told=told,
        duration_s=round(ended.duration_s, 3),
        note=note,
        is_untested=untested,
        is_unusable=ended.is_timed_out or broken or ended.exit_code in _NOT_STARTED or ended.exit_code < 0,
    )


def _setting_aside(run: LiveRun, waiting: Mapping[RelPath, bytes | None]) -> Plan:
    """Plan that files hold other bytes for a while.

    Raises:
        StorageFailed: one of them cannot be read.
    """
    changes: list[FileChange] = []
    for path, wanted in waiting.items():
        now = run.app.files.read(path)
        if now is not None and wanted is None:
            changes.append(removal(path, now))
        elif now is not None and wanted is not None and now != wanted:
            changes.append(replacement(path, now, wanted))
        elif now is None and wanted is not None:
            changes.append(creation(path, wanted))
    return Plan("set tests aside for a verification", tuple(changes))


def put_back_aside(run: LiveRun) -> None:
    """Put back what an interrupted verification had set aside; the tree as it is found stays among the checkpoints.

    Raises:
        WorldFailed: a file could not be put back.
    """
    begun = run.latest.verifying
    if begun is None or not begun.aside or not begun.tree:
        return
    paths = tuple(RelPath(path) for path in begun.aside)
    missing = tuple(path for path in paths if _bytes(run, path) != run.app.checkpoints.read(begun.tree, path))
    if missing:
        run.app.progress(f"Putting back what was set aside for the verification: {', '.join(missing)}")
        run.app.checkpoints.take()
        run.app.checkpoints.restore(begun.tree, missing)


def _bytes(run: LiveRun, path: RelPath) -> bytes | None:
    try:
        return run.app.files.read(path)
    except StorageFailed:
        return None
