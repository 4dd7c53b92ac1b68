"""Voices of the collection rhasspy/piper-voices whose speakers are known: locale, women | men. Most are of quality
"medium"; others say theirs. Ids are LOCALE-NAME-QUALITY, and any other voice of the collection can be pulled too.
"""

from __future__ import annotations

from talking.speech.voice import Gender

_TABLE = """
ar_JO | kareem
ca_ES upc_ona | upc_pau-x_low
cs_CZ | jirka
cy_GB | gwryw_gogleddol
de_DE eva_k-x_low kerstin-low ramona-low | thorsten karlsson-low
el_GR rapunzelina-low |
en_GB cori jenny_dioco alba southern_english_female-low | alan northern_english_male
en_US lessac amy hfc_female kristin ljspeech kathleen-low | ryan joe john bryce hfc_male norman danny-low
es_ES mls_9972-low | davefx carlfm-x_low
es_MX | ald
fi_FI | harri
fr_FR siwis | tom gilles-low
hu_HU anna berta | imre
is_IS salka ugla | bui steinn
it_IT paola | riccardo-x_low
ka_GE natia |
lv_LV | aivars
nl_BE nathalie | rdh
pl_PL gosia | darkman
pt_BR | faber cadu jeff
ro_RO | mihai
ru_RU irina | dmitri denis ruslan
sk_SK lili |
sl_SI | artur
tr_TR | fahrettin fettah
uk_UA lada-x_low |
zh_CN huayan |
"""

_GENDERS: tuple[Gender, Gender] = ("female", "male")

VOICES: dict[str, Gender] = {
    f"{locale}-{name if '-' in name else name + '-medium'}": gender
    for locale, _, names in (line.partition(" ") for line in _TABLE.strip().splitlines())
    for gender, side in zip(_GENDERS, names.split("|"), strict=True)
    for name in side.split()
}
"""Id without the provider -> who speaks."""

SPEAKERS: dict[str, Gender] = {voice.rpartition("-")[0]: gender for voice, gender in VOICES.items()}
"""Locale and name, whichever the quality -> who speaks."""
