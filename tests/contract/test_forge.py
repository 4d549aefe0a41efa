"""What every forge must do, over all adapters: GitHub, GitLab, Gitea, and the patch file where there is no API."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from setsquare.adapters.forge_gitlab import GitlabForge
from setsquare.adapters.forge_http import ForgeHttp
from setsquare.adapters.forge_patch import PatchForge
from setsquare.adapters.forge_pulls import GITEA, GITHUB, PullsForge
from setsquare.adapters.forge_words import Target
from setsquare.errors import ForgeAuth, ForgeBusy, ForgeFailed
from setsquare.ports.forge import Forge, Proposal

_spec = importlib.util.spec_from_file_location("forge_server", Path(__file__).with_name("forge_server.py"))
assert _spec is not None
assert _spec.loader is not None
forge_server = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(forge_server)

pytestmark = pytest.mark.network
TOKEN = "t0ken"
HEAD = "setsquare/iam/ecs-api"
APIS: dict[str, Callable[[ForgeHttp], Forge]] = {
    "github": partial(PullsForge, api=GITHUB),
    "gitlab": GitlabForge,
    "gitea": partial(PullsForge, api=GITEA),
}


def api_forge(server: Any, token: str = TOKEN, **more: Any) -> Forge:
    header = {
        "github": ("authorization", f"Bearer {token}"),
        "gitlab": ("private-token", token),
        "gitea": ("authorization", f"token {token}"),
    }
    target = Target(
        forge=server.kind,
        api=server.api,
        repository="org/infrastructure",
        headers=(header[server.kind],),
        token=token,
        variable="FORGE_TOKEN",
    )
    http = ForgeHttp(target, sleep=more.pop("sleep", lambda _s: None), **more)
    return APIS[server.kind](http)


@pytest.fixture(params=sorted(APIS))
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    made = forge_server.ForgeServer(request.param)
    yield made
    made.close()


@pytest.fixture(params=[*sorted(APIS), "patch"])
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Forge]:
    if request.param == "patch":
        yield PatchForge(tmp_path / "requests", lambda: "main", lambda branch: f"patch of {branch}\n".encode())
        return
    made = forge_server.ForgeServer(request.param)
    yield api_forge(made)
    made.close()


def proposal(**more: str) -> Proposal:
    return Proposal(
        **{"title": "iam: reduce ecs-api to least privilege", "body": "One.\n\n| a | b |", "head": HEAD, "base": "main", **more}
    )


def test_a_proposal_is_opened_once_and_then_brought_up_to_date(forge: Forge) -> None:
    first = forge.propose(proposal())
    again = forge.propose(proposal())
    changed = forge.propose(proposal(body="Two."))
    assert first.number == again.number == changed.number
    assert (first.state, first.head, first.base, first.title) == ("open", HEAD, "main", proposal().title)
    assert changed.body == "Two."
    assert [each.number for each in forge.open_requests("setsquare/iam/")] == [first.number]
    assert first.url
    assert forge.request(first.number) == changed
    assert forge.request(99) is None
    assert forge.default_branch() == "main"


def test_requests_are_found_by_the_beginning_of_their_branch_over_all_pages(forge: Forge) -> None:
    for number in range(7):
        forge.propose(proposal(head=f"setsquare/iam/r{number}"))
    forge.propose(proposal(head="feature"))
    found = forge.open_requests("setsquare/iam/")
    assert [each.head for each in found] == [f"setsquare/iam/r{number}" for number in range(7)]
    assert [each.number for each in found] == sorted(each.number for each in found)


def test_closing_and_saying_are_safe_to_repeat(forge: Forge) -> None:
    made = forge.propose(proposal())
    forge.comment(made.number, "Out of scope.")
    forge.comment(made.number, "Out of scope.")
    assert forge.close(made.number).state == "closed"
    assert forge.close(made.number).state == "closed"
    assert forge.open_requests("") == ()
    other = forge.propose(proposal())
    assert other.number != made.number


def test_the_newest_request_of_a_branch_that_has_ended_is_found(forge: Forge) -> None:
    assert forge.ended_request(HEAD) is None
    first = forge.propose(proposal())
    assert forge.ended_request(HEAD) is None
    forge.close(first.number)
    second = forge.propose(proposal(body="Two."))
    forge.close(second.number)
    forge.close(forge.propose(proposal(head=f"{HEAD}-x")).number)
    found = forge.ended_request(HEAD)
    assert found is not None
    assert (found.number, found.state, found.body) == (second.number, "closed", "Two.")


def test_a_strangers_closed_copy_is_no_end_of_ours(server: Any) -> None:
    server.add(HEAD, source="mallory/infrastructure").state = "closed"
    assert api_forge(server).ended_request(HEAD) is None


def test_a_patch_lies_there_as_a_file(tmp_path: Path) -> None:
    forge = PatchForge(tmp_path / "r", lambda: "main", lambda branch: b"diff of " + branch.encode())
    made = forge.propose(proposal())
    assert Path(httpx.URL(made.url).path).read_bytes() == f"diff of {HEAD}".encode()
    assert (tmp_path / "r" / "1.md").read_text().startswith("# iam: reduce")
    (tmp_path / "r" / "1.json").write_text("{")
    with pytest.raises(ForgeFailed, match="cannot be read"):
        forge.open_requests("")


def test_the_same_words_change_nothing(server: Any) -> None:
    forge = api_forge(server)
    forge.propose(proposal())
    before = server.changes()
    forge.propose(proposal())
    assert server.changes() == before


def test_a_strangers_copy_with_the_same_branch_is_not_ours(server: Any) -> None:
    server.add(HEAD, source="mallory/infrastructure")
    forge = api_forge(server)
    assert forge.open_requests("setsquare/") == ()
    assert forge.propose(proposal()).number == 2
    assert server.pulls[0].body == ""


def test_a_request_that_appears_meanwhile_is_brought_up_to_date(server: Any) -> None:
    forge = api_forge(server)
    server.faults.append(forge_server.Fault(method="POST", status=422 if server.kind == "github" else 409, is_done_first=True))
    assert forge.propose(proposal(body="late")).body == "late"
    assert len(server.pulls) == 1


def test_a_refusal_that_is_none_of_these_is_said_in_the_forges_words(server: Any) -> None:
    server.faults.append(
        forge_server.Fault(
            method="POST", status=422, body=b'{"message": "Validation Failed", "errors": [{"message": "No commits between main and x"}]}'
        )
    )
    with pytest.raises(ForgeFailed, match="No commits between"):
        api_forge(server).propose(proposal())
    assert server.pulls == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_accepted_is_named_by_its_variable_and_never_shown(server: Any, status: int) -> None:
    server.faults.append(forge_server.Fault(status=status, body=b'{"message": "Bad t0ken \\u001b[2J"}'))
    with pytest.raises(ForgeAuth) as caught:
        api_forge(server).default_branch()
    said = caught.value.message + caught.value.hint
    assert "FORGE_TOKEN" in said
    assert TOKEN not in said
    assert "\x1b" not in said
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_waited_for_and_the_call_made_again(server: Any, status: int) -> None:
    waited: list[float] = []
    server.faults.append(forge_server.Fault(method="POST", status=status, headers={"Retry-After": "3"}))
    made = api_forge(server, sleep=waited.append).propose(proposal())
    assert waited == [3.0]
    assert len(server.pulls) == made.number == 1


def test_a_long_limit_ends_the_command(server: Any) -> None:
    server.faults.append(forge_server.Fault(status=429, headers={"Retry-After": "900"}))
    with pytest.raises(ForgeBusy) as caught:
        api_forge(server, sleep=lambda _s: pytest.fail("waited")).default_branch()
    assert "900" in caught.value.hint


def test_a_forge_that_fails_inside_is_asked_again_only_where_nothing_is_written(server: Any) -> None:
    server.faults.append(forge_server.Fault(method="GET", status=502, body=b"<html>bad gateway</html>"))
    assert api_forge(server).default_branch() == "main"
    server.faults.append(forge_server.Fault(method="POST", status=500, is_done_first=True))
    with pytest.raises(ForgeBusy, match="500"):
        api_forge(server).propose(proposal())
    assert len(server.pulls) == 1
    assert api_forge(server).propose(proposal()).number == 1


def test_a_slow_forge_is_not_waited_for(server: Any) -> None:
    server.faults.append(forge_server.Fault(pause_s=0.5))
    with pytest.raises(ForgeBusy, match="in time"):
        api_forge(server, timeout=httpx.Timeout(0.1)).default_branch()


@pytest.mark.parametrize("body", [b"<html></html>", b"[]", b'{"default_branch": 1}', b""])
def test_an_answer_that_is_none_is_said_to_be_none(server: Any, body: bytes) -> None:
    server.faults.append(forge_server.Fault(status=200, body=body))
    with pytest.raises(ForgeFailed):
        api_forge(server).default_branch()


def test_half_an_answer_is_no_answer(server: Any) -> None:
    server.faults.append(forge_server.Fault(status=200, body=b'{"default_branch": "main", "x": "' + b"x" * 100 + b'"}', is_half=True))
    with pytest.raises(ForgeBusy):
        api_forge(server).default_branch()


def test_another_host_is_not_followed_and_the_same_one_is(server: Any) -> None:
    server.faults.append(forge_server.Fault(status=301, headers={"Location": "http://localhost:1/elsewhere"}))
    with pytest.raises(ForgeFailed, match="gets no token"):
        api_forge(server).default_branch()
    here = {
        "github": "/repos/org/infrastructure",
        "gitlab": "/api/v4/projects/org%2Finfrastructure",
        "gitea": "/api/v1/repos/org/infrastructure",
    }
    server.faults.append(forge_server.Fault(status=301, headers={"Location": here[server.kind]}))
    assert api_forge(server).default_branch() == "main"
    server.faults.append(forge_server.Fault(status=302, headers={"Location": here[server.kind]}, times=9))
    with pytest.raises(ForgeFailed, match="one place to the next"):
        api_forge(server).default_branch()


def test_a_page_of_another_host_is_not_asked_for(server: Any) -> None:
    server.faults.append(
        forge_server.Fault(path="state=open", status=200, headers={"Link": '<http://localhost:1/x>; rel="next"'}, body=b"[]")
    )
    with pytest.raises(ForgeFailed, match="gets no token"):
        api_forge(server).open_requests("")


@pytest.mark.parametrize("api", ["http://forge.example.org/api", "ftp://x", "http://127.0.0.1.example.org"])
def test_a_token_goes_over_no_open_line(api: str) -> None:
    with pytest.raises(ForgeFailed, match="https"):
        ForgeHttp(Target(forge="X", api=api, repository="a/b", token=TOKEN))


def test_a_dead_forge_is_busy() -> None:
    http = ForgeHttp(Target(forge="X", api="http://127.0.0.1:1", repository="a/b", token=TOKEN, variable="V"), sleep=lambda _s: None)
    with pytest.raises(ForgeBusy):
        PullsForge(http, GITHUB).default_branch()


def test_a_missing_repository_says_that_it_may_be_hidden() -> None:
    made = forge_server.ForgeServer("github")
    http = ForgeHttp(Target(forge="GitHub", api=made.api, repository="a/b", headers=(("authorization", f"Bearer {TOKEN}"),), variable="V"))
    with pytest.raises(ForgeFailed) as caught:
        PullsForge(http, GITHUB).default_branch()
    made.close()
    assert "a/b" in caught.value.hint
