"""German."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="de",
    name="German",
    ears=Ears(
        when=("wenn", "sobald", "immer wenn", "jedes mal,? wenn", "nachdem", "bei"),
        while_=("während", "solange", "waehrend"),
        if_=("falls", "im falle,? dass", "für den fall,? dass"),
        where=("wo", "sofern", "dort,? wo"),
        then=("dann", r"so(?=\s+(?:muss|müssen|soll|sollen|darf|dürfen)\b)"),
        articles=("der", "die", "das", "ein", "eine", "jeder", "jede", "jedes", "alle", "kein", "keine"),
        and_=("und",),
        or_=("oder",),
        within=r"\b(?:innerhalb von|binnen|in weniger als|spätestens nach)\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|Millisekunden?|s|Sekunden?|Minuten?|Stunden?|Tagen?)\b",
        quantifier=r"für (?:alle|jede[nsr]?|beliebige[ns]?)\b",
        modals=r"\b(?:muss|müssen|muß|soll|sollen|sollte|sollten|darf|dürfen|hat sicherzustellen)\b",
        negative=(
            r"\b(?:darf|dürfen|soll|sollen|sollte|muss)\b[^.;]{0,80}?\b(?:nicht|niemals|nie|kein\w*)\b|"
            r"\bkein\w*\b[^.;]{0,80}\b(?:darf|dürfen|soll|sollen)\b"
        ),
        function_words=(
            "der die das und ist nicht mit für von den dem ein eine einer wird werden benutzer nutzer auf zu im sich alle wenn muss soll darf falls "
            "sobald solange während dann des"
        ),
        subject_after=(
            r"\s*(?:der|die|das|ein|eine|jeder|jede|jedes|alle)\s+(?P<subject>(?:[a-zäöüß]+(?:e|en|er|es)\s+)?[\wÄÖÜ`][\w`.-]*"
            r"(?:\s+[A-ZÄÖÜ][\w-]*-[\w-]*)?)"
        ),
    ),
    parts=Parts(
        requirement=("anforderung", "funktionale anforderung", "nichtfunktionale anforderung", "nicht-funktionale anforderung"),
        requirements=("anforderungen", "anforderung"),
        validates=("validiert", "prüft", "erfüllt", "deckt ab", "verifiziert"),
        criteria=("akzeptanzkriterien", "abnahmekriterien", "akzeptanzkriterium"),
        story=("benutzergeschichte", "nutzergeschichte", "anwendergeschichte", "ziel"),
        story_heading=("benutzergeschichte", "nutzergeschichte"),
        story_opening=("als ",),
        glossary=("glossar", "begriffe", "definitionen", "begriffsdefinitionen"),
        introduction=("einleitung", "einführung", "überblick", "übersicht", "hintergrund", "zusammenfassung"),
        aside=(
            "nicht im umfang",
            "ausserhalb des umfangs",
            "nicht-ziele",
            "annahmen",
            "risiken",
            "randbedingungen",
            "anhang",
            "offene fragen",
        ),
        future=("zukünftig",),
        functional=("funktionale anforderungen",),
        non_functional=("nichtfunktionale anforderungen", "nicht-funktionale anforderungen", "qualitätsanforderungen"),
        container=("anforderungen", "anforderungsdokument", "anforderungsspezifikation", "benutzergeschichten"),
        container_ending=(),
        property=("eigenschaft", "korrektheitseigenschaft"),
        properties_section=("eigenschaften", "korrektheitseigenschaften"),
        depends=("abhängig von", "abhängigkeiten", "abhängigkeit", "hängt ab von", "blockiert durch", "voraussetzungen"),
        metadata=("priorität", "status", "beschreibung", "hinweis", "anmerkung", "begründung"),
        bugfix_current=("aktuelles verhalten", "ist-verhalten"),
        bugfix_wanted=("erwartetes verhalten", "soll-verhalten", "unverändertes verhalten"),
        checklist=("hinweise", "notizen", "erfolgskriterien", "akzeptanzkriterien", "checkliste", "abnahmekriterien"),
    ),
)
