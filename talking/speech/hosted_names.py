"""Voices of the hosted services that requests name: who speaks and in which language, as far as it is published.

A name of these tables is never imitated: somebody here of the same language and gender speaks instead.
"""

from __future__ import annotations

from talking.speech.voice import Gender

_ELEVENLABS = """
21m00Tcm4TlvDq8ikWAM Rachel female en-US
AZnzlk1XvdvUeBnXmlld Domi female en-US
EXAVITQu4vr4xnSDxMaL Sarah female en-US
MF3mGyEYCl7XYWbV9V6O Elli female en-US
cgSgspJ2msm6clMCkdW9 Jessica female en-US
FGY2WhTYpPnrIDTdsKH5 Laura female en-US
XrExE9yKIg1WjnnlVkGX Matilda female en-US
LcfcDJNUP1GQjkzn1xUU Emily female en-US
jsCqWAovK2LkecY7zXl4 Freya female en-US
jBpfuIE2acCO8z3wKNLl Gigi female en-US
z9fAnlkpzviPz146aGWa Glinda female en-US
oWAxZDx7w5VEj9dCyTzz Grace female en-US
piTKgcLEGmPE4e6mEKli Nicole female en-US
9BWtsMINqrJLrRacOk9x Aria female en-US
XB0fDUnXU5powFXDhCwa Charlotte female en-US
ThT5KcBeYPX3keUQqHPh Dorothy female en-GB
Xb7hH8MSUJpSbSDYk0k2 Alice female en-GB
pFZP5JQG7iQjIQuC4Bku Lily female en-GB
ErXwobaYiN019PkySvjV Antoni male en-US
TxGEqnHWrfWFTfGW9XjX Josh male en-US
VR6AewLTigWG4xSOukaG Arnold male en-US
pNInz6obpgDQGcFmaJgB Adam male en-US
yoZ06aMxZJJ28mfd3POQ Sam male en-US
nPczCjzI2devNBz1zQrb Brian male en-US
N2lVS1w4EtoT3dr4eOWO Callum male en-US
iP95p4xoKVk53GoZ742B Chris male en-US
2EiwWnXFnvU5JabPnv8n Clyde male en-US
cjVigY5qzO86Huf0OWal Eric male en-US
SOYHLrjzK2X1ezoPC6cr Harry male en-US
bVMeCyTHy58xNoL34h3p Jeremy male en-US
TX3LPaxmHKxFdv7VOQHJ Liam male en-US
flq6f7yk4E4fJM5XTYuZ Michael male en-US
CwhRBWXzGAHq8TQ4Fs17 Roger male en-US
pqHfZKP75CvOlQylNhV4 Bill male en-US
bIHbv24MWmeRgasZH58o Will male en-US
onwK4e9ZLuTAKqWW03F9 Daniel male en-GB
CYw3kZ02Hs0563khs1Fj Dave male en-GB
JBFqnCBsd6RMkjVDRZzb George male en-GB
Zlb1dXrM653N07WRdFW3 Joseph male en-GB
IKne3meq5aSn9XLyUdCD Charlie male en-AU
ZQe5CZNOzWyzPSCn5a3c James male en-AU
D38z5RcWu1voky8WS1ja Fin male en-IE
SAz9YHcvj6GT2YYXdXww River unknown en-US
"""

_AMAZON = """
en-US Danielle Ivy Joanna Kendra Kimberly Ruth Salli | Gregory Joey Justin Kevin Matthew Stephen
en-GB Amy Emma | Arthur Brian
en-AU Nicole Olivia | Russell
en-IN Aditi Kajal Raveena |
en-IE Niamh |
en-NZ Aria |
en-ZA Ayanda |
en-GB-WLS | Geraint
cy-GB Gwyneth |
de-DE Marlene Vicki | Daniel Hans
de-AT Hannah |
fr-FR Celine Lea | Mathieu Remi
fr-CA Chantal Gabrielle | Liam
fr-BE Isabelle |
es-ES Conchita Lucia | Enrique Sergio
es-MX Mia | Andres
es-US Lupe Penelope | Miguel Pedro
it-IT Bianca Carla | Adriano Giorgio
pt-BR Camila Vitoria | Ricardo Thiago
pt-PT Ines | Cristiano
nl-NL Laura Lotte | Ruben
nl-BE Lisa |
sv-SE Astrid Elin |
nb-NO Ida Liv |
da-DK Naja Sofie | Mads
fi-FI Suvi |
is-IS Dora | Karl
pl-PL Ewa Maja Ola | Jacek Jan
ro-RO Carmen |
ru-RU Tatyana | Maxim
tr-TR Burcu Filiz |
ca-ES Arlet |
ar-AE Hala | Zayd
ar Zeina |
ja-JP Kazuha Mizuki Tomoko | Takumi
ko-KR Jihye Seoyeon |
zh-CN Zhiyu |
zh-HK Hiujin |
cs-CZ Jitka |
"""

_GENDERS: tuple[Gender, Gender] = ("female", "male")

ELEVENLABS: dict[str, tuple[str, str, str]] = {
    voice: (name, gender, locale) for voice, name, gender, locale in map(str.split, _ELEVENLABS.strip().splitlines())
}
"""Id -> (name, gender, accent). Its voices speak any language, so the accent counts for English only."""

AMAZON: dict[str, tuple[str, Gender]] = {
    name: (locale, gender)
    for locale, _, names in (line.partition(" ") for line in _AMAZON.strip().splitlines())
    for gender, side in zip(_GENDERS, names.split("|"), strict=True)
    for name in side.split()
}
"""Name without accents -> (locale, gender)."""

OPENAI: dict[str, Gender] = {
    "alloy": "unknown",
    "ash": "male",
    "ballad": "male",
    "coral": "female",
    "echo": "male",
    "fable": "unknown",
    "nova": "female",
    "onyx": "male",
    "sage": "female",
    "shimmer": "female",
    "verse": "male",
}
"""Name -> how it sounds to most; its makers say nothing about gender. They speak any language."""

STYLES: dict[str, str] = {
    "advertisement-upbeat": "excited",
    "affectionate": "gentle",
    "chat-casual": "chat",
    "conversation": "chat",
    "depressed": "sad",
    "disgruntled": "unfriendly",
    "documentary-narration": "newscast",
    "embarrassed": "gentle",
    "envious": "unfriendly",
    "narration-professional": "newscast",
    "narration-relaxed": "calm",
    "newscast-casual": "newscast",
    "newscast-formal": "newscast",
    "poetry-reading": "lyrical",
    "sorry": "empathetic",
    "sports-commentary": "excited",
    "sports-commentary-excited": "excited",
    "story": "lyrical",
    "whisper": "whispering",
}
"""Styles that Microsoft's voices act elsewhere -> the nearest of ours."""

EXPRESSIONS: dict[str, tuple[str, float]] = {
    "angry": ("angry", 0.6),
    "cheerful": ("happy", 0.6),
    "empathetic": ("sad", 0.2),
    "excited": ("happy", 0.8),
    "fearful": ("fear", 0.6),
    "friendly": ("happy", 0.4),
    "happy": ("happy", 0.6),
    "hopeful": ("happy", 0.3),
    "newscast": ("serious", 0.3),
    "sad": ("sad", 0.6),
    "serious": ("serious", 0.6),
    "shouting": ("angry", 0.4),
    "terrified": ("fear", 0.9),
    "unfriendly": ("angry", 0.3),
}
"""Style of a voice -> the expression that a face would have with it, and how strong."""
