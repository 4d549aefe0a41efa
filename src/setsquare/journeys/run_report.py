"""Says how a run stands when it stops."""

from __future__ import annotations

from msgspec import Struct

from setsquare.agent.state import Phase, RunState

_EXIT_CODES = {"verification-failed": 1, "interrupted": 130, "looping": 4, "stalled": 4, "group-done": 0}
_OUTSIDE = ("model-", "storage-", "git-", "sandbox-", "world-", "journal-", "solver-", "ledger-", "audit-", "cloud-", "forge-", "notify-")


class RunReport(Struct, frozen=True, kw_only=True):
    """How a run stands: `status` is `done`, `parked` or `reverted`; `code`, `reason` and `hint` say why it is parked.

    `done` are the tasks that were completed, with the commit of each; `task` is the one that the run stopped in.
    `put_back` are files whose changes were taken back at once, because they were out of scope: a person's own edit may be among them.
    `went_on` tells how a resumed run had ended before and from where it went on.
    """

    run: str
    status: str
    done: tuple[tuple[str, str], ...] = ()
    task: str = ""
    code: str = ""
    reason: str = ""
    hint: str = ""
    put_back: tuple[str, ...] = ()
    went_on: str = ""

    @property
    def exit_code(self) -> int:
        """Give the command's exit code: 0 done, 1 not verified, 3 refused or without an answer, 4 outside failed, 130 interrupted."""
        if not self.code:
            return 0
        return _EXIT_CODES.get(self.code, 4 if self.code.startswith(_OUTSIDE) else 3)


def report(state: RunState, commits: tuple[tuple[str, str], ...], put_back: tuple[str, ...] = ()) -> RunReport:
    """Describe a run at rest."""
    if state.phase is Phase.ENDED:
        return RunReport(run=state.run, status="done", done=commits, put_back=put_back)
    why = state.why
    return RunReport(
        run=state.run, status="parked", done=commits, task=state.task, code=why.code, reason=why.text, hint=why.hint, put_back=put_back
    )
