from __future__ import annotations

import pytest

from setsquare.guard.lists import allowed_by, entries_of, forbidden_by
from setsquare.guard.shell import Script, parse


@pytest.mark.parametrize(
    ("entry", "command", "expected"),
    [
        ("rm -rf", "rm -fr x", True),
        ("rm -rf", "rm -r x", False),
        ("rm -rf", "rmdir -rf x", False),
        ("rm -rf", "grm -rf x", False),
        ("git push --force", "git push origin main", False),
        ("git push --force", "git fetch --force", False),
        ("git push --force", "git push -n", False),
        ("npm publish", "npm run build", False),
        ("npm publish", "npm pack", False),
        ("terraform apply -auto-approve", "terraform apply -auto-approve", True),
        ("terraform apply -auto-approve", "terraform apply --auto-approve", True),
        ("terraform apply -auto-approve", "terraform apply", False),
        ("npm install -g", "npm install --global x", True),
        ("docker system prune --all", "docker system prune -af", True),
        ("git clean -fdx", "git clean -x -d -f", True),
        ("git clean -fdx", "git clean -fd", False),
        ("git commit --no-verify", "git commit --no-v -m x", True),
        ("tool --level=high", "tool --level=high x", True),
        ("tool --level=high", "tool --level=low", False),
        ("./deploy.sh", "scripts/deploy.sh", True),
        ("kubectl delete", "kubectl -n x delete pod", True),
        ("curl", "curl x", True),
    ],
)
def test_forbidden_entries(entry, command, expected):
    assert bool(forbidden_by(tuple(command.split()), entries_of((entry,)))) is expected


@pytest.mark.parametrize(
    ("entry", "command", "expected"),
    [
        ("npm test", "npm test", True),
        ("npm test", "npm", False),
        ("npm run *", "npm run a:b", True),
        ("npm run *", "npm run", False),
        ("npm run t*t", "npm run test", True),
        ("npm run t*t", "npm run tester", False),
        ("npm test", "./npm test", False),
        ("npm test", "npm 'test'", True),
        ("npm test", 'npm test "$X"', False),
        ("npm test", "npm test *.js", True),
        ("npm run *", "npm run *", False),
        ("*", "rm x", False),
        ("", "ls", False),
    ],
)
def test_allowed_entries(entry, command, expected):
    script = parse(command)
    assert isinstance(script, Script)
    assert bool(allowed_by(script.commands[0].words, entries_of((entry,)))) is expected
