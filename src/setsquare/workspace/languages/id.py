"""Indonesian."""

from __future__ import annotations

from typing import Final

from setsquare.workspace.languages.pack import Ears, Language, Parts

LANGUAGE: Final = Language(
    code="id",
    name="Indonesian",
    ears=Ears(
        when=("ketika", "pada saat", "saat", "setiap kali", "begitu", "setelah"),
        while_=("selama", "sementara", "sewaktu"),
        if_=("jika", "apabila", "bila", "jikalau", "dalam hal"),
        where=("di mana", "dimana", "untuk versi yang"),
        then=("maka",),
        articles=("setiap", "semua", "seluruh", "para"),
        and_=("dan",),
        or_=("atau",),
        within=r"\b(?:dalam(?: waktu)?|kurang dari)\s+(?P<value>\d[\d.,]{0,20})\s{0,3}(?P<unit>ms|milidetik|detik|menit|jam|hari)\b",
        quantifier=r"untuk (?:setiap|semua|sebarang|sembarang)\b",
        modals=r"\b(?:harus|haruslah|wajib|tidak boleh|dilarang|tidak diperbolehkan)\b",
        negative=r"\b(?:tidak boleh|dilarang|harus tidak|tidak diperbolehkan|jangan)\b",
        function_words=(
            "yang dan untuk dengan dari pada tidak akan dapat oleh pengguna harus ketika jika sistem atau di ke sedang semua menampilkan wajib boleh "
            "maka saat selama"
        ),
    ),
    parts=Parts(
        requirement=("persyaratan", "kebutuhan", "persyaratan fungsional", "kebutuhan fungsional"),
        requirements=("persyaratan", "kebutuhan"),
        validates=("memvalidasi", "memverifikasi", "memenuhi"),
        criteria=("kriteria penerimaan", "kriteria penerimaan (ears)"),
        story=("cerita pengguna", "tujuan"),
        story_heading=("cerita pengguna",),
        story_opening=("sebagai ",),
        glossary=("glosarium", "istilah", "daftar istilah", "definisi"),
        introduction=("pendahuluan", "pengantar", "gambaran umum", "ringkasan", "latar belakang"),
        aside=("di luar cakupan", "di luar lingkup", "asumsi", "risiko", "batasan", "lampiran", "pertanyaan terbuka"),
        future=("masa depan", "rencana"),
        functional=("persyaratan fungsional", "kebutuhan fungsional"),
        non_functional=(
            *("persyaratan non-fungsional", "kebutuhan non-fungsional", "persyaratan nonfungsional"),
            "kebutuhan nonfungsional",
        ),
        container=("persyaratan", "kebutuhan", "dokumen persyaratan", "dokumen kebutuhan", "cerita pengguna"),
        container_ending=(),
        property=("properti", "properti kebenaran"),
        properties_section=("properti", "properti kebenaran"),
        depends=("bergantung pada", "tergantung pada", "ketergantungan", "dependensi", "prasyarat"),
        metadata=("prioritas", "status", "deskripsi", "catatan", "alasan"),
        bugfix_current=("perilaku saat ini",),
        bugfix_wanted=("perilaku yang diharapkan", "perilaku yang tidak berubah"),
        checklist=("catatan", "kriteria keberhasilan", "kriteria penerimaan", "daftar periksa"),
    ),
)
