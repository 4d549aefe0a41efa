"""Proposes a recommendation: the policy is edited in its source, on a branch of the role's own, with one pull request that a person decides on.

Steps: settings, switch, trust, variables, analysis, proofs; then the code is fetched and edited; then the branch is pushed; then the request is opened or brought up
to date. Whatever ends it in between, doing it again completes it: what is there already is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import NotTrusted, Refused
from setsquare.journeys.iam_alerting import AlertWorld
from setsquare.journeys.iam_analyzing import Analyses, Analysis, analysed
from setsquare.journeys.iam_creeping import allowed, closed_out_of_scope, noted
from setsquare.journeys.iam_editing import Change, changed, diff_of, digest_of
from setsquare.journeys.iam_readiness import NotReady, Ready, reaching
from setsquare.journeys.iam_telling import Told, told_of_creep
from setsquare.journeys.iam_wanted import Wanted
from setsquare.journeys.iam_world import IamWorld
from setsquare.ports.audit import Audit
from setsquare.ports.code_branches import BranchCommit, CodeBranches, Fetched
from setsquare.ports.forge import Forge, Proposal, PullRequest
from setsquare.ports.power_state import PowerState
from setsquare.powers.iam.infrastructure.reading import FETCHED
from setsquare.powers.iam.proposal.body import Matter, body_of, is_swept, marked
from setsquare.powers.iam.proposal.naming import branch_of, title_of
from setsquare.powers.iam.settings import Need, PowerSettings
from setsquare.text.paths import base_name


class Outward(Struct, frozen=True, kw_only=True):
    """Where proposals go: the repository's branches and its forge, made from the settings when they are needed.

    Also what is remembered, the audit log, the time in UTC, and what tells people of requests out of scope.
    """

    code: Callable[[PowerSettings], CodeBranches]
    forge: Callable[[PowerSettings, CodeBranches], Forge]
    state: Callable[[], PowerState]
    audit: Callable[[], Audit]
    now: Callable[[], str]
    alerts: Callable[[], AlertWorld]


class Proposed(Struct, frozen=True, kw_only=True):
    """What came of it. `status` is `opened`, `updated`, `unchanged`, `nothing` (there is nothing to take away), `declined` (a person closed `request`) or `dry-run`.

    `left` are policies that are not part of the request, and why; `warnings` are what weakens the evidence; `closed` are requests out of scope that were closed; `is_disabled` when the Power was
    switched off for these, so that nothing was proposed; `told` says whether people know of it.
    """

    status: str
    role: str
    branch: str = ""
    base: str = ""
    title: str = ""
    body: str = ""
    diff: str = ""
    left: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    request: PullRequest | None = None
    commit: str = ""
    is_pushed: bool = False
    closed: tuple[PullRequest, ...] = ()
    is_disabled: bool = False
    told: Told = Told()


class _Draft(Struct, frozen=True, kw_only=True):
    """A change of the code, and what is said of it."""

    change: Change
    fetched: Fetched
    digest: str
    proposal: Proposal
    diff: str
    warnings: tuple[str, ...] = ()


# req: iam-autopilot/6.2
def proposed(
    world: IamWorld, outward: Outward, ready: Ready, wanted: Wanted, *, is_dry: bool, is_asked_again: bool = False
) -> Proposed | NotReady:
    """Propose what is enough for one role; a dry run fetches the code and sends nothing. `is_asked_again` lifts a person's no: a request that was closed.

    Raises:
        Refused: the Power is switched off, a proof fails, no policy can be edited in place, or a person changed the branch.
        NotTrusted: the workspace is not trusted.
        GitFailed: the repository cannot be fetched or pushed to.
        ForgeFailed: the forge refuses, or is busy.
    """
    state = outward.state()
    allowed(state)
    whole = _permitted(world, ready)
    if isinstance(whole, NotReady):
        return whole
    analyses = analysed(world, ready, wanted)
    if isinstance(analyses, NotReady):
        return analyses
    analysis = _one(analyses)
    code = outward.code(whole.settings)
    if is_dry:
        return _dry(analyses, code, code.default_branch())
    forge = outward.forge(whole.settings, code)
    base = forge.default_branch()
    swept = _swept(forge, outward, state, whole.settings)
    if swept.is_disabled:
        return swept
    draft = _drafted(analyses, code, base)
    if isinstance(draft, _Nothing):
        return replace(_unchanged(analyses, draft), closed=swept.closed)
    declined = None if is_asked_again else _declined(forge, draft.proposal.head)
    if declined is not None:
        return replace(_shown("declined", analysis.grant.role, draft), request=declined, closed=swept.closed, told=swept.told)
    return _sent(code, forge, draft, analysis.grant.role, swept)


def _declined(forge: Forge, branch: str) -> PullRequest | None:
    """Give the role's last request where a person closed it without merging and nothing is open: that is a no, to what a later run would find too."""
    if any(each.head == branch for each in forge.open_requests(branch)):
        return None
    last = forge.ended_request(branch)
    return last if last is not None and last.state == "closed" and marked(last.body) and not is_swept(last.body) else None


def swept(world: IamWorld, outward: Outward, ready: Ready) -> Proposed | NotReady:
    """Close our requests that are out of scope, and propose nothing.

    Raises:
        NotTrusted: the workspace is not trusted.
        ForgeFailed: the forge refuses, or is busy.
    """
    whole = _permitted(world, ready)
    if isinstance(whole, NotReady):
        return whole
    forge = outward.forge(whole.settings, outward.code(whole.settings))
    return _swept(forge, outward, outward.state(), whole.settings)


def _permitted(world: IamWorld, ready: Ready) -> Ready | NotReady:
    """Give the settings with their variables, in a workspace that is trusted."""
    if not world.is_trusted():
        raise NotTrusted(
            "Pull requests need a trusted workspace, since its settings say where they go.",
            "Look at it with `setsquare trust`; `setsquare iam recommend` needs no trust and shows the same change.",
        )
    return reaching(ready, world.variable, Need.PROPOSING)


def _one(analyses: Analyses) -> Analysis:
    """Give the one role's analysis, if it may be proposed."""
    analysis = analyses.found[0]
    refusals = analysis.recommendation.refusals
    if refusals:
        raise Refused(
            f"No pull request is made for {ascii(analysis.grant.role)[1:-1]}: {'; '.join(refusals)}.",
            "`setsquare iam recommend` shows the evidence.",
        )
    return analysis


def _swept(forge: Forge, outward: Outward, state: PowerState, settings: PowerSettings) -> Proposed:
    found = closed_out_of_scope(forge, settings)
    record = noted(state, outward.audit(), found, outward.now()) if found else None
    is_disabled = record is not None and record.disabled_at != ""
    told = told_of_creep(outward.alerts(), state)
    requests = tuple(request for _, request in found)
    return Proposed(status="nothing", role="", closed=requests, is_disabled=is_disabled, told=told)


class _Nothing(Struct, frozen=True):
    """That nothing is to be changed in the code, and of which policies it has the narrower form already."""

    settled: tuple[str, ...] = ()


def _drafted(analyses: Analyses, code: CodeBranches, base: str) -> _Draft | _Nothing:
    """Edit the code.

    Raises:
        Refused: something should change, and none of it can be edited in place.
    """
    analysis = _one(analyses)
    recommendation = analysis.recommendation
    role = recommendation.role
    if not any(each.is_changed for each in recommendation.policies):
        return _Nothing()
    fetched = code.fetched(base, FETCHED)
    change = _unmentioned(changed(fetched.files, recommendation), code, fetched)
    if change.is_empty and change.settled and not change.left:
        return _Nothing(change.settled)
    if change.is_empty:
        left = "; ".join((*change.left, *change.settled)) or "the code says so already"
        raise Refused(
            f"Nothing can be proposed for {ascii(role)[1:-1]}: {left}.",
            "`setsquare iam recommend` prints the policies, for an edit by hand.",
        )
    digest = digest_of(role, fetched.files, change.contents, change.removed)
    usage = analysis.usage
    matter = Matter(
        recommendation=recommendation,
        window=usage.window,
        edited=change.placed,
        left=(*change.left, *change.settled),
        events=usage.events,
        digest=digest,
        gaps=tuple(gap.reason for gap in usage.coverage.gaps),
        warnings=_warned(analyses),
        told=(*change.told, *(f"{path} goes, since nothing names it any more" for path in change.removed)),
    )
    proposal = Proposal(title=title_of(role), body=body_of(matter), head=branch_of(role), base=base)
    diff = diff_of(fetched.files, change.contents, change.removed)
    return _Draft(change=change, fetched=fetched, digest=digest, proposal=proposal, diff=diff, warnings=_all_warned(analyses))


def _unmentioned(change: Change, code: CodeBranches, fetched: Fetched) -> Change:
    """Keep files that something else of the repository names, in whatever language: a script, a pipeline, a page."""
    touched = {*change.contents, *change.removed}
    named = {path for path in change.removed if set(code.naming(fetched.commit, base_name(path))) - touched}
    kept = tuple([path for path in change.removed if path not in named])
    return replace(change, removed=kept, told=(*change.told, *(f"{path} stays, since other files name it" for path in sorted(named))))


def _warned(analyses: Analyses) -> tuple[str, ...]:
    """Say what weakens the evidence: of the settings, the window, the role."""
    return tuple(dict.fromkeys((*(reason.sentence for reason in analyses.warnings), *analyses.oddities)))


def _all_warned(analyses: Analyses) -> tuple[str, ...]:
    """Say what weakens the evidence, with what is said of the removals themselves; the text of a request has its own place for that."""
    caution = _one(analyses).recommendation.caution
    return (*_warned(analyses), *((caution,) if caution else ()))


def _unchanged(analyses: Analyses, nothing: _Nothing) -> Proposed:
    role = analyses.found[0].grant.role
    return Proposed(status="nothing", role=role, left=nothing.settled, warnings=_all_warned(analyses))


def _dry(analyses: Analyses, code: CodeBranches, base: str) -> Proposed:
    draft = _drafted(analyses, code, base)
    if isinstance(draft, _Nothing):
        return _unchanged(analyses, draft)
    return _shown("dry-run", analyses.found[0].grant.role, draft)


# req: iam-autopilot/6.5
def _sent(code: CodeBranches, forge: Forge, draft: _Draft, role: str, swept: Proposed) -> Proposed:
    """Push and propose what is not there yet."""
    branch, head = draft.proposal.head, ""
    own = code.own(branch)
    if own is not None and not own.is_ours:
        raise Refused(
            f"The branch {branch} holds a commit ({own.commit[:12]}) that Setsquare did not make, so it is left as it is.",
            "Merge or close its request and delete the branch, then try again.",
        )
    is_pushed = own is None or own.mark != draft.digest
    if own is None or is_pushed:
        change = draft.change
        request = BranchCommit(
            base=draft.fetched.commit,
            contents=change.contents,
            removed=change.removed,
            message=draft.proposal.title,
            mark=draft.digest,
        )
        head = code.commit(request)
        code.push(branch, head, own.commit if own else "")
    there = next((each for each in forge.open_requests(branch) if each.head == branch), None)
    mark = marked(there.body) if there else None
    if there is not None and not is_pushed and mark is not None and mark[1] == draft.digest and there.base == draft.proposal.base:
        status, done = "unchanged", there
    else:
        status, done = ("updated" if there else "opened"), forge.propose(draft.proposal)
    commit = head or (own.commit if own else "")
    return replace(_shown(status, role, draft), request=done, commit=commit, is_pushed=is_pushed, closed=swept.closed, told=swept.told)


def _shown(status: str, role: str, draft: _Draft) -> Proposed:
    return Proposed(
        status=status,
        role=role,
        branch=draft.proposal.head,
        base=draft.proposal.base,
        title=draft.proposal.title,
        body=draft.proposal.body,
        diff=draft.diff,
        left=(*draft.change.left, *draft.change.settled),
        warnings=draft.warnings,
    )
