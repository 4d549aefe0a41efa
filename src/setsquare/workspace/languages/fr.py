"""French."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="fr",
    name="French",
    ears=Ears(
        when=("quand", "lorsque", "lorsqu", "dès que", "dès qu", "chaque fois que", "chaque fois qu", "une fois que", "une fois qu"),
        while_=("tant que", "tant qu", "pendant que", "pendant qu", "pendant", "durant", "aussi longtemps que", "aussi longtemps qu"),
        if_=("si", r"s(?=['’]ils?\b)", "au cas où", "dans le cas où"),
        where=("là où", "où", "lorsque l['’]option", "pour les versions où"),
        then=("alors",),
        articles=("le", "la", "les", "un", "une", "l['’]", "chaque", "tout", "tous les", "toutes les", "aucun", "aucune"),
        and_=("et",),
        or_=("ou",),
        within=r"\b(?:en moins de|dans les|dans un délai (?:maximal )?de|en|sous)\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|millisecondes?|s|secondes?|minutes?|heures?|jours?)\b",
        quantifier=r"pour (?:tout|toute|tous|toutes|n['’]importe quel(?:le)?|chaque)\b",
        modals=r"\b(?:doit|doivent|devra|devront|devrait|devraient|est tenue?s? de|sont tenue?s? de|il est interdit)\b",
        negative=(
            r"\bn(?:e\s+|['’])(?:doit|doivent|devra|devront|devrait|devraient)\s+(?:pas|jamais|plus|aucun|en aucun)\b|"
            r"\b(?:doit|doivent|devra|devront)\s+ne\s+(?:pas|jamais)\b|\b(?:aucune?|nul)\b[^.;]{0,80}\bne\s+(?:doit|devra)\b|\bil est interdit\b"
        ),
        function_words=(
            "doivent devra devront être toute toutes tous chaque le la les des du un une et est dans pour avec sur par qui que au aux sont pas système utilisateur ce cette doit ne l d il"
        ),
    ),
    parts=Parts(
        requirement=("exigence", "exigence fonctionnelle", "exigence non fonctionnelle", "besoin"),
        requirements=("exigences", "exigence", "besoins", "besoin"),
        validates=("valide", "vérifie", "couvre", "satisfait"),
        criteria=(
            *("critères d'acceptation", "critères d’acceptation", "criteres d'acceptation"),
            *("critères d'acceptance", "critères de validation"),
        ),
        story=("récit utilisateur", "histoire utilisateur", "objectif"),
        story_heading=("récit utilisateur", "histoire utilisateur"),
        story_opening=("en tant que ", "en tant qu"),
        glossary=("glossaire", "terminologie", "définitions"),
        introduction=("introduction", "présentation", "contexte", "vue d'ensemble", "vue d’ensemble", "résumé"),
        aside=(
            "hors périmètre",
            "hors du périmètre",
            "non-objectifs",
            "hypothèses",
            "risques",
            "contraintes",
            "annexe",
            "questions ouvertes",
        ),
        future=("futur", "évolutions futures"),
        functional=("exigences fonctionnelles", "fonctionnalités"),
        non_functional=("exigences non fonctionnelles", "exigences non-fonctionnelles"),
        container=("exigences", "besoins", "document d'exigences", "document d’exigences", "document des exigences", "récits utilisateur"),
        container_ending=(),
        property=("propriété", "propriété de correction"),
        properties_section=("propriétés", "propriétés de correction", "propriétés de justesse"),
        depends=("dépend de", "dépendances", "dépendance", "bloqué par", "prérequis"),
        metadata=("priorité", "statut", "état", "description", "remarque", "remarques", "justification"),
        bugfix_current=("comportement actuel",),
        bugfix_wanted=("comportement attendu", "comportement inchangé", "comportement préservé"),
        checklist=("remarques", "notes", "critères d'acceptation", "critères d’acceptation", "critères de réussite", "liste de contrôle"),
    ),
)
