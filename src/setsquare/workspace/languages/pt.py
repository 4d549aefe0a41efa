"""Portuguese, of Brazil and Portugal."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="pt",
    name="Portuguese",
    ears=Ears(
        when=("quando", "sempre que", "assim que", "uma vez que", "cada vez que", "logo que", r"ao(?=\s+\w+[aeio]r(?:-se)?\b)"),
        while_=("enquanto", "durante"),
        if_=("se", "caso", "no caso de"),
        where=("onde", "nos casos em que"),
        then=("então",),
        articles=("o", "a", "os", "as", "um", "uma", "cada", "todo", "toda", "todos os", "todas as", "nenhum", "nenhuma"),
        and_=("e",),
        or_=("ou",),
        within=r"\b(?:em menos de|dentro de|em até|num prazo de|em)\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|milissegundos?|s|segundos?|minutos?|horas?|dias?)\b",
        quantifier=r"para (?:todo|toda|todos|todas|qualquer|quaisquer|cada)\b",
        modals=r"\b(?:deve|devem|deverá|deverão|deveria|deveriam|tem de|têm de|tem que|têm que|terá de|fica proibido)\b",
        negative=(
            r"\b(?:não|nunca|jamais|nem)\s+(?:deve|devem|deverá|deverão|deveria|deveriam)\b|\bnenhuma?\b[^.;]{0,80}\bdeve(?:m|rá)?\b|"
            r"\b(?:deve|deverá)\s+nunca\b|\bfica proibido\b"
        ),
        function_words=(
            "devem deverão ser ter as os todas todos às pelo pela o os um uma e é em para com por que do da dos das não ao na no sistema usuário utilizador quando seu está deve são se deverá cada"
        ),
    ),
    parts=Parts(
        requirement=("requisito", "requisito funcional", "requisito não funcional"),
        requirements=("requisitos", "requisito"),
        validates=("valida", "verifica", "cobre", "satisfaz"),
        criteria=("critérios de aceitação", "critérios de aceite", "criterios de aceitacao", "critério de aceitação"),
        story=("história de usuário", "história do usuário", "história de utilizador", "história do utilizador", "objetivo"),
        story_heading=("história de usuário", "história do usuário", "história de utilizador"),
        story_opening=("como um ", "como uma ", "como "),
        glossary=("glossário", "glossario", "termos", "definições"),
        introduction=("introdução", "introducao", "visão geral", "contexto", "resumo"),
        aside=(
            "fora do escopo",
            "fora de escopo",
            "fora do âmbito",
            "não objetivos",
            "premissas",
            "riscos",
            "restrições",
            "questões em aberto",
        ),
        future=("futuro", "futuras"),
        functional=("requisitos funcionais",),
        non_functional=("requisitos não funcionais", "requisitos não-funcionais"),
        container=("requisitos", "documento de requisitos", "histórias de usuário"),
        container_ending=(),
        property=("propriedade", "propriedade de correção"),
        properties_section=("propriedades", "propriedades de correção", "propriedades de corretude"),
        depends=("depende de", "dependências", "dependência", "bloqueado por", "pré-requisitos"),
        metadata=("prioridade", "status", "estado", "descrição", "nota", "notas", "observação", "observações"),
        bugfix_current=("comportamento atual", "comportamento actual"),
        bugfix_wanted=("comportamento esperado", "comportamento inalterado", "comportamento preservado"),
        checklist=("notas", "observações", "critérios de sucesso", "critérios de aceitação", "lista de verificação"),
    ),
)
