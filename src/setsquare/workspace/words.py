"""Holds the words by which spec files name their parts, per language: data, and the patterns made of them.

Source: heading, story and reference words measured over 401 public requirements documents (Kiro's on-disk format, sections 2.3 to 2.6).
A word stands here in its plain, case-folded form; how it may be decorated is the readers' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

REQUIREMENT: Final = (
    *("requirement", "req", "user requirement", "functional requirement", "non-functional requirement", "nonfunctional requirement"),
    *("需求", "要求", "功能需求", "非功能需求", "要件", "機能要件", "非機能要件", "요구사항", "요구 사항"),
    *("requisito", "requerimiento", "exigence", "anforderung", "требование", "вимога", "yêu cầu", "persyaratan", "kebutuhan"),
)
"""What a requirement is called in a heading, before its number."""

REQUIREMENTS: Final = (
    *("requirements", "requirement", "reqs", "req", "user stories", "user story", "story", "stories"),
    *("需求", "要求", "需求项", "要件", "要求事項", "요구사항", "요구 사항", "requisitos", "requisito", "requerimientos", "requerimiento"),
    *("exigences", "exigence", "anforderungen", "anforderung", "требования", "требование", "вимоги", "yêu cầu", "persyaratan", "kebutuhan"),
    *("acceptance criteria", "criteria", "验收标准", "受け入れ基準", "ac", "acs"),
)
"""What a reference to requirements is called, before its colon or its number."""

VALIDATES: Final = (
    *("validates", "validate", "verifies", "covers", "satisfies", "implements", "traces to", "验证需求", "验证", "驗證", "验证对象"),
    *(
        "検証対象",
        "検証",
        "검증 대상",
        "검증",
        "valida",
        "valide",
        "vérifie",
        "verifica",
        "validiert",
        "prüft",
        "проверяет",
        "memvalidasi",
        "xác thực",
    ),
)
"""Verbs that open a reference; without an id or a requirement word after them they are prose."""

CRITERIA: Final = (
    *(
        "acceptance criteria",
        "acceptance criterion",
        "ears criteria",
        "acceptance requirements",
        "验收标准",
        "验收条件",
        "驗收標準",
        "驗收條件",
    ),
    *("受け入れ基準", "受入基準", "受入れ基準", "受け入れ条件", "受入条件", "인수 조건", "인수 기준", "인수조건", "인수기준", "수용 기준"),
    *("criterios de aceptación", "criterios de aceptacion", "critérios de aceitação", "critérios de aceite", "criterios de aceitacao"),
    *("critères d'acceptation", "critères d’acceptation", "criteres d'acceptation", "akzeptanzkriterien", "abnahmekriterien"),
    *("критерии приемки", "критерии приёмки", "критерії прийняття", "kriteria penerimaan", "tiêu chí chấp nhận", "tiêu chí nghiệm thu"),
)
"""Labels that announce a list of acceptance criteria."""

STORY: Final = (
    *(
        "user story",
        "story",
        "objective",
        "job story",
        "用户故事",
        "使用者故事",
        "ユーザーストーリー",
        "ユーザストーリー",
        "目的",
        "사용자 스토리",
        "목적",
    ),
    *("historia de usuario", "história de usuário", "história do usuário", "récit utilisateur", "histoire utilisateur", "user-story"),
    *("benutzergeschichte", "nutzergeschichte", "пользовательская история", "история пользователя", "cerita pengguna"),
    *("câu chuyện người dùng", "user story (us)"),
)
"""Labels of a user story."""

STORY_HEADING: Final = (
    "user story",
    "用户故事",
    "使用者故事",
    "ユーザーストーリー",
    "사용자 스토리",
    "historia de usuario",
    "história de usuário",
)
"""Headings that stand for a requirement where a document has no requirement headings."""

STORY_OPENING: Final = (
    *(
        "as a ",
        "as an ",
        "as the ",
        "作为",
        "作為",
        "como un ",
        "como una ",
        "como um ",
        "como uma ",
        "como ",
        "en tant que ",
        "en tant qu",
    ),
    *("als ", "как ", "sebagai ", "là một ", "là "),
)
"""How a user story without a label begins."""

GLOSSARY: Final = (
    *(
        "glossary",
        "terms",
        "terminology",
        "definitions",
        "terms and definitions",
        "术语表",
        "术语",
        "術語表",
        "术语定义",
        "用語集",
        "用語",
        "용어집",
        "용어",
    ),
    *("glosario", "glossário", "glossaire", "glossar", "глоссарий", "глосарій", "glosarium", "thuật ngữ", "bảng thuật ngữ"),
)
"""Headings of a list of defined terms."""

INTRODUCTION: Final = (
    *("introduction", "overview", "background", "context", "summary", "purpose", "vision", "简介", "引言", "概述", "介绍", "前言", "背景"),
    *(
        "簡介",
        "はじめに",
        "概要",
        "導入",
        "序論",
        "소개",
        "개요",
        "introducción",
        "introdução",
        "einleitung",
        "überblick",
        "введение",
        "вступ",
    ),
    *("pendahuluan", "giới thiệu", "project description", "project description (input)"),
)
"""Headings of prose before the requirements."""

ASIDE: Final = (
    *("out of scope", "non-goals", "non goals", "nongoals", "goals", "scope", "scope boundary", "notes", "note", "appendix", "references"),
    *("dependencies", "success metrics", "success criteria", "assumptions", "open questions", "revision history", "changelog", "risks"),
    *("traceability", "requirements traceability", "implementation phases", "problem statement", "status", "current status"),
    *("technical context", "technical constraints", "constraints", "next steps", "priorities", "implementation notes", "metadata"),
    *(
        "范围",
        "非目标",
        "目标",
        "备注",
        "附录",
        "依赖",
        "成功标准",
        "成功指标",
        "约束条件",
        "技术约束",
        "假设",
        "风险",
        "スコープ外",
        "対象外",
        "備考",
    ),
    *("付録", "前提条件", "制約", "범위 외", "제외", "fuera de alcance", "fora do escopo", "hors périmètre", "nicht im umfang"),
)
"""Headings below which nothing is a requirement."""

FUTURE: Final = ("future", "planned", "post-mvp", "roadmap", "未来", "将来", "今後", "향후", "futuro", "futuras", "zukünftig")
"""Openings of headings about later work."""

FUNCTIONAL: Final = (
    *("functional requirements", "features", "功能需求", "功能性需求", "機能要件", "기능 요구사항", "requisitos funcionales"),
    *("requisitos funcionais", "exigences fonctionnelles", "funktionale anforderungen", "функциональные требования"),
    *("persyaratan fungsional", "kebutuhan fungsional", "yêu cầu chức năng"),
)
"""Headings of the functional part."""

NON_FUNCTIONAL: Final = (
    *("non-functional requirements", "nonfunctional requirements", "non functional requirements", "quality requirements"),
    *("非功能需求", "非功能性需求", "非機能要件", "비기능 요구사항", "requisitos no funcionales", "requisitos não funcionais"),
    *("exigences non fonctionnelles", "nichtfunktionale anforderungen", "nicht-funktionale anforderungen"),
    *("нефункциональные требования", "persyaratan non-fungsional", "kebutuhan non-fungsional", "yêu cầu phi chức năng"),
)
"""Headings of the non-functional part."""

CONTAINER: Final = (
    *(
        "requirements",
        "requirement",
        "user stories",
        "stories",
        "需求",
        "需求列表",
        "要求",
        "要件",
        "要件一覧",
        "요구사항",
        "요구 사항",
        "requisitos",
    ),
    *("requerimientos", "exigences", "anforderungen", "требования", "вимоги", "persyaratan", "kebutuhan", "yêu cầu", "用户故事"),
    *("requirements document", "requirements specification", "需求文档", "要件定義書", "要件定義", "ユーザーストーリー"),
)
"""Headings of the part that holds the requirements."""

CONTAINER_ENDING: Final = ("requirements", "requirement", "需求", "需求文档", "要件", "要件定義書", "요구사항")
"""Endings of headings such as `Core Requirements` that hold requirements too."""

PROPERTY: Final = (
    *(
        "property",
        "correctness property",
        "属性",
        "正确性属性",
        "性质",
        "プロパティ",
        "속성",
        "propiedad",
        "propriété",
        "propriedade",
        "eigenschaft",
    ),
    *("свойство", "властивість", "properti", "thuộc tính"),
)
"""What a correctness property is called, before its number."""

PROPERTIES_SECTION: Final = (
    "correctness properties",
    "properties",
    "正确性属性",
    "正確性プロパティ",
    "正当性プロパティ",
    "정확성 속성",
    "propiedades",
)
"""Headings of the part of a design that holds properties."""

DEPENDS: Final = (
    *(
        "depends on",
        "depends",
        "dependencies",
        "dependency",
        "blocked by",
        "after",
        "prerequisites",
        "依赖",
        "依赖于",
        "前置任务",
        "依存",
        "依存関係",
    ),
    *("선행", "의존성", "depende de", "dependencias", "dependências", "dépend de", "dépendances", "abhängig von", "зависит от"),
)
"""Keys that name a task's prerequisites, before a colon."""

METADATA: Final = (
    *(
        "priority",
        "status",
        "owner",
        "estimate",
        "estimated effort",
        "effort",
        "dependencies",
        "goal",
        "purpose",
        "description",
        "rationale",
    ),
    *(
        "note",
        "notes",
        "source",
        "type",
        "category",
        "current issue",
        "优先级",
        "状态",
        "说明",
        "描述",
        "依赖",
        "優先度",
        "備考",
        "説明",
        "우선순위",
    ),
    *("prioridad", "prioridade", "priorité", "priorität", "приоритет"),
)
"""Keys of lines below a requirement that describe it and demand nothing."""

BUGFIX_CURRENT: Final = (
    "current behavior",
    "current behaviour",
    "actual behavior",
    "当前行为",
    "現在の動作",
    "현재 동작",
    "comportamiento actual",
)
"""Headings of what a defect does today."""

BUGFIX_WANTED: Final = (
    *("expected behavior", "expected behaviour", "unchanged behavior", "unchanged behaviour", "preserved behavior", "预期行为", "期望行为"),
    *("不变行为", "期待される動作", "変更されない動作", "예상 동작", "comportamiento esperado", "comportamiento sin cambios"),
)
"""Headings of what must hold after a fix."""

CHECKLIST: Final = (
    *(
        "notes",
        "note",
        "success criteria",
        "acceptance criteria",
        "acceptance checklist",
        "definition of done",
        "checklist",
        "quality gates",
    ),
    *("completion criteria", "completion checklist", "verification checklist", "review checklist", "pre-deployment checklist"),
    *(
        "注意事项",
        "成功标准",
        "验收标准",
        "完成标准",
        "检查清单",
        "验收清单",
        "備考",
        "受け入れ基準",
        "完了条件",
        "チェックリスト",
        "완료 조건",
        "체크리스트",
    ),
)
"""Headings in a task file whose check boxes are no tasks where the file has numbered ones."""


def alternatives(words: Iterable[str]) -> str:
    """Write words as a regular expression's alternatives, the longest first; blanks match any white space.

    >>> alternatives(("req", "requirement"))
    'requirement|req'
    """
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


_MARKUP: Final = re.compile(r"[*_`~]+")
_DECORATION: Final = re.compile(r"\A(?:[^\w(（\[]|[\u2600-\u27bf])+")
_NUMBERING: Final = re.compile(r"\A(?:\d+(?:\.\d+)*[.)、:：]?|[IVX]+\.)\s+")
_SUFFIX: Final = re.compile(r"\s*(?:[(（\[【][^)）\]】]*[)）\]】])?\W*\Z")


def plain(text: str) -> str:
    """Strip markup, leading signs and white space; what is left is what a person reads.

    >>> plain("**REQ-1: Log in** ✅"), plain("✅ Done")
    ('REQ-1: Log in ✅', 'Done')
    """
    return _DECORATION.sub("", _MARKUP.sub("", text)).strip()


def label(text: str) -> str:
    """Reduce a heading or label to the form in which the words stand: no number, no colon, no bracketed suffix, folded case.

    >>> label("3. Acceptance Criteria (EARS):"), label("**验收标准：**")
    ('acceptance criteria', '验收标准')
    """
    return " ".join(_SUFFIX.sub("", _NUMBERING.sub("", plain(text))).casefold().split())


_OBLIGATION: Final = re.compile(
    r"\b(?:shall|must|should|will|harus|doit|doivent|debe|deben|deberá|deberán|deve|devem|deverá|muss|müssen|soll|sollen|phải)\b"
    r"|должн[аоы]?\b|необходимо"
    r"|必须|必須|应该|应当|應當|不得|(?<![对相适响反供])应(?![用对答急])|しなければならない|してはならない|すること|しない|べき|해야|하여야",
    re.IGNORECASE,
)
_SHALL: Final = re.compile(r"\bshall\b|しなければならない", re.IGNORECASE)
_KEYWORD: Final = re.compile(
    r"(?:WHEN|WHENEVER|WHILE|IF|WHERE|FOR ALL|FOR EACH|FOR ANY|QUAND|CUANDO|QUANDO|SI|SE|WENN|FALLS|КОГДА|ЕСЛИ|JIKA|KETIKA|KHI|NẾU)\b"
)
_SUBJECT: Final = re.compile(r"(?:THE|The|LE|LA|EL|O|A|DAS|DER|DIE)\s")


def is_obligation(text: str) -> bool:
    """Tell whether a sentence has a word that demands something, in any known language.

    >>> is_obligation("The app shall start."), is_obligation("系统应该启动"), is_obligation("Node 18")
    (True, True, False)
    """
    return _OBLIGATION.search(text) is not None


def has_shall(text: str) -> bool:
    """Tell whether a sentence has SHALL in any case.

    >>> has_shall("Videos shall be short"), has_shall("Videos must be short")
    (True, False)
    """
    return _SHALL.search(text) is not None


def opens_condition(text: str) -> bool:
    """Tell whether a text begins with an upper-case condition keyword.

    >>> opens_condition("WHEN a user logs in"), opens_condition("When in doubt")
    (True, False)
    """
    return _KEYWORD.match(plain(text)) is not None


def opens_statement(text: str) -> bool:
    """Tell whether a text begins like a requirement: a condition keyword or an acting system.

    >>> opens_statement("THE SYSTEM SHALL log"), opens_statement("AND the log")
    (True, False)
    """
    words = plain(text)
    return _KEYWORD.match(words) is not None or _SUBJECT.match(words) is not None or words.startswith(("When ", "If ", "While ", "Where "))
