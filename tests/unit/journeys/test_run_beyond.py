from __future__ import annotations

import json

import pytest

from setsquare.events.facts import ActionDecided, ActionObserved, ActionStarted, NetworkUsed
from setsquare.journeys.run_beyond import Beyond, beyond


def performed(command: str, step: int = 1):
    arguments = json.dumps({"command": command})
    return (
        ActionDecided(step=step, call_id="c", tool="shell", arguments=arguments, permission="ask", rule="r", reason=""),
        ActionStarted(step=step, call_id="c", summary=""),
        ActionObserved(step=step, call_id="c", is_ok=True, text=""),
    )


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("git push origin main", "push"),
        ("cd src && git -C .. push --force", "push"),
        ("sh -c 'git push'", "push"),
        ("env A=1 npm publish", "push"),
        ("/usr/bin/sendmail x@example.org < note", "mail"),
    ],
)
def test_what_leaves_the_machine_is_listed(command, kind):
    assert [item.kind for item in beyond(performed(command))] == [kind]


@pytest.mark.parametrize("command", ["git status", "git commit -m push", "echo mail", "npm test", "ls 'git push'"])
def test_what_stays_is_not(command):
    assert beyond(performed(command)) == ()


def test_what_was_refused_did_not_happen():
    decided, _, _ = performed("git push")
    assert beyond([decided]) == ()


def test_connections_and_other_tools_are_counted():
    used = NetworkUsed(step=2, host="pypi.org", port=443, is_allowed=True, rule="r", sent_bytes=10)
    refused = NetworkUsed(step=3, host="evil.example", port=443, is_allowed=False, rule="r")
    call = ActionDecided(step=4, call_id="m", tool="mcp/mail/send", arguments="{}", permission="allow", rule="r", reason="")
    assert beyond([used, used, refused, call, ActionStarted(step=4, call_id="m", summary="")]) == (
        Beyond(kind="network", what="connection to pypi.org:443, 20 bytes sent", step=2, count=2),
        Beyond(kind="tool", what="call of mcp/mail/send", step=4),
    )


@pytest.mark.parametrize("command", ["alembic upgrade head", "python manage.py migrate", "bundle exec rails db:migrate"])
def test_a_migration_is_listed_with_the_ways_back(command):
    (found,) = beyond(performed(command))
    assert found.kind == "migration"
    assert "down-migration" in found.what
    assert "backup" in found.what
