from __future__ import annotations

from collections.abc import Iterable

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


EVERYDAY = {
    "fr": """
        Le renard brun saute par-dessus le chien.
        Comment allez-vous ?
        Où est la gare ?
        Le Petit Prince
        Joyeux anniversaire !
        Merci beaucoup.
        Je voudrais un café, s'il vous plaît.
        Il fait beau aujourd'hui.
        Ma sœur habite près du port.
        Parlez-vous d'autres langues ?
        L'hiver arrive bientôt.
        Elle prépare de bons gâteaux.
        Les enfants apprennent vite.
        Rien ne vaut un café frais.
        Une soirée tranquille au coin du feu.
        Laissez un message après le bip.
        Bonne nuit, mes amis.
        Combien coûte ce billet ?
        Le musée ouvre à midi.
        Pourquoi riez-vous ?
        Le jardin de mamie est plein de roses.
        Nous avons raté le dernier bus.
        Puis-je payer par carte ?
        Joyeux Noël à toute la famille.
    """,
    "es": """
        El veloz murciélago hindú comía feliz.
        Me gusta la música.
        ¿Cómo estás?
        ¿Dónde está la estación?
        Cien años de soledad
        Feliz cumpleaños, abuela.
        Muchas gracias por su ayuda.
        Quiero un café con leche.
        Hace buen tiempo hoy.
        Mi hermana vive cerca del puerto.
        ¿Habla usted otros idiomas?
        Pronto llega el invierno.
        Ella prepara pasteles deliciosos.
        Los niños aprenden rápido.
        Gire a la izquierda después de la iglesia.
        Una noche tranquila junto al fuego.
        Deje su mensaje después del tono.
        Buenas noches, amigos míos.
        Cuánto cuesta este boleto
        El museo abre al mediodía.
        ¿Por qué te ríes?
        El jardín de la abuela está lleno de rosas.
        Perdimos el último autobús.
        ¿Puedo pagar con tarjeta?
        Feliz Navidad para toda la familia.
    """,
    "de": """
        Vielen Dank
        Wie geht es dir?
        Wo ist der Bahnhof?
        Der Zauberberg
        Herzlichen Glückwunsch zum Geburtstag!
        Ich hätte gern einen Kaffee.
        Schönes Wochenende euch allen!
        Das Wetter ist heute schön.
        Meine Schwester wohnt am Hafen.
        Sprechen Sie noch andere Sprachen?
        Bald kommt der Winter.
        Sie backt leckere Kuchen.
        Kinder lernen schnell.
        Biegen Sie links ab.
        Frischer Kaffee schmeckt am besten.
        Alles Gute zum Jubiläum!
        Ein ruhiger Abend am Kamin.
        Bis später, mein Freund.
        Das Museum öffnet mittags.
        Warum lachst du?
        Omas Garten ist voller Rosen.
        Wir haben den letzten Bus verpasst.
        Kann ich mit Karte zahlen?
        Frohe Weihnachten wünscht die Familie.
    """,
    "nl": """
        Goedemorgen allemaal.
        Hoe gaat het met je?
        Waar is het station?
        De ontdekking van de hemel
        Gefeliciteerd met je verjaardag!
        Dank je wel voor je hulp.
        Ik hou van muziek.
        Mag ik een kopje koffie?
        Mijn zus woont bij de haven.
        Spreekt u andere talen?
        De winter komt eraan.
        Zij bakt heerlijke taarten.
        Kinderen leren snel.
        Sla linksaf bij de kerk.
        Niets gaat boven verse koffie.
        Een rustige avond bij het vuur.
        Slaap lekker, lieve vrienden.
        Hoeveel kost dit kaartje?
        Het museum gaat om twaalf uur open.
        Waarom lach je?
        Oma's tuin staat vol rozen.
        We hebben de laatste bus gemist.
        Kan ik met kaart betalen?
        Vrolijk kerstfeest voor de hele familie.
    """,
    "en": """
        How are you today?
        Where is the train station?
        The Old Man and the Sea
        Happy birthday to you!
        Thank you very much.
        Nice to meet you.
        Our new product launches tomorrow.
        My sister lives near the harbour.
        Do you speak any other language?
        Winter is coming early.
        She bakes delicious cakes.
        Please leave a message after the tone.
        Nothing beats fresh coffee.
        Turn left at the church.
        Children learn quickly.
        Congratulations, you made it!
        A quiet evening by the fire.
        The museum opens at noon.
        Why are you laughing?
        Grandma's garden is full of roses.
        We missed the last bus.
        Breaking news from London
        Can I pay by card?
    """,
    "pt": """
        Como vai você?
        Onde fica a estação?
        Ensaio sobre a cegueira
        Feliz aniversário, vovó!
        Muito obrigado pela ajuda.
        Eu gosto de música.
        Minha irmã mora perto do porto.
        Você fala outras línguas?
        O inverno chega em breve.
        Ela faz bolos deliciosos.
        As crianças aprendem depressa.
        Vire na próxima rua.
        Uma noite tranquila junto à lareira.
        Deixe a sua mensagem após o sinal.
        Boa noite, meus amigos.
        Quanto custa este bilhete?
        O museu abre ao meio-dia.
        Por que está rindo?
        O jardim da vovó está cheio de rosas.
        Perdemos o último ônibus.
        Posso pagar com cartão?
        Feliz Natal para toda a família.
    """,
    "it": """
        Come stai oggi?
        Dov'è la stazione?
        Il nome della rosa
        Buon compleanno, nonna!
        Grazie mille per l'aiuto.
        Vorrei un caffè, per favore.
        Mi piace la musica.
        Mia sorella abita vicino al porto.
        Parla anche altre lingue?
        Presto arriva l'inverno.
        Lei prepara torte deliziose.
        I bambini imparano in fretta.
        Giri a sinistra dopo la chiesa.
        Una serata tranquilla davanti al camino.
        Lasci un messaggio dopo il segnale.
        Buona notte, amici miei.
        Quanto costa questo biglietto?
        Il museo apre a mezzogiorno.
        Perché state ridendo?
        Il giardino della nonna è pieno di rose.
        Abbiamo perso l'ultimo autobus.
        Posso pagare con la carta?
        Buon Natale a tutta la famiglia.
    """,
    "sv": """
        Hur mår du idag?
        Tack så mycket för hjälpen.
        Var ligger stationen?
    """,
    "da": """
        Tusind tak for hjælpen.
    """,
    "nb": """
        Hvor ligger stasjonen?
        Tusen takk for hjelpen.
    """,
    "fi": """
        Mitä kuuluu?
        Kiitos paljon avusta.
        Missä on rautatieasema?
    """,
    "pl": """
        Jak się masz?
        Gdzie jest dworzec?
        Wszystkiego najlepszego!
    """,
    "cs": """
        Jak se máte?
        Kde je nádraží?
        Děkuji za pomoc.
    """,
    "hu": """
        Hogy vagy ma?
        Hol van az állomás?
        Köszönöm a segítséget.
    """,
    "ro": """
        Ce mai faci?
        Unde este gara?
        Mulțumesc pentru ajutor.
    """,
    "tr": """
        Nasılsınız bugün?
        Tren istasyonu nerede?
        Doğum günün kutlu olsun!
    """,
    "id": """
        Apa kabar hari ini?
        Di mana stasiun kereta?
        Selamat ulang tahun!
    """,
    "vi": """
        Bạn có khỏe không?
    """,
    "ru": """
        Как у тебя дела?
    """,
    "uk": """
        Як у тебе справи?
    """,
    "ca": """
        Com estàs avui?
    """,
}
"""Language -> greetings, questions, titles and plain sentences, one a line."""

LARGE = ("en", "de", "fr", "es", "pt", "it", "nl")


def told_wrong(tags: Iterable[str]) -> list[tuple[str, str, str]]:
    lines = ((tag, line.strip()) for tag in tags for line in EVERYDAY[tag].strip().splitlines())
    return [(tag, found, line) for tag, line in lines if (found := detect(line)) != tag]


def test_everyday_sentences_of_large_languages_tell_theirs() -> None:
    assert told_wrong(LARGE) == []


def test_everyday_sentences_of_other_languages_nearly_always_tell_theirs() -> None:
    others = EVERYDAY.keys() - set(LARGE)
    assert len(others) >= 13
    assert len(told_wrong(sorted(others))) <= 1


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "OK",
        "Xyzzy",
        "www.example.com",
        "https://example.pt/olá",
        "ana@exemplo.com.br",
        "1234567890 3.14159 -7 1e10 007",
    ],
)
def test_a_text_that_tells_nothing_is_taken_for_english(text: str) -> None:
    assert detect(text) == "en"


def test_a_foreign_name_does_not_turn_a_sentence() -> None:
    assert detect("The composer Antonín Dvořák was born in Nelahozeves, and he died in Prague.") == "en"
    assert detect("Привет, меня зовут John Smith, и я из London.") == "ru"
    assert detect("これは iPhone 15 Pro Max です。") == "ja"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("de", "Mehr dazu steht auf www.example.com/the-whole-story-of-the-house oder bei the.house@example.com."),
        ("ru", "Смотри https://example.com/a/very/long/path/to/the/page"),
        ("zh-CN", "访问www.example.com吧"),
        ("de", "Guten Morgen.Wie geht es dir?"),
    ],
)
def test_addresses_belong_to_no_language(tag: str, text: str) -> None:
    assert detect(text) == tag


def test_capitals_throughout_tell_their_language_too() -> None:
    assert [detect(text) for text in ("BONJOUR TOUT LE MONDE", "GUTEN TAG ZUSAMMEN")] == ["fr", "de"]
