"""Takes the rules that a person gives for one run, as far as the settings let them."""

from __future__ import annotations

from setsquare.errors import Refused, Usage
from setsquare.guard.capability import Mode, Permission, PermissionRule, Scope
from setsquare.guard.permission_reader import PermissionFile
from setsquare.guard.protected import is_secret
from setsquare.guard.session_rules import BadRule, session_rule
from setsquare.journeys.app import App
from setsquare.journeys.known_secrets import known_secrets
from setsquare.journeys.permitted import Permitted
from setsquare.workspace.settings import SessionAllow, Settings

PLACE = "the command line"


# req: agent-runtime/1.7
def granted_for_run(entries: tuple[str, ...], settings: Settings, mode: Mode, home: str = "") -> tuple[PermissionRule, ...]:
    """Read rules such as `allow npm *` or `deny shell`; a deny is always taken, an allow where the settings say so.

    Raises:
        Usage: a rule is not understood.
        Refused: the settings let no person allow anything on the command line, or not in the autonomous mode.
    """
    rules: list[PermissionRule] = []
    for entry in entries:
        rule = session_rule(entry, home)
        if isinstance(rule, BadRule):
            raise Usage(f"{rule.reason}, so the run does not start.", rule.hint)
        rules.append(rule)
    permits = settings.agent.session_allow
    is_open = permits is SessionAllow.ANY or (permits is SessionAllow.ATTENDED and mode is not Mode.AUTONOMOUS)
    if not is_open and any(rule.effect is Permission.ALLOW for rule in rules):
        where = "" if permits is SessionAllow.NONE else " in the autonomous mode"
        raise Refused(
            f"`agent.sessionAllow` is `{permits.value}` in {settings.path}, so `--allow` is refused{where}.",
            "Leave --allow out; --deny is always taken.",
        )
    return tuple(rules)


def require_no_secret(app: App, entries: tuple[str, ...]) -> None:
    """Stop where a rule holds a secret, which the journal and the audit log would keep.

    Raises:
        Usage: one does.
    """
    known = known_secrets(app, app.files.guarded(is_secret)).values if entries else ()
    if any(app.redact(entry, known) != entry for entry in entries):
        raise Usage("A rule for this run holds a secret, and rules are recorded.", "Write `*` in its place.")


def with_session(found: Permitted, rules: tuple[PermissionRule, ...]) -> Permitted:
    """Add the rules of a run to those of the files, as the innermost scope."""
    return Permitted(files=(*found.files, PermissionFile(path=PLACE, scope=Scope.SESSION, rules=rules))) if rules else found


def granted_again(entries: tuple[str, ...], settings: Settings, mode: Mode, home: str = "") -> tuple[PermissionRule, ...]:
    """Read the rules that a run began with under today's settings: what those refuse now is left out, a deny never."""
    try:
        return granted_for_run(entries, settings, mode, home)
    except Refused:
        return granted_for_run(tuple(entry for entry in entries if entry.startswith("deny ")), settings, mode, home)
