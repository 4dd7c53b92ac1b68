"""Captions inside a video, for players to show on demand: timed text in MP4 and MOV, WebVTT in WebM."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
from av.container import OutputContainer
from av.stream import Disposition, Stream

from talking.media.captions import Cue, cues, escaped, milliseconds, plain
from talking.media.formats import Format
from talking.types import FPS, Speech

_MILLISECONDS = Fraction(1, 1000)

_CODES = """
aa aar ab abk af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel bg bul bh bih bi bis bm bam
bn ben bo bod br bre bs bos ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym da dan de deu dv div dz dzo
ee ewe el ell en eng eo epo es spa et est eu eus fa fas ff ful fi fin fj fij fo fao fr fra fy fry ga gle gd gla gl glg
gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye hz her ia ina id ind ie ile ig ibo ii iii
ik ipk io ido is isl it ita iu iku ja jpn jv jav ka kat kg kon ki kik kj kua kk kaz kl kal km khm kn kan ko kor kr kau
ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim ln lin lo lao lt lit lu lub lv lav mg mlg mh mah mi mri
mk mkd ml mal mn mon mr mar ms msa mt mlt my mya na nau nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl nv nav
ny nya oc oci oj oji om orm or ori os oss pa pan pi pli pl pol ps pus pt por qu que rm roh rn run ro ron ru rus rw kin
sa san sc srd sd snd se sme sg sag si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp ss ssw st sot su sun sv swe
sw swa ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig uk ukr
ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor za zha zh zho zu zul
"""

_ISO_639_2 = dict(zip(_CODES.split()[::2], _CODES.split()[1::2], strict=True))
"""Two-letter codes (ISO 639-1) -> three letters (ISO 639-2/T), which containers want."""

# MOV has numbers of its own for languages (QuickTime File Format, "Language code values"), which FFmpeg looks up by
# these spellings where they differ. A language without a number stays untagged.
_QUICKTIME = {
    "cym": "wel",
    "deu": "ger",
    "ell": "gre",
    "eus": "baq",
    "fao": "fo ",
    "gle": "iri",
    "hrv": "hr ",
    "hye": "arm",
    "isl": "ice",
    "kat": "geo",
    "mkd": "mac",
    "msa": "may",
    "mya": "bur",
    "nld": "dut",
    "nob": "nor",
    "pan": "pa ",
    "sqi": "alb",
    "srp": "sr ",
    "swe": "sve",
    "zho": "chi",
}

_STYLE = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
"""White letters at the bottom, from which the encoder makes the description that MP4 players need (a tx3g box)."""


class SoftTrack:
    """A stream of captions in an open container that is filled in step with the picture."""

    def __init__(self, container: OutputContainer, form: Format, speech: Speech, num_frames: int) -> None:
        """Add the stream. Cues end with the picture at the latest."""
        self._container = container
        self._last = num_frames * 1000 // FPS
        self._form = form
        self._waiting = [cue for cue in cues(speech) if milliseconds(cue.start) < self._last][::-1]
        self._stream: Stream
        if form.captions == "mov_text":
            self._stream = container.add_stream("mov_text")
            self._stream.codec_context.subtitle_header = _STYLE
            self._stream.codec_context.time_base = _MILLISECONDS
        else:
            self._stream = container.add_mux_stream(form.captions)
            self._stream.disposition = Disposition.default  # as MP4 and MOV mark their only track of captions
        self._stream.time_base = _MILLISECONDS
        self._stream.metadata["language"] = language_code(speech.language, form.name)

    def bring(self, num_frames: int) -> None:
        """Write the cues that begin before the end of the first `num_frames` frames."""
        while self._waiting and milliseconds(self._waiting[-1].start) * FPS < num_frames * 1000:
            self._container.mux(self._packet(self._waiting.pop()))

    def _packet(self, cue: Cue) -> av.Packet[Stream]:
        text = (escaped(cue) if self._form.captions == "webvtt" else plain(cue)).encode()
        packet: av.Packet[Stream] = av.Packet(
            struct.pack(">H", len(text)) + text if self._form.captions == "mov_text" else text
        )
        packet.stream, packet.time_base = self._stream, _MILLISECONDS
        packet.pts = packet.dts = milliseconds(cue.start)
        packet.duration = min(milliseconds(cue.end), self._last) - milliseconds(cue.start)
        return packet


def language_code(tag: str, form: str) -> str:
    """The three letters by which the format called `form` knows a BCP 47 `tag`; "und" when there are none."""
    primary = tag.split("-")[0].lower()
    code = _ISO_639_2.get(primary, primary if len(primary) == 3 else "und")
    return _QUICKTIME.get(code, code) if form == "mov" else code
