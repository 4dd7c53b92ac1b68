from __future__ import annotations

import pytest

from talking.speech.detect import detect

SENTENCES = {
    "en": "Hello, my name is Anna and I will guide you through the museum.",
    "de": "Guten Tag, ich heiße Anna und führe Sie durch das Museum.",
    "fr": "Bonjour, je m'appelle Anne et je vous présente le musée.",
    "es": "Hola, me llamo Ana y les presento el museo.",
    "pt": "Olá, meu nome é Ana e vou apresentar o museu.",
    "it": "Ciao, mi chiamo Anna e vi presento il museo.",
    "nl": "Hallo, ik heet Anna en ik leid u rond in het museum.",
    "sv": "Hej, jag heter Anna och visar er museet.",
    "da": "Hej, jeg hedder Anna og viser jer museet.",
    "nb": "Hva gjør du nå?",
    "fi": "Hei, minun nimeni on Anna ja esittelen teille museon.",
    "et": "Tere, minu nimi on Anna ja ma tutvustan teile muuseumi.",
    "hu": "Jó napot, Anna vagyok és bemutatom a múzeumot.",
    "pl": "Dzień dobry, nazywam się Anna i pokażę państwu muzeum.",
    "cs": "Dobrý den, jmenuji se Anna a ukážu vám muzeum.",
    "sk": "Dobrý deň, volám sa Anna a ukážem vám múzeum.",
    "sl": "Dober dan, sem Ana in vam bom pokazala muzej.",
    "hr": "Dobar dan, ja sam Ana i pokazat ću vam muzej.",
    "ro": "Bună ziua, mă numesc Ana și vă prezint muzeul.",
    "ca": "Hola, em dic Anna i us presento el museu.",
    "tr": "Merhaba, benim adım Ayşe ve size müzeyi tanıtacağım.",
    "lv": "Labdien, mani sauc Anna un es jums parādīšu muzeju.",
    "lt": "Laba diena, mano vardas Ona ir aš jums parodysiu muziejų.",
    "vi": "Xin chào, tôi tên là Lan và tôi sẽ giới thiệu bảo tàng.",
    "id": "Halo, nama saya Ani dan saya akan memandu Anda di museum ini.",
    "ru": "Здравствуйте, меня зовут Анна, и я покажу вам музей.",
    "uk": "Добрий день, мене звати Анна, і я покажу вам музей.",
    "bg": "Здравейте, казвам се Ана и ще ви покажа музея.",
    "sr": "Добар дан, ја сам Ана и показаћу вам музеј.",
    "ar": "مرحبا، اسمي ليلى وسأعرض لكم المتحف.",
    "fa": "سلام، اسم من لیلا است و موزه را به شما نشان می‌دهم.",
    "ur": "السلام علیکم، میرا نام لیلیٰ ہے اور میں آپ کو عجائب گھر دکھاؤں گی۔",
    "hi": "नमस्ते, मेरा नाम अनीता है और मैं आपको संग्रहालय दिखाऊँगी।",
    "mr": "नमस्कार, माझे नाव अनिता आहे आणि मी तुम्हाला संग्रहालय दाखवणार आहे.",
    "el": "Καλημέρα, με λένε Άννα.",
    "he": "שלום, קוראים לי חנה.",
    "th": "สวัสดีค่ะ ฉันชื่อแอนนา",
    "ko": "안녕하세요, 제 이름은 안나입니다.",
    "ja": "東京は日本の首都です。",
    "zh-CN": "大家好，我来给你们介绍博物馆。",
    "zh-TW": "大家好，我來為你們介紹這個博物館。",
    "zh-HK": "大家好，我係阿紅，我哋而家喺博物館度。",
}


@pytest.mark.parametrize("tag", SENTENCES)
def test_a_sentence_tells_its_language(tag: str) -> None:
    assert detect(SENTENCES[tag]) == tag


def test_short_sentences_with_few_little_words_mostly_tell_theirs() -> None:
    pairs = [
        ("en", "My brother plays the violin every evening."),
        ("de", "Mein Bruder spielt jeden Abend Geige."),
        ("fr", "Mon frère joue du violon chaque soir."),
        ("es", "Mi hermano toca el violín cada noche."),
        ("pt", "Meu irmão toca violino todas as noites."),
        ("it", "Mio fratello suona il violino ogni sera."),
        ("nl", "Mijn broer speelt elke avond viool."),
        ("en", "Fresh bread smells wonderful."),
        ("de", "Forscher entdeckten Wasser auf einem fernen Planeten."),
        ("fr", "Tournez à gauche au feu."),
        ("es", "Las ventas crecieron un doce por ciento."),
        ("pt", "Vire à esquerda no semáforo."),
        ("it", "Le vendite sono cresciute del dodici per cento."),
        ("nl", "Vers brood ruikt heerlijk."),
        ("sv", "Kraftigt snöfall stängde tre flygplatser."),
        ("pl", "Nie możemy znaleźć naszych kluczy."),
        ("tr", "Anahtarlarımızı bulamıyoruz."),
        ("id", "Kami tidak bisa menemukan kunci kami."),
    ]
    assert sum(detect(text) == tag for tag, text in pairs) >= 17


@pytest.mark.parametrize("text", ["", "12345", "OK", "Xyzzy"])
def test_a_text_that_tells_nothing_is_taken_for_english(text: str) -> None:
    assert detect(text) == "en"


def test_a_foreign_name_does_not_turn_a_sentence() -> None:
    assert detect("The composer Antonín Dvořák was born in Nelahozeves, and he died in Prague.") == "en"
    assert detect("Привет, меня зовут John Smith, и я из London.") == "ru"
    assert detect("これは iPhone 15 Pro Max です。") == "ja"
