"""English: the keywords of EARS and the words of Kiro's own files.

Source: EARS, Mavin et al., RE'09 (keywords); headings measured over public requirements documents.
"""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="en",
    name="English",
    ears=Ears(
        when=("when", "whenever", "upon", "once"),
        while_=("while", "whilst", "during"),
        if_=("if",),
        where=("where",),
        then=("then",),
        articles=("the", "an", "a"),
        and_=("and",),
        or_=("or",),
        modals=r"\b(?:shall|must|should|will)\b",
        negative=r"\b(?:shall|must|should|will)\s+(?:not|never)\b",
        function_words=(
            "a an is are to of with for in on by be from that has been it its all any or not user as at have into this each only after before which"
        ),
    ),
    parts=Parts(
        requirement=(
            *("requirement", "req", "user requirement", "functional requirement"),
            *("non-functional requirement", "nonfunctional requirement"),
        ),
        requirements=(
            *("requirements", "requirement", "reqs", "req", "user stories", "user story", "story", "stories"),
            *("acceptance criteria", "criteria", "ac", "acs"),
        ),
        validates=("validates", "validate", "verifies", "covers", "satisfies", "implements", "traces to"),
        criteria=("acceptance criteria", "acceptance criterion", "ears criteria", "acceptance requirements"),
        story=("user story", "story", "objective", "job story", "user-story", "user story (us)"),
        story_heading=("user story",),
        story_opening=("as a ", "as an ", "as the "),
        glossary=("glossary", "terms", "terminology", "definitions", "terms and definitions"),
        introduction=(
            *("introduction", "overview", "background", "context", "summary", "purpose", "vision"),
            *("project description", "project description (input)"),
        ),
        aside=(
            *("out of scope", "non-goals", "non goals", "nongoals", "goals", "scope", "scope boundary", "notes", "note", "appendix"),
            *("references", "dependencies", "success metrics", "success criteria", "assumptions", "open questions", "revision history"),
            *("changelog", "risks", "traceability", "requirements traceability", "implementation phases", "problem statement", "status"),
            *("current status", "technical context", "technical constraints", "constraints", "next steps", "priorities"),
            *("implementation notes", "metadata"),
        ),
        future=("future", "planned", "post-mvp", "roadmap"),
        functional=("functional requirements", "features"),
        non_functional=(
            *("non-functional requirements", "nonfunctional requirements", "non functional requirements"),
            "quality requirements",
        ),
        container=(
            *("requirements", "requirement", "user stories", "stories", "requirements document"),
            "requirements specification",
        ),
        container_ending=("requirements", "requirement"),
        property=("property", "correctness property"),
        properties_section=("correctness properties", "properties"),
        depends=("depends on", "depends", "dependencies", "dependency", "blocked by", "after", "prerequisites"),
        metadata=(
            *("priority", "status", "owner", "estimate", "estimated effort", "effort", "dependencies", "goal", "purpose", "description"),
            *("rationale", "note", "notes", "source", "type", "category", "current issue"),
        ),
        bugfix_current=("current behavior", "current behaviour", "actual behavior"),
        bugfix_wanted=(
            *("expected behavior", "expected behaviour", "unchanged behavior", "unchanged behaviour"),
            "preserved behavior",
        ),
        checklist=(
            *("notes", "note", "success criteria", "acceptance criteria", "acceptance checklist", "definition of done", "checklist"),
            *("quality gates", "completion criteria", "completion checklist", "verification checklist", "review checklist"),
            "pre-deployment checklist",
        ),
    ),
)
