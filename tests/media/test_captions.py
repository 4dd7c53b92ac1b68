from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pytest

from talking.media.captions import LINE_WIDTH, MAX_SECONDS, MIN_SECONDS, WIDE_LINE_WIDTH, Cue, cues, srt, vtt
from talking.types import Mark, Speech

ENGLISH = (
    'He said: "Don\'t go!" (Really?) In 1999, Dr. Smith bought 3.14 kg of well-known, state-of-the-art apples – and '
    "then, without any hesitation, he walked home through the rain. Yes. No. The end."
)
CHINESE = (
    "今天天气很好，我们一起去公园散步吧！他说：“你好，世界。”"
    "使用Python的人越来越多，因为它简单、强大，而且有很多库可以使用。"
)
CHINESE_WORDS = (
    "今天 天气 很好 我们 一起 去 公园 散步 吧 他 说 你好 世界 "
    "使用 Python 的 人 越来越 多 因为 它 简单 强大 而且 有 很多 库 可以 使用"
)


def spoken(text: str, words: Sequence[str], gap: float = 0.0, pause_after: Sequence[str] = ()) -> Speech:
    """Speech whose words take time by their length; the ones named are followed by a second of silence."""
    marks, clock = [], 0.1
    for word in words:
        length = 0.22 * len(word) if ord(word[0]) > 0x3000 else 0.06 * len(word) + 0.1
        marks.append(Mark(clock, clock + length, word, "word"))
        clock += length + gap + (1.0 if word in pause_after else 0.0)
    return Speech(np.zeros(round((clock + 0.3) * 8000), np.float32), 8000, tuple(marks), text)


def bare(text: str) -> list[str]:
    """Words as voices report them: without what stands around them."""
    return [word for word in (part.strip(".,;:!?()\"'–…«»¿¡") for part in text.split()) if word]


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def shown(found: Sequence[Cue], between: str = " ") -> str:
    return between.join(line for cue in found for line in cue.lines)


def check(found: Sequence[Cue], limit: int = LINE_WIDTH) -> None:
    assert found
    for cue in found:
        assert 1 <= len(cue.lines) <= 2
        assert all(line and line == line.strip() and columns(line) <= limit for line in cue.lines)
        assert 0 <= cue.start < cue.end
    for cue, following in itertools.pairwise(found):
        assert cue.end <= following.start


def test_narrow_pictures_get_shorter_lines() -> None:
    wide = cues(spoken(ENGLISH, bare(ENGLISH)))
    for limit in (24, 16):
        narrow = cues(spoken(ENGLISH, bare(ENGLISH)), columns=limit)
        check(narrow, limit)
        assert shown(narrow).replace(" ", "") == shown(wide).replace(" ", "")
        assert len(narrow) > len(wide)
    assert cues(spoken(ENGLISH, bare(ENGLISH)), columns=1000) == wide


def test_no_words_no_captions() -> None:
    phones = Speech(np.zeros(800, np.float32), 8000, (Mark(0, 0.1, "a", "phone"),), "hello")
    for speech in (phones, spoken("hello", []), spoken("", ["—"])):
        assert srt(speech) == vtt(speech) == ""


def test_formats() -> None:
    speech = spoken("Hello, world.", ["Hello", "world"])
    assert srt(speech) == "1\n00:00:00,100 --> 00:00:01,200\nHello, world.\n"
    assert vtt(speech) == "WEBVTT\n\n00:00:00.100 --> 00:00:01.200\nHello, world.\n"
    two = spoken("Hello. World again.", ["Hello", "World", "again"], pause_after=["Hello"])
    assert re.fullmatch(r"1\n[\d:,]+ --> [\d:,]+\nHello\.\n\n2\n[\d:,]+ --> [\d:,]+\nWorld again\.\n", srt(two))


def test_times_beyond_an_hour() -> None:
    mark = Mark(3725.0, 3726.0005, "late", "word")
    assert "01:02:05,000 --> 01:02:06," in srt(Speech(np.zeros(1, np.float32), 8000, (mark,)))


def test_all_of_the_text_with_its_punctuation() -> None:
    found = cues(spoken(ENGLISH, bare(ENGLISH)))
    check(found)
    assert shown(found) == ENGLISH
    assert found[0].lines == ('He said: "Don\'t go!" (Really?)',)
    assert found[1].lines[0].startswith("In 1999, Dr. Smith bought 3.14 kg")


def test_words_said_otherwise_than_written() -> None:
    words = bare(ENGLISH)
    at = words.index("1999")
    words[at : at + 1] = ["nineteen", "ninety", "nine"]
    words[words.index("Dr")] = "doctor"
    speech = spoken(ENGLISH, words)
    assert shown(cues(speech)) == ENGLISH
    walked = next(mark for mark in speech.marks if mark.text == "walked")
    cue = next(cue for cue in cues(speech) if "walked" in shown([cue]))
    assert cue.start <= walked.start < walked.end <= cue.end


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.6])
def test_lost_and_wrong_marks(share: float) -> None:
    rng = np.random.default_rng(3)
    words = bare(ENGLISH)
    full = spoken(ENGLISH, words)
    kept = [mark for mark in full.marks if rng.random() >= share / 2]
    noisy = [Mark(m.start, m.end, "xyz" if rng.random() < share / 2 else m.text, "word") for m in kept]
    found = cues(Speech(full.samples, full.rate, tuple(noisy), ENGLISH))
    check(found)
    assert shown(found) == ENGLISH


def test_marks_that_end_half_way_share_out_the_rest() -> None:
    full = spoken(ENGLISH, bare(ENGLISH))
    found = cues(Speech(full.samples, full.rate, full.marks[:8], ENGLISH))
    check(found)
    assert shown(found) == ENGLISH
    assert found[-1].start > 0.6 * full.duration


def test_disordered_and_overlapping_marks() -> None:
    marks = (Mark(1.0, 2.0, "one", "word"), Mark(0.5, 1.5, "two", "word"), Mark(1.8, 1.7, "three", "word"))
    found = cues(Speech(np.zeros(8000 * 3, np.float32), 8000, marks, "One. Two. Three."))
    check(found)
    assert shown(found) == "One. Two. Three."


def test_without_a_text_the_words_are_shown() -> None:
    found = cues(spoken("", bare(ENGLISH)))
    check(found)
    assert shown(found) == " ".join(bare(ENGLISH))


def test_sentences_and_pauses_end_cues() -> None:
    found = cues(spoken("One two three four. Five six seven eight.", bare("One two three four. Five six seven eight.")))
    assert [cue.lines for cue in found] == [("One two three four.",), ("Five six seven eight.",)]
    words = bare("this goes on after a long pause")
    paused = cues(spoken(" ".join(words), words, pause_after=["after"]))
    assert [cue.lines for cue in paused] == [("this goes on after",), ("a long pause",)]


def test_a_dot_without_a_pause_ends_nothing() -> None:
    for text in ("Am 24.12. um 18:30 Uhr, z. B. hier.", "Dr. A. Smith came."):
        assert [cue.lines for cue in cues(spoken(text, bare(text)))] == [(text,)]


def test_long_sentences_break_at_commas_into_even_lines() -> None:
    text = (
        "When the rain had stopped at last and the birds were singing, "
        "we went down to the old harbour to see the ships."
    )
    found = cues(spoken(text, bare(text)))
    assert [shown([cue]) for cue in found] == [
        "When the rain had stopped at last and the birds were singing,",
        "we went down to the old harbour to see the ships.",
    ]
    assert all(abs(len(cue.lines[0]) - len(cue.lines[1])) <= 12 for cue in found)


def test_cues_stay_long_enough_to_be_read() -> None:
    alone = cues(spoken("Hi.", ["Hi"]))[0]
    assert alone.end - alone.start >= 0.5
    fast = cues(spoken("No. No. No. Yes.", ["No", "No", "No", "Yes"]))
    assert [cue.lines for cue in fast] == [("No. No. No. Yes.",)]
    for cue in cues(spoken(ENGLISH, bare(ENGLISH))):
        assert MIN_SECONDS <= cue.end - cue.start <= MAX_SECONDS + 0.5
    late = cues(spoken("Go! Now.", ["Go", "Now"], pause_after=["Go"]))
    assert late[0].end - late[0].start >= MIN_SECONDS


def test_slow_speech_is_cut_by_time() -> None:
    words = bare("these words are spoken very slowly")
    found = cues(spoken(" ".join(words), words, gap=2.0))
    assert len(found) == len(words)
    assert max(cue.end - cue.start for cue in found) <= MAX_SECONDS


def test_chinese() -> None:
    found = cues(spoken(CHINESE, CHINESE_WORDS.split()))
    check(found, WIDE_LINE_WIDTH)
    assert shown(found, "") == CHINESE
    assert found[0].lines == ("今天天气很好，我们一起去公园散步吧！",)
    assert not any(line[0] in "，。！、”" for cue in found for line in cue.lines)
    assert not any(line.endswith("“") for cue in found for line in cue.lines)


def test_chinese_lines_end_between_words() -> None:
    words = CHINESE_WORDS.split()
    found = cues(spoken("", words))
    check(found, WIDE_LINE_WIDTH)
    ends = {len("".join(words[:at])) for at in range(len(words) + 1)}
    length = 0
    for cue in found:
        for line in cue.lines:
            length += len(line.replace(" ", ""))
            assert length in ends


def test_one_mark_for_a_whole_chinese_sentence() -> None:
    sentence = "我" * 50 + "，" + "你" * 30
    found = cues(spoken(sentence, [sentence]))
    check(found, WIDE_LINE_WIDTH)
    assert shown(found, "") == sentence


@pytest.mark.parametrize(
    ("text", "words", "limit"),
    [
        ("東京は日本の首都です。とても大きいです。", "東京 は 日本 の 首都 です とても 大きい です", WIDE_LINE_WIDTH),
        ("안녕하세요, 오늘은 날씨가 좋습니다.", "안녕하세요 오늘은 날씨가 좋습니다", WIDE_LINE_WIDTH),
        ("สวัสดีครับ ยินดีที่ได้รู้จัก", "สวัสดี ครับ ยินดี ที่ ได้ รู้จัก", LINE_WIDTH),
        ("नमस्ते दुनिया, यह एक परीक्षण है।", "नमस्ते दुनिया यह एक परीक्षण है", LINE_WIDTH),
        ("مرحبا، كيف حالك اليوم؟", "مرحبا كيف حالك اليوم", LINE_WIDTH),
        ("¿Cómo estás? ¡Muy bien, «señor» Núñez!", "Cómo estás Muy bien señor Núñez", LINE_WIDTH),
        ("L'été n'est pas fini : c'est l'automne !", "L'été n'est pas fini c'est l'automne", LINE_WIDTH),
    ],
)
def test_languages(text: str, words: str, limit: int) -> None:
    found = cues(spoken(text, words.split()))
    check(found, limit)
    between = "" if limit == WIDE_LINE_WIDTH and " " not in text else " "
    assert shown(found, between) == text


def test_a_word_longer_than_a_line() -> None:
    long = "x" * 200
    found = cues(spoken(f"See {long} now.", ["See", long, "now"]))
    check(found)
    assert shown(found, "").replace(" ", "").replace("-", "") == f"See{long}now."


def test_text_that_looks_like_markup() -> None:
    text = "a --> b\n\n3 <i>&amp; c\u0000\u202e d"
    speech = spoken(text, ["a", "b", "3", "i", "amp", "c", "d"])
    assert srt(speech).splitlines()[2] == "a → b 3 <i>&amp; c d"
    assert vtt(speech).splitlines()[3] == "a → b 3 &lt;i&gt;&amp;amp; c d"


def test_an_hour_of_text_is_quick() -> None:
    words = [f"word{index % 97}" for index in range(7000)]
    text = " ".join(words)
    found = cues(spoken(text, words[::2]))
    check(found)
    assert shown(found) == text


def test_a_long_word_is_parted_with_a_hyphen_and_what_is_not_letters_without() -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    lines = [line for cue in cues(spoken(long, [long])) for line in cue.lines]
    assert len(lines) >= 2 and all(line.endswith("-") for line in lines[:-1])
    assert "".join(line.removesuffix("-") for line in lines) == long
    assert max(map(len, lines)) <= LINE_WIDTH
    number = "1234567890" * 9
    assert "-" not in srt(spoken(number, [number])).replace("-->", "")
