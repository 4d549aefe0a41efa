"""The same spec in eleven languages reads the same: headings, stories, criteria, glossary, references and properties."""

from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.design import read_design
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.tasks import read_tasks

NAMES = (
    "title",
    "introduction",
    "glossary",
    "requirements",
    "requirement",
    "story",
    "opening",
    "criteria",
    "reference",
    "validates",
    "property",
)
WORDS = {
    "en": (
        "Requirements Document",
        "Introduction",
        "Glossary",
        "Requirements",
        "Requirement",
        "User Story",
        "As a user, I want",
        "Acceptance Criteria",
        "Requirements",
        "Validates",
        "Property",
    ),
    "zh": ("需求文档", "简介", "术语表", "需求", "需求", "用户故事", "作为用户", "验收标准", "需求", "验证", "属性"),
    "ja": (
        "要件定義書",
        "はじめに",
        "用語集",
        "要件",
        "要件",
        "ユーザーストーリー",
        "ユーザーとして",
        "受け入れ基準",
        "要件",
        "検証対象",
        "プロパティ",
    ),
    "ko": (
        "요구사항 문서",
        "소개",
        "용어집",
        "요구사항",
        "요구사항",
        "사용자 스토리",
        "사용자로서",
        "인수 조건",
        "요구사항",
        "검증",
        "속성",
    ),
    "fr": (
        "Document des exigences",
        "Introduction",
        "Glossaire",
        "Exigences",
        "Exigence",
        "Histoire utilisateur",
        "En tant que client",
        "Critères d'acceptation",
        "Exigences",
        "Valide",
        "Propriété",
    ),
    "es": (
        "Documento de Requisitos",
        "Introducción",
        "Glosario",
        "Requisitos",
        "Requisito",
        "Historia de Usuario",
        "Como usuario",
        "Criterios de Aceptación",
        "Requisitos",
        "Valida",
        "Propiedad",
    ),
    "pt": (
        "Documento de Requisitos",
        "Introdução",
        "Glossário",
        "Requisitos",
        "Requisito",
        "História de Usuário",
        "Como usuário",
        "Critérios de Aceitação",
        "Requisitos",
        "Valida",
        "Propriedade",
    ),
    "ru": (
        "Документ требований",
        "Введение",
        "Глоссарий",
        "Требования",
        "Требование",
        "Пользовательская история",
        "Как пользователь",
        "Критерии приемки",
        "Требования",
        "Проверяет",
        "Свойство",
    ),
    "de": (
        "Anforderungsdokument",
        "Einführung",
        "Glossar",
        "Anforderungen",
        "Anforderung",
        "User Story",
        "Als Nutzer",
        "Akzeptanzkriterien",
        "Anforderungen",
        "Validiert",
        "Eigenschaft",
    ),
    "id": (
        "Dokumen Persyaratan",
        "Pendahuluan",
        "Glosarium",
        "Persyaratan",
        "Persyaratan",
        "Cerita Pengguna",
        "Sebagai pengguna",
        "Kriteria Penerimaan",
        "Persyaratan",
        "Memvalidasi",
        "Properti",
    ),
    "vi": (
        "Tài liệu yêu cầu",
        "Giới thiệu",
        "Thuật ngữ",
        "Yêu cầu",
        "Yêu cầu",
        "Câu chuyện người dùng",
        "Là người dùng",
        "Tiêu chí chấp nhận",
        "Yêu cầu",
        "Xác thực",
        "Thuộc tính",
    ),
}
REQUIREMENTS = """\
# {title}

## {introduction}

All shall be well.

## {glossary}

- **Box**: a thing

## {requirements}

### {requirement} 1: Open

**{story}:** {opening} x

#### {criteria}

1. WHEN a, THE Box SHALL b
2. THE Box SHALL c

### {requirement} 2：Close

**{story}**：{opening} y

#### {criteria}：

1. THE Box SHALL d
"""
TASKS = """\
- [ ] 1. A
  - _{reference}: 1.1, 2.1_
- [ ] 2. B
  - _{reference}：1.2、2_
- [ ] 3. C
  - **{validates}: {reference} 1.1, 1.2**
- [ ] 4. D
  - _{reference} : 1.1-1.2_
"""
DESIGN = """\
### {property} 1: A
*For any* box it holds.
**{validates}: {reference} 1.1**

**{property} 2: B**
It holds.
**{validates}：{reference} 2.1**
"""


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_spec_reads_the_same_in_every_language(language: str, newline: str) -> None:
    known = dict(zip(NAMES, WORDS[language], strict=True))
    needs, tasks, design = (
        scan(RelPath("a.md"), text.format(**known).replace("\n", newline).encode()) for text in (REQUIREMENTS, TASKS, DESIGN)
    )
    found = read_requirements(needs)
    assert [criterion.id for criterion in found.criteria] == ["1.1", "1.2", "2.1"]
    assert [(item.number, item.title, bool(item.story)) for item in found.requirements] == [("1", "Open", True), ("2", "Close", True)]
    assert (found.glossary, found.introduction) == ((("Box", "a thing"),), "All shall be well.")
    references = [[(item.first, item.last) for item in task.references] for task in read_tasks(tasks).tasks]
    assert references == [[("1.1", ""), ("2.1", "")], [("1.2", ""), ("2", "")], [("1.1", ""), ("1.2", "")], [("1.1", "1.2")]]
    properties = [(item.number, item.title, [reference.first for reference in item.validates]) for item in read_design(design).properties]
    assert properties == [("1", "A", ["1.1"]), ("2", "B", ["2.1"])]
