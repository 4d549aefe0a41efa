"""Says what a language pack holds: the words of EARS sentences and the words by which spec files name their parts."""

from __future__ import annotations

from msgspec import Struct


# req: spec-engine/1.2
class Native(Struct, frozen=True):
    """A condition that a language writes without a keyword in front.

    `kind` is `when`, `while`, `if` or `where`. `pattern` is a regular expression that matches from the start of a sentence; its group `cond`
    is the condition's text. The first pattern of a pack that matches decides.
    """

    kind: str
    pattern: str


class Ears(Struct, frozen=True, kw_only=True):
    """The words of requirement sentences.

    `when`, `while_`, `if_`, `where` and `then` are keywords in lower case; a keyword may be a regular expression without groups. `articles`
    stand before a subject, `and_` and `or_` between conditions. `modals` and `negative` are regular expressions that find an obligation and a
    prohibition. `function_words` tell a language of the Latin script from the others; `letters` (a regular expression of one letter) tells
    one by its script, where a sentence has `least_letters` of them: alphabets are tried from the narrowest to the widest by `breadth`.
    `within` finds a time limit, with groups `value` and `unit`; `quantifier` matches the `for any …` that opens a property. `topic` finds what separates a subject from its
    predicate where the modal ends the sentence; empty where the subject stands right before the modal. `subject_after` finds the subject
    (group `subject`) right after the modal, where a condition in front turns the order round.
    """

    when: tuple[str, ...] = ()
    while_: tuple[str, ...] = ()
    if_: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    and_: tuple[str, ...] = ()
    or_: tuple[str, ...] = ()
    modals: str
    negative: str
    function_words: str = ""
    letters: str = ""
    least_letters: int = 1
    breadth: int = 0
    within: str = ""
    quantifier: str = ""
    topic: str = ""
    subject_after: str = ""
    natives: tuple[Native, ...] = ()


class Parts(Struct, frozen=True, kw_only=True):
    """The words by which files name their parts, plain and case-folded; several forms of one word stand side by side.

    `requirement`: what a requirement is called in a heading, before its number. `requirements`: what a reference calls requirements.
    `validates`: verbs that open a reference. `criteria`: labels of a list of acceptance criteria. `story`: labels of a user story.
    `story_heading`: headings that stand for a requirement. `story_opening`: how a story without a label begins, with its blank.
    `glossary`, `introduction`, `aside` (nothing below is a requirement), `future` (openings of headings about later work), `functional`,
    `non_functional`, `container` (holds the requirements), `container_ending`: headings. `property`: what a correctness property is called
    before its number, `properties_section` their heading. `depends` and `metadata`: keys before a colon. `bugfix_current` and
    `bugfix_wanted`: headings of a bugfix file. `checklist`: headings of check boxes in a task file that are no tasks.
    """

    requirement: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    validates: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    story: tuple[str, ...] = ()
    story_heading: tuple[str, ...] = ()
    story_opening: tuple[str, ...] = ()
    glossary: tuple[str, ...] = ()
    introduction: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    future: tuple[str, ...] = ()
    functional: tuple[str, ...] = ()
    non_functional: tuple[str, ...] = ()
    container: tuple[str, ...] = ()
    container_ending: tuple[str, ...] = ()
    property: tuple[str, ...] = ()
    properties_section: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    bugfix_current: tuple[str, ...] = ()
    bugfix_wanted: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()


class Language(Struct, frozen=True, kw_only=True):
    """One language: `code` as in ISO 639-1, `name` in English, and its words."""

    code: str
    name: str
    ears: Ears
    parts: Parts


class Other(Struct, frozen=True, kw_only=True):
    """A language without a pack: its sentences are not judged, but the parts of its files are found.

    `function_words` tell it from the languages with a pack; `parts` are the words by which files name their parts.
    """

    code: str
    name: str
    function_words: str = ""
    parts: Parts
