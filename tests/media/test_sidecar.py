"""Caption files beside a video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talking.errors import OutputError
from talking.media.captions import srt, vtt
from talking.media.sidecar import check_captions, stale_captions, write_captions
from talking.types import Mark, Speech


@pytest.fixture
def speech() -> Speech:
    marks = (Mark(0.1, 0.5, "Grüße", "word"), Mark(0.5, 0.9, "你好", "word"))
    return Speech(np.zeros(8000, np.float32), 8000, marks, "Grüße, 你好!")


def test_both_kinds_stand_beside_the_video(tmp_path: Path, speech: Speech) -> None:
    written = write_captions(speech, tmp_path / "my.talk.mp4")
    assert [path.name for path in written] == ["my.talk.srt", "my.talk.vtt"]
    assert [path.read_bytes().decode() for path in written] == [srt(speech), vtt(speech)]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    again = write_captions(speech, tmp_path / "my.talk.webm")
    assert again == written and len(list(tmp_path.iterdir())) == 2


def test_without_words_nothing_is_written(tmp_path: Path) -> None:
    assert write_captions(Speech(np.zeros(8000, np.float32), 8000), tmp_path / "talk.mp4") == ()
    assert not list(tmp_path.iterdir())


def test_captions_of_another_film_are_told(tmp_path: Path, speech: Speech) -> None:
    film = tmp_path / "talk.mp4"
    written = write_captions(speech, film)
    assert stale_captions(film, written) == ()
    notes = stale_captions(film, written[:1])
    assert len(notes) == 1 and "'talk.vtt'" in notes[0]
    assert stale_captions(tmp_path / "other.mp4", ()) == ()


def test_what_cannot_be_written_is_said(tmp_path: Path, speech: Speech) -> None:
    (tmp_path / "talk.vtt").mkdir()
    for attempt in (lambda path: write_captions(speech, path), check_captions):
        with pytest.raises(OutputError, match=r"'talk\.vtt' is there already and is not a file"):
            attempt(tmp_path / "talk.mp4")
        with pytest.raises(OutputError, match="no folder 'nowhere' to write the caption file to"):
            attempt(tmp_path / "nowhere" / "talk.mp4")
    with pytest.raises(OutputError, match="caption file may not be written there"):
        check_captions(Path("/sys/talk.mp4"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk.srt", "talk.vtt"]


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    check_captions(tmp_path / "talk.mp4")
    assert not list(tmp_path.iterdir())
