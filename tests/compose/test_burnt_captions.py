from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib import get_data_path

from talking.compose import fonts
from talking.compose.captions import BurntCaptions, burn_captions, plan_captions
from talking.compose.fonts import FontFile, choose_fonts, is_rtl, lacking
from talking.compose.planes import Size, views
from talking.compose.typeset import set_line
from talking.errors import Unavailable
from talking.types import FPS, Face, Frame, Mark, Speech

SIZE = Size(480, 320)
NOWHERE: tuple[Path, ...] = ()
"""No fonts but the one that an installed package carries."""

DEJAVU = FontFile(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf")
STIX = FontFile(Path(get_data_path()) / "fonts" / "ttf" / "STIXGeneral.ttf")


def spoken(text: str, *, pause: float = 0.0, language: str = "en") -> Speech:
    """A speech of one word every .4 s, with a pause after each sentence."""
    marks, clock = [], 0.2
    for word in text.split():
        marks.append(Mark(clock, clock + 0.4, word, "word"))
        clock += 0.4 + pause * word.endswith(".")
    return Speech(np.zeros(round(16_000 * (clock + 0.5)), np.float32), 16_000, tuple(marks), text, language)


def grey(size: Size, level: int = 120) -> Frame:
    frame = np.full(size.frame, 128, np.uint8)
    frame[: size.height] = level
    return frame


def film(plan: BurntCaptions, num_frames: int) -> list[Frame]:
    return [frame.copy() for frame in burn_captions(iter([grey(plan.size)] * num_frames), plan)]


def inked(frame: Frame, size: Size) -> tuple[int, int, int, int]:
    """x0 y0 x1 y1 of the letters."""
    rows, columns = np.nonzero(frame[: size.height] > 200)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def test_captions_show_while_their_words_are_said() -> None:
    plan = plan_captions(spoken("Good morning. See you.", pause=2.0), SIZE, folders=NOWHERE)
    first, second = plan.cues
    frames = film(plan, 120)
    shown = [not np.array_equal(frame, grey(SIZE)) for frame in frames]
    expected = [any(round(cue.start * FPS) <= i < round(cue.end * FPS) for cue in plan.cues) for i in range(120)]
    assert shown == expected and sum(shown) > 20
    assert not np.array_equal(frames[round(first.start * FPS)], frames[round(second.start * FPS)])


@pytest.mark.parametrize("size", [Size(640, 360), Size(360, 640), Size(320, 320), Size(128, 96)], ids=str)
def test_letters_are_white_on_dark_within_the_safe_area(size: Size) -> None:
    plan = plan_captions(spoken("Good evening and welcome to the programme tonight everybody"), size, folders=NOWHERE)
    for cue in plan.cues:
        assert len(cue.lines) <= 2
        frame = film(plan, round(cue.start * FPS) + 1)[-1]
        x0, y0, x1, y1 = inked(frame, size)
        assert x0 > 0.04 * size.width and x1 < 0.96 * size.width and y0 > 0.6 * size.height
        assert abs((x0 + x1) / 2 - size.width / 2) < 0.02 * size.width + 2
        assert y1 < (0.93 if size.height > size.width else 0.98) * size.height
        assert frame[: size.height].max() >= 230 and frame[: size.height].min() < 40
        assert np.abs(frame[size.height :].astype(int) - 128).max() <= 1, "no colours"
    assert bool(plan.notes) == (size.height == 96)


def test_captions_go_to_the_top_when_they_would_hide_the_mouth() -> None:
    speech = spoken("Good evening and welcome to the programme tonight everybody")
    landmarks = np.zeros((478, 3), np.float32)
    for middle, above in ((120, False), (270, True), (60, False)):
        landmarks[[0, 17, 152], 1] = middle - 10, middle + 10, middle + 60
        face = Face(np.zeros(4, np.float32), 1.0, landmarks)
        plan = plan_captions(speech, SIZE, face=face, folders=NOWHERE)
        _, y0, _, y1 = inked(film(plan, round(plan.cues[0].start * FPS) + 1)[-1], SIZE)
        assert plan.above == above and (y1 < 70 if above else y0 > 240) and y0 >= 10
    landmarks[[0, 17, 152], 1] = 20, 260, 320  # a mouth that fills the picture cannot be spared
    assert not plan_captions(speech, SIZE, face=Face(np.zeros(4, np.float32), 1.0, landmarks), folders=NOWHERE).above


def test_nothing_beyond_the_words_changes() -> None:
    plan = plan_captions(spoken("Hello."), SIZE, folders=NOWHERE)
    before = np.random.default_rng(0).integers(20, 200, SIZE.frame, dtype=np.uint8)
    at = round(plan.cues[0].start * FPS)
    *_, after = burn_captions(iter([before] * (at + 1)), plan)
    for plane, now in zip(views(before, SIZE), views(after, SIZE), strict=True):
        rows, columns = np.nonzero(plane != now)
        assert rows.min() > 0.8 * plane.shape[0]
        assert columns.min() > 0.35 * plane.shape[1] and columns.max() < 0.65 * plane.shape[1]


def test_captions_cover_the_transparency_of_a_cutout() -> None:
    plan = plan_captions(spoken("Hello."), SIZE, folders=NOWHERE)
    cutout = np.concatenate([grey(SIZE, 16), np.zeros((SIZE.height, SIZE.width), np.uint8)])
    at = round(plan.cues[0].start * FPS)
    *_, after = burn_captions(iter([cutout] * (at + 1)), plan)
    luma, _, _, alpha = views(after, SIZE)
    assert alpha[luma > 200].min() > 200 and (alpha > 0).mean() < 0.1


def test_small_films_get_shorter_lines_of_the_same_words() -> None:
    speech = spoken("The quick brown fox jumps over the lazy dog and then it goes home again.")
    wide, narrow = (plan_captions(speech, size, folders=NOWHERE) for size in (Size(1280, 720), Size(360, 640)))
    lines = [[line for cue in plan.cues for line in cue.lines] for plan in (wide, narrow)]
    assert max(map(len, lines[1])) < 28 < max(map(len, lines[0]))
    assert " ".join(lines[0]) == " ".join(lines[1]) == speech.text


def test_speech_without_words_is_reported_and_frames_come_through() -> None:
    plan = plan_captions(Speech(np.zeros(16_000, np.float32), 16_000), SIZE)
    assert plan.cues == () and "No words are known" in plan.notes[0]
    frames = iter([grey(SIZE)])
    assert burn_captions(frames, plan) is frames
    assert burn_captions(frames, None) is frames


def test_words_that_no_font_has_are_refused_before_anything_is_drawn() -> None:
    with pytest.raises(Unavailable, match=r"No font on this computer has the letters.*such as . . ..*Noto Sans"):
        plan_captions(spoken("今日は 晴れです"), SIZE, folders=NOWHERE)


def test_signs_that_no_font_has_are_left_out_and_named() -> None:
    plan = plan_captions(spoken("Hello 🦄 there."), SIZE, folders=NOWHERE)
    assert plan.notes == ("The captions in the picture leave out signs that no font on this computer has: 🦄",)
    with_sign, without = (set_line(text, plan.fonts, 20) for text in ("Hello 🦄there", "Hello there"))
    assert with_sign.width == without.width


def test_a_font_of_nothing_but_boxes_has_no_letters(tmp_path: Path) -> None:
    sham = Path(get_data_path()) / "fonts" / "ttf" / "LastResortHE-Regular.ttf"
    (tmp_path / "LastResort.ttf").write_bytes(sham.read_bytes())
    with pytest.raises(Unavailable, match="漢"):
        choose_fonts("漢", folders=(tmp_path,))


def test_fonts_of_the_computer_fill_the_gaps(tmp_path: Path) -> None:
    letter = "\N{MATHEMATICAL BOLD CAPITAL A}"
    assert lacking(STIX, "Aé") == set() and lacking(DEJAVU, "AéЖאب") == set()
    assert lacking(DEJAVU, "漢a") == {"漢"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "STIX.ttf").write_bytes(STIX.path.read_bytes())
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    known = lacking(DEJAVU, "ﬀ\u2e18\u2ac5" + letter) - lacking(STIX, "ﬀ\u2e18\u2ac5" + letter)
    text = "Hi " + "".join(known)
    chosen = choose_fonts(text, folders=(tmp_path,))
    assert known and [font.path.stem for font in chosen] == ["DejaVuSans-Bold", "STIX"]
    line = set_line(text, chosen, 20)
    assert [run for run, _ in line.runs] == ["Hi ", "".join(known)]


def test_scripts_from_right_to_left_are_joined_and_ordered() -> None:
    assert is_rtl("שלום world") and is_rtl("(2026) مرحبا") and not is_rtl("Hello שלום") and not is_rtl("42")
    joined, apart = (set_line(text, (DEJAVU,), 40) for text in ("بيت", "ب ي ت"))
    assert joined.direction == "rtl" and joined.width < 0.8 * apart.width
    plan = plan_captions(spoken("שלום ל-CNN.", language="he"), SIZE, folders=NOWHERE)
    frame = film(plan, round(plan.cues[0].start * FPS) + 1)[-1]
    x0, y0, _, y1 = inked(frame, SIZE)
    last = frame[y0:y1, x0 : x0 + 6] > 200
    assert last.any() and not last[: (y1 - y0) // 2].any(), "the full stop stands on the left"


def test_without_shaping_such_scripts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "has_shaping", lambda: False)
    assert choose_fonts("Grüße") == (DEJAVU,)
    with pytest.raises(Unavailable, match="libraqm"):
        choose_fonts("مرحبا")


def test_frames_are_closed(watched: Callable[..., object]) -> None:
    plan = plan_captions(spoken("Hello."), SIZE, folders=NOWHERE)
    source = watched([grey(SIZE)] * 20)
    frames = burn_captions(source, plan)  # type: ignore[arg-type]
    for _ in range(10):
        next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert source.closed  # type: ignore[attr-defined]
