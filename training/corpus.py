"""What is spoken for training and for testing, and by whom."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random

from texts import sentences
from variants import BOLD, DRAWN, LEFT_OUT, SHELF
from voices import Order, Utterance, speak

RECORDED: tuple[tuple[str, str, str, int], ...] = (
    ("flite", "slt", "en", 500),
    ("flite", "rms", "en", 500),
    ("flite", "kal16", "en", 120),
    ("festival", "ked_diphone", "en", 250),
    ("festival", "cmu_us_slt_arctic_hts", "en", 120),
    ("festival", "pc_diphone", "it", 130),
    ("festival", "lp_diphone", "it", 130),
    ("festival", "czech_dita", "cs", 130),
    ("festival", "czech_machac", "cs", 130),
    ("festival", "czech_ph", "cs", 130),
    ("festival", "suo_fi_lj_diphone", "fi", 130),
    ("festival", "hy_fi_mv_diphone", "fi", 130),
    ("festival", "upc_ca_ona_hts", "ca", 150),
    ("festival", "hindi_NSK_diphone", "hi", 100),
    ("festival", "telugu_NSK_diphone", "te", 80),
    ("festival", "msu_ru_nsh_clunits", "ru", 300),
)
"""Voices cut or trained from recordings of people: synthesiser, voice, language, number of utterances."""

ENGLISH = ("en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc", "en-029", "en-gb-x-gbcwmd")
FOREIGN = {
    "de": "de",
    "es": "es-419",
    "fr": "fr",
    "zh": "cmn",
    "ru": "ru",
    "pt": "pt-br",
    "cs": "cs",
    "bg": "bg",
    "ca": "ca",
}
"""espeak voice by language of the text."""

_NAMES = """
Alex Alicia Andrea Denis Diogo Gene Henrique Hugo Jacky Marco Michael Mike Reed RicishayMax adam anika announcer
antonio belinda benjamin boris caleb david ed edward f1 f2 f3 f5 grandma gustave ian iven john kaukovalta klatt klatt3
linda m1 m2 m3 m4 m5 m6 m8 marcelo max michel miguel pablo paul pedro quincy rob robert sandro shelby steph travis
victor
"""
VARIANTS = tuple(_NAMES.split())
"""espeak variants used for training; those of TESTS are not among them."""

_ODD_NAMES = """
Andy Annie AnxiousAndy Demonic Gene2 Mario Nguyen RicishayMax2 RicishayMax3 Storm Tweaky UniRobot anikaRobot croak
edward2 grandpa iven2 iven3 iven4 klatt2 klatt4 klatt5 klatt6 mike2 robosoft robosoft3 robosoft5 robosoft7 steph2
steph3 zac whisper
"""
ODD = tuple(_ODD_NAMES.split())
"""Further espeak variants, mostly robots and caricatures; for the later stages of training."""

VALIDATION = (("Mr serious", "robosoft2", "robosoft6", "whisperf"), tuple(f"drawn{190 + i}" for i in range(6)))
"""espeak variants that neither training nor a test uses."""

TESTS: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "espeak en": tuple(
        ("espeak", f"{voice}", "en", 5)
        for voice in ("en-us+f4", "en+m7", "en-us+Lee", "en-gb-scotland+aunty", "en-us+norbert")
    ),
    "espeak multi": (
        ("espeak", "it+f4", "it", 6),
        ("espeak", "pl+m7", "pl", 6),
        ("espeak", "de+Lee", "de", 6),
        ("espeak", "cmn+aunty", "zh", 6),
    ),
    "flite": (("flite", "awb", "en", 20),),
    "festival": (("festival", "kal_diphone", "en", 20),),
    "festival cs": (("festival", "czech_krb", "cs", 20),),
}
"""Voices that take no part in training or validation, with sentences that take no part either. espeak never speaks
Italian or Polish in training; czech_krb is a child."""

DEFORMED = ("Lee", "norbert")
"""Variants among TESTS that no throat could have: a third formant at 9 % of its place, a second one at 75 %."""

NO_TEXT = {"fi": "it"}
"""Languages spoken with the text of another: Finnish voices read any Latin letters."""


def training_orders() -> list[list[Order]]:
    """All utterances to train on, in lists that share a synthesiser and a voice."""
    rng = Random(3)
    batches: list[list[Order]] = []
    for synthesiser, voice, language, count in RECORDED:
        texts = _some(rng, language, count, held_out=False)
        batches.append([Order(synthesiser, voice, text, speed=rng.uniform(0.8, 1.25)) for text in texts])
    wanted = [(rng.choice(ENGLISH), text) for text in _some(rng, "en", 900, held_out=False)]
    for language, voice in FOREIGN.items():
        wanted += [(voice, text) for text in _some(rng, language, 100, held_out=False)]
    batches.append([_espeak_order(rng, f"{voice}+{rng.choice(VARIANTS)}", text) for voice, text in wanted])
    return batches


def odd_orders() -> list[list[Order]]:
    """What the third stage of training hears besides: espeak with odd and, four times as often, with drawn voices."""
    rng = Random(9)
    wanted = [(rng.choice(ENGLISH), text) for text in _some(rng, "en", 1500, held_out=False)]
    for language, voice in FOREIGN.items():
        wanted += [(voice, text) for text in _some(rng, language, 100, held_out=False)]
    odd = [_espeak_order(rng, f"{voice}+{rng.choice(ODD)}", text) for voice, text in wanted[::5]]
    rest = [pair for i, pair in enumerate(wanted) if i % 5]
    return [odd, [_espeak_order(rng, f"{voice}+drawn{rng.randrange(DRAWN - LEFT_OUT)}", text) for voice, text in rest]]


def bold_orders() -> list[list[Order]]:
    """What the fourth stage hears besides: sentences said by the boldly drawn voices, shelf by shelf."""
    rng = Random(13)
    wanted = [(rng.choice(ENGLISH), text) for text in _some(rng, "en", 2400, held_out=False)]
    for language, voice in FOREIGN.items():
        wanted += [(voice, text) for text in _some(rng, language, 60, held_out=False)]
    rng.shuffle(wanted)
    shelves = BOLD // SHELF
    return [
        [
            _espeak_order(rng, f"{voice}+drawn{DRAWN + shelf * SHELF + rng.randrange(SHELF)}", text)
            for voice, text in wanted[shelf::shelves]
        ]
        for shelf in range(shelves)
    ]


def validation_orders() -> list[list[Order]]:
    """What choices between networks and of decoding are made by: sentences of neither training nor tests, said by
    espeak's left-out variants and by all recorded voices."""
    rng = Random(77)
    tested = {order.text for name in TESTS for batch in test_orders(name) for order in batch}

    def some(language: str, count: int) -> list[str]:
        texts = sentences(NO_TEXT.get(language, language), held_out=True)
        return rng.sample([text for text in texts if text not in tested], count)

    batches: list[list[Order]] = []
    for names in VALIDATION:
        wanted = [(f"en-us+{name}", text) for name in names for text in some("en", 3)]
        for language in ("de", "es", "zh", "ru"):
            voice = FOREIGN[language]
            wanted += [(f"{voice}+{name}", text) for name in names[::2] for text in some(language, 2)]
        batches.append([Order("espeak", voice, text, speed=rng.uniform(0.8, 1.2)) for voice, text in wanted])
    batches += [[Order(kind, voice, text) for text in some(language, 6)] for kind, voice, language, _ in RECORDED]
    return batches


def test_orders(name: str) -> list[list[Order]]:
    """The utterances of one test set."""
    rng = Random(5)
    batches: list[list[Order]] = []
    for synthesiser, voice, language, count in TESTS[name]:
        texts = _some(rng, language, count, held_out=True)
        if synthesiser == "espeak":
            batches.append([Order(synthesiser, voice, text, speed=rng.uniform(0.8, 1.2)) for text in texts])
        else:
            batches.append([Order(synthesiser, voice, text) for text in texts])
    return batches


def synthesise(batches: Iterable[Sequence[Order]], workers: int) -> list[list[Utterance]]:
    """Speak all batches, each in a process of its own."""
    with ProcessPoolExecutor(workers, max_tasks_per_child=1) as pool:
        return list(pool.map(_speak_all, batches))


def load(path: Path) -> list[list[Utterance]]:
    """Utterances by voice, as `save` wrote them."""
    with path.open("rb") as file:
        stored: list[list[Utterance]] = pickle.load(file)
    return stored


def save(path: Path, utterances: list[list[Utterance]]) -> None:
    """Keep utterances for the next run."""
    with path.open("wb") as file:
        pickle.dump(utterances, file)


def _some(rng: Random, language: str, count: int, *, held_out: bool) -> list[str]:
    texts = sentences(NO_TEXT.get(language, language), held_out=held_out)
    return rng.sample(texts, min(count, len(texts)))


def _espeak_order(rng: Random, voice: str, text: str) -> Order:
    return Order(
        "espeak", voice, text, speed=rng.uniform(0.7, 1.3), pitch=rng.randint(25, 80), span=rng.randint(20, 80)
    )


def _speak_all(orders: Sequence[Order]) -> list[Utterance]:
    return list(speak(orders))
