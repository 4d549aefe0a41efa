"""Spanish."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="es",
    name="Spanish",
    ears=Ears(
        when=(
            *("cuando", "cada vez que", "tan pronto como", "una vez que", "siempre que", "en cuanto"),
            r"al(?=\s+\w+[aeií]r(?:se|lo|la|los|las)?\b)",
        ),
        while_=("mientras que", "mientras", "durante", "en tanto que"),
        if_=("si", "en caso de que", "en el caso de que"),
        where=("donde", "en donde", "en aquellos casos en que"),
        then=("entonces",),
        articles=("el", "la", "los", "las", "un", "una", "cada", "todo", "toda", "todos los", "todas las", "ningún", "ninguna"),
        and_=("y", "e"),
        or_=("o", "u"),
        within=r"\b(?:en menos de|dentro de|en un plazo (?:máximo )?de|en|antes de)\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|milisegundos?|s|segundos?|minutos?|horas?|días?)\b",
        quantifier=r"para (?:todo|toda|todos|todas|cualquier|cada)\b",
        modals=r"\b(?:debe|deben|deberá|deberán|debería|deberían|tiene que|tienen que|tendrá que|tendrán que|queda prohibido)\b",
        negative=(
            r"\b(?:no|nunca|jamás|tampoco)\s+(?:debe|deben|deberá|deberán|debería|deberían)\b|"
            r"\bning(?:ún|una)\b[^.;]{0,80}\bdeber?[áa]?n?\b|\b(?:debe|deberá)\s+nunca\b|\bqueda prohibido\b"
        ),
        function_words=(
            "deben deberán ser tener todas todos del el la los las del un una y es en para con por que se al son no sistema usuario cuando su sus está debe lo si deberá cada"
        ),
    ),
    parts=Parts(
        requirement=("requisito", "requerimiento", "requisito funcional", "requisito no funcional"),
        requirements=("requisitos", "requisito", "requerimientos", "requerimiento"),
        validates=("valida", "verifica", "cubre", "satisface"),
        criteria=("criterios de aceptación", "criterios de aceptacion", "criterio de aceptación"),
        story=("historia de usuario", "historia del usuario", "objetivo"),
        story_heading=("historia de usuario",),
        story_opening=("como un ", "como una ", "como "),
        glossary=("glosario", "términos", "definiciones", "terminología"),
        introduction=("introducción", "introduccion", "descripción general", "resumen", "contexto", "visión general"),
        aside=(
            "fuera de alcance",
            "fuera del alcance",
            "no objetivos",
            "supuestos",
            "riesgos",
            "restricciones",
            "apéndice",
            "preguntas abiertas",
        ),
        future=("futuro", "futuras"),
        functional=("requisitos funcionales", "requerimientos funcionales"),
        non_functional=("requisitos no funcionales", "requerimientos no funcionales"),
        container=("requisitos", "requerimientos", "documento de requisitos", "documento de requerimientos", "historias de usuario"),
        container_ending=(),
        property=("propiedad", "propiedad de corrección"),
        properties_section=("propiedades", "propiedades de corrección"),
        depends=("depende de", "dependencias", "dependencia", "bloqueado por", "prerrequisitos"),
        metadata=("prioridad", "estado", "descripción", "nota", "notas", "justificación"),
        bugfix_current=("comportamiento actual",),
        bugfix_wanted=("comportamiento esperado", "comportamiento sin cambios"),
        checklist=("notas", "criterios de éxito", "criterios de aceptación", "lista de verificación", "lista de comprobación"),
    ),
)
