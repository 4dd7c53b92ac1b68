"""Languages as people and providers name them: BCP 47 tags, English names, and which tag serves which wish."""

from __future__ import annotations

from collections.abc import Iterable

from talking.errors import Unknown

_NAMES = """
af Afrikaans;am Amharic;an Aragonese;ar Arabic;as Assamese;az Azerbaijani;ba Bashkir;be Belarusian;bg Bulgarian
bn Bengali;bpy Bishnupriya Manipuri;bs Bosnian;ca Catalan;chr Cherokee;cs Czech;cv Chuvash;cy Welsh;da Danish;de German
el Greek;en English;eo Esperanto;es Spanish;et Estonian;eu Basque;fa Persian;fi Finnish;fil Filipino;fo Faroese
fr French;ga Irish;gd Scottish Gaelic;gl Galician;gn Guarani;grc Ancient Greek;gu Gujarati;hak Hakka Chinese
haw Hawaiian;he Hebrew;hi Hindi;hr Croatian;ht Haitian Creole;hu Hungarian;hy Armenian;hyw Western Armenian
ia Interlingua;id Indonesian;io Ido;is Icelandic;it Italian;ja Japanese;jbo Lojban;jv Javanese;ka Georgian
kaa Karakalpak;kk Kazakh;kl Greenlandic;km Khmer;kn Kannada;ko Korean;kok Konkani;ku Kurdish;ky Kyrgyz
la Latin;lb Luxembourgish;lfn Lingua Franca Nova
lo Lao;lt Lithuanian;ltg Latgalian;lv Latvian;mi Māori;mk Macedonian;ml Malayalam;mn Mongolian
mr Marathi;ms Malay;mt Maltese;mto Totontepec Mixe;my Burmese;nb Norwegian;nci Nahuatl;ne Nepali;nl Dutch;nog Nogai
om Oromo;or Odia;pa Punjabi;pap Papiamento;piqd Klingon;pl Polish;ps Pashto;pt Portuguese;py Pyash;qdb Lang Belta
qu Quechua;quc K'iche';qya Quenya;ro Romanian;ru Russian;sd Sindhi;shn Shan;si Sinhala;sjn Sindarin;sk Slovak
sl Slovenian;smj Lule Sami;so Somali;sq Albanian;sr Serbian;su Sundanese;sv Swedish;sw Swahili;ta Tamil;te Telugu
th Thai;ti Tigrinya;tk Turkmen;tn Setswana;tr Turkish;tt Tatar;ug Uyghur;uk Ukrainian;ur Urdu;uz Uzbek;vi Vietnamese
zh Chinese;zu Zulu
"""

NAMES = dict(entry.split(" ", 1) for line in _NAMES.strip().splitlines() for entry in line.split(";"))
"""Primary subtag -> English name, for every language that some provider speaks."""

_ALIASES = {
    "cmn": "zh",
    "in": "id",
    "iw": "he",
    "mo": "ro",
    "nn": "nb",
    "no": "nb",
    "tl": "fil",
    "cmn-cn": "zh-CN",
    "cmn-latn-pinyin": "zh-Latn-pinyin",
    "yue": "zh-HK",
    "yue-latn-jyutping": "zh-HK-Latn-jyutping",
    "zh-hans": "zh-CN",
    "zh-hant": "zh-TW",
    "zh-yue": "zh-HK",
    "cantonese": "zh-HK",
    "mandarin": "zh-CN",
    "farsi": "fa",
    "tagalog": "fil",
    "norwegian bokmål": "nb",
    "brazilian portuguese": "pt-BR",
    "american english": "en-US",
    "british english": "en-GB",
}

_USUAL = {
    "ar": "ar-EG",
    "bn": "bn-BD",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fr": "fr-FR",
    "nl": "nl-NL",
    "pt": "pt-BR",
    "sw": "sw-KE",
    "ta": "ta-IN",
    "ur": "ur-PK",
    "zh": "zh-CN",
}
"""The region meant when none is named and several have voices."""

_NEIGHBOURS = {"en": ("en-GB", ("US", "CA", "PH")), "es": ("es-419", ("ES", "GQ")), "pt": ("pt-PT", ("BR",))}
"""Where a region without a voice of its own turns to, unless it is one of those named, which take the usual one."""


def canonical(tag: str) -> str | None:
    """The BCP 47 form of a tag or an English name ("EN_us" -> "en-US", "German" -> "de"); None when unknown."""
    folded = tag.strip().casefold().replace("_", "-")
    folded = _BY_NAME.get(folded, folded)
    if folded in _ALIASES:
        return _ALIASES[folded]
    primary, *rest = folded.split("-")
    primary = _ALIASES.get(primary, primary)
    if primary not in NAMES or not all(part.isalnum() and part.isascii() and len(part) <= 8 for part in rest):
        return None
    parts = [primary]
    for part in rest:
        in_private_use = "x" in parts
        short = len(part) == 2 and not in_private_use
        parts.append(part.upper() if short else part.title() if len(part) == 4 and not in_private_use else part)
    return "-".join(parts)


def language_of(tag: str) -> str:
    """`canonical(tag)`; raises Unknown with near matches when there is no such language."""
    found = canonical(tag)
    if found is None:
        raise Unknown.name(
            "language", tag, [*NAMES, *NAMES.values()], hint="Use a name or a tag such as 'de' or 'pt-BR'."
        )
    return found


def name_of(tag: str) -> str:
    """English name of a tag's language ("pt-BR" -> "Portuguese")."""
    return NAMES.get(primary(tag), tag)


def primary(tag: str) -> str:
    """The language without region: "pt-BR" -> "pt"."""
    return tag.partition("-")[0]


def match(wanted: str, offered: Iterable[str]) -> str | None:
    """The offered tag that serves `wanted` best: itself, its usual region, another; None when the language differs."""
    same = [tag for tag in dict.fromkeys(offered) if primary(tag) == primary(wanted)]
    if not same:
        return None
    region = wanted.partition("-")[2]
    neighbour, exceptions = _NEIGHBOURS.get(primary(wanted), ("", ()))
    order = [wanted]
    if region and region not in exceptions:
        order.append(neighbour)
    order += [_USUAL.get(primary(wanted), ""), primary(wanted)]
    return next((tag for tag in order if tag in same), same[0])


_BY_NAME = {name.casefold(): tag for tag, name in NAMES.items()}
