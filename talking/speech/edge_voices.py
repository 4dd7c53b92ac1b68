"""The voices of Microsoft's read-aloud service that are known without asking it: locale, women | men.

The first name of each side is the default. Full ids are LOCALE-NAMENeural.
"""

from __future__ import annotations

from talking.speech.voice import Gender

_TABLE = """
af-ZA Adri | Willem
am-ET Mekdes | Ameha
ar-AE Fatima | Hamdan
ar-BH Laila | Ali
ar-DZ Amina | Ismael
ar-EG Salma | Shakir
ar-IQ Rana | Bassel
ar-JO Sana | Taim
ar-KW Noura | Fahed
ar-LB Layla | Rami
ar-LY Iman | Omar
ar-MA Mouna | Jamal
ar-OM Aysha | Abdullah
ar-QA Amal | Moaz
ar-SA Zariyah | Hamed
ar-SY Amany | Laith
ar-TN Reem | Hedi
ar-YE Maryam | Saleh
az-AZ Banu | Babek
bg-BG Kalina | Borislav
bn-BD Nabanita | Pradeep
bn-IN Tanishaa | Bashkar
bs-BA Vesna | Goran
ca-ES Joana | Enric
cs-CZ Vlasta | Antonin
cy-GB Nia | Aled
da-DK Christel | Jeppe
de-AT Ingrid | Jonas
de-CH Leni | Jan
de-DE Katja Amala SeraphinaMultilingual | Conrad Killian FlorianMultilingual
el-GR Athina | Nestoras
en-AU Natasha | WilliamMultilingual
en-CA Clara | Liam
en-GB Sonia Libby Maisie | Ryan Thomas
en-HK Yan | Sam
en-IE Emily | Connor
en-IN Neerja NeerjaExpressive | Prabhat
en-KE Asilia | Chilemba
en-NG Ezinne | Abeo
en-NZ Molly | Mitchell
en-PH Rosa | James
en-SG Luna | Wayne
en-TZ Imani | Elimu
en-US Ava Emma Jenny Aria Michelle Ana | Andrew Brian Guy Christopher Eric Roger Steffan
en-US AvaMultilingual EmmaMultilingual | AndrewMultilingual BrianMultilingual
en-ZA Leah | Luke
es-AR Elena | Tomas
es-BO Sofia | Marcelo
es-CL Catalina | Lorenzo
es-CO Salome | Gonzalo
es-CR Maria | Juan
es-CU Belkys | Manuel
es-DO Ramona | Emilio
es-EC Andrea | Luis
es-ES Elvira Ximena | Alvaro
es-GQ Teresa | Javier
es-GT Marta | Andres
es-HN Karla | Carlos
es-MX Dalia | Jorge
es-NI Yolanda | Federico
es-PA Margarita | Roberto
es-PE Camila | Alex
es-PR Karina | Victor
es-PY Tania | Mario
es-SV Lorena | Rodrigo
es-US Paloma | Alonso
es-UY Valentina | Mateo
es-VE Paola | Sebastian
et-EE Anu | Kert
fa-IR Dilara | Farid
fi-FI Noora | Harri
fil-PH Blessica | Angelo
fr-BE Charline | Gerard
fr-CA Sylvie | Antoine Jean Thierry
fr-CH Ariane | Fabrice
fr-FR Denise Eloise VivienneMultilingual | Henri RemyMultilingual
ga-IE Orla | Colm
gl-ES Sabela | Roi
gu-IN Dhwani | Niranjan
he-IL Hila | Avri
hi-IN Swara | Madhur
hr-HR Gabrijela | Srecko
hu-HU Noemi | Tamas
id-ID Gadis | Ardi
is-IS Gudrun | Gunnar
it-IT Elsa Isabella | Diego GiuseppeMultilingual
ja-JP Nanami | Keita
jv-ID Siti | Dimas
ka-GE Eka | Giorgi
kk-KZ Aigul | Daulet
km-KH Sreymom | Piseth
kn-IN Sapna | Gagan
ko-KR SunHi | InJoon HyunsuMultilingual
lo-LA Keomany | Chanthavong
lt-LT Ona | Leonas
lv-LV Everita | Nils
mk-MK Marija | Aleksandar
ml-IN Sobhana | Midhun
mn-MN Yesui | Bataa
mr-IN Aarohi | Manohar
ms-MY Yasmin | Osman
mt-MT Grace | Joseph
my-MM Nilar | Thiha
nb-NO Pernille | Finn
ne-NP Hemkala | Sagar
nl-BE Dena | Arnaud
nl-NL Colette Fenna | Maarten
pl-PL Zofia | Marek
ps-AF Latifa | GulNawaz
pt-BR Francisca ThalitaMultilingual | Antonio
pt-PT Raquel | Duarte
ro-RO Alina | Emil
ru-RU Svetlana | Dmitry
si-LK Thilini | Sameera
sk-SK Viktoria | Lukas
sl-SI Petra | Rok
so-SO Ubax | Muuse
sq-AL Anila | Ilir
sr-RS Sophie | Nicholas
su-ID Tuti | Jajang
sv-SE Sofie | Mattias
sw-KE Zuri | Rafiki
sw-TZ Rehema | Daudi
ta-IN Pallavi | Valluvar
ta-LK Saranya | Kumar
ta-MY Kani | Surya
ta-SG Venba | Anbu
te-IN Shruti | Mohan
th-TH Premwadee | Niwat
tr-TR Emel | Ahmet
uk-UA Polina | Ostap
ur-IN Gul | Salman
ur-PK Uzma | Asad
uz-UZ Madina | Sardor
vi-VN HoaiMy | NamMinh
zh-CN Xiaoxiao Xiaoyi | Yunxi Yunjian Yunxia Yunyang
zh-CN-liaoning Xiaobei |
zh-CN-shaanxi Xiaoni |
zh-HK HiuMaan HiuGaai | WanLung
zh-TW HsiaoChen HsiaoYu | YunJhe
zu-ZA Thando | Themba
"""

_GENDERS: tuple[Gender, Gender] = ("female", "male")

VOICES: dict[str, tuple[str, Gender]] = {
    f"{locale}-{name}Neural": (locale, gender)
    for locale, _, names in (line.partition(" ") for line in _TABLE.strip().splitlines())
    for gender, side in zip(_GENDERS, names.split("|"), strict=True)
    for name in side.split()
}
"""Id -> (locale, gender)."""

STAND_INS = {
    "en-US-AmberNeural": "en-US-JennyNeural",
    "en-US-AshleyNeural": "en-US-JennyNeural",
    "en-US-BrandonNeural": "en-US-GuyNeural",
    "en-US-CoraNeural": "en-US-MichelleNeural",
    "en-US-DavisNeural": "en-US-AndrewNeural",
    "en-US-ElizabethNeural": "en-US-MichelleNeural",
    "en-US-JacobNeural": "en-US-EricNeural",
    "en-US-JaneNeural": "en-US-EmmaNeural",
    "en-US-JasonNeural": "en-US-BrianNeural",
    "en-US-MonicaNeural": "en-US-AriaNeural",
    "en-US-NancyNeural": "en-US-AvaNeural",
    "en-US-SaraNeural": "en-US-EmmaNeural",
    "en-US-TonyNeural": "en-US-ChristopherNeural",
    "en-AU-WilliamNeural": "en-AU-WilliamMultilingualNeural",
    "zh-CN-XiaohanNeural": "zh-CN-XiaoxiaoNeural",
    "zh-CN-XiaomoNeural": "zh-CN-XiaoyiNeural",
    "de-DE-ChristophNeural": "de-DE-ConradNeural",
    "fr-FR-BrigitteNeural": "fr-FR-DeniseNeural",
    "it-IT-GiuseppeNeural": "it-IT-GiuseppeMultilingualNeural",
    "pt-BR-ThalitaNeural": "pt-BR-ThalitaMultilingualNeural",
}
"""Voices that clients of other services name and this service lacks -> one of the same language and gender."""
