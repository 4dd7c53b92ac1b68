"""Frames for a GIF: 256 colours chosen while the film is made, a new set when they no longer fit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from talking.media.streams import FRAME_TIME
from talking.types import Floats

MAX_SIDE = 512
"""Pixels. A GIF keeps every frame as a picture: at 512 px a talking head already takes over a megabyte per second."""

CHUNK = 50
"""Frames that are looked at for their colours before the first of them is written."""

_STEP = 5  # frames of a chunk that are passed over between two that are looked at
_WORSE = 1.5  # how much further colours may be from their places in the palette than in the best one before it changes
_SAMPLES = 4096  # pixels that stand for a chunk
_COPIED = 1 << 20  # bytes moved at a time
_DITHER = "dither=bayer:bayer_scale=4"  # a fixed pattern: what stands still in the film stands still in the GIF


def gif_size(width: int, height: int) -> tuple[int, int]:
    """Even sides in px of the GIF for a film of that size: the same proportions within MAX_SIDE."""
    scale = min(1.0, MAX_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def add_comment(path: Path, text: str) -> None:
    """Write a text into the GIF at `path`, which FFmpeg cannot: a comment extension at its start (GIF89a, 24)."""
    data = text.encode()
    parts = [data[start : start + 255] for start in range(0, len(data), 255)]
    block = b"\x21\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"
    with path.open("r+b") as file:
        flags = file.read(13)[10]
        start = 13 + (3 << (flags % 8 + 1) if flags & 0x80 else 0)  # after the colours that all frames share
        _make_room(file, start, len(block))
        file.seek(start)
        file.write(block)


def _make_room(file: BinaryIO, start: int, size: int) -> None:
    """Move what follows `start` by `size` bytes, the end first, so that no second copy is needed."""
    end = file.seek(0, os.SEEK_END)
    while end > start:
        begin = max(start, end - _COPIED)
        file.seek(begin)
        piece = file.read(end - begin)
        file.seek(begin + size)
        file.write(piece)
        end = begin


class Palettes:
    """Turns pictures into pal8 ones of `size` (width, height) px. At most CHUNK of them are held."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._held: list[av.VideoFrame] = []
        self._palette: av.VideoFrame | None = None
        self._painter: _Painter | None = None

    def add(self, picture: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Take one yuv420p picture; give those whose colours are settled."""
        width, height = self._size
        small = picture.reformat(
            width, height, "bgra", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG, interpolation=Interpolation.AREA,
        )  # fmt: skip
        small.pts, small.time_base = picture.pts, picture.time_base
        self._held.append(small)
        if len(self._held) == CHUNK:
            yield from self.flush()

    def flush(self) -> Iterator[av.VideoFrame]:
        """Give all that is held."""
        if not self._held:
            return
        self._choose()
        assert self._painter is not None
        held, self._held = self._held[::-1], []
        while held:
            yield self._painter(held.pop())

    def _choose(self) -> None:
        """The palette for what is held: the one in use while it serves nearly as well as the best."""
        sampled = self._held[::_STEP]
        best = _palette(sampled)
        if self._palette is not None:
            pixels = _pixels(sampled)
            if _distance(pixels, self._palette) <= _WORSE * _distance(pixels, best) + 1:
                return
        self._palette, self._painter = best, _Painter(best, self._size)


def _palette(pictures: list[av.VideoFrame]) -> av.VideoFrame:
    """The 255 colours and one transparent one that suit the pictures best: a picture of 16 x 16 px."""
    graph = Graph()
    source = _source(graph, pictures[0].width, pictures[0].height)
    chooser = graph.add("palettegen")
    graph.link_nodes(source, chooser, graph.add("buffersink")).configure()
    for picture in pictures:
        source.push(picture)
    source.push(None)
    return _pulled(graph)


class _Painter:
    """A filter that paints pictures with the colours of a palette."""

    def __init__(self, palette: av.VideoFrame, size: tuple[int, int]) -> None:
        self._graph = Graph()
        self._pictures = _source(self._graph, *size)
        colours = _source(self._graph, palette.width, palette.height)
        painter = self._graph.add("paletteuse", f"{_DITHER}:diff_mode=rectangle")
        self._pictures.link_to(painter, 0, 0)
        colours.link_to(painter, 0, 1)
        painter.link_to(self._graph.add("buffersink"))
        self._graph.configure()
        colours.push(palette)
        colours.push(None)

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        self._pictures.push(picture)
        return _pulled(self._graph)


def _source(graph: Graph, width: int, height: int) -> FilterContext:
    return graph.add_buffer(width=width, height=height, format=av.VideoFormat("bgra"), time_base=FRAME_TIME)


def _pulled(graph: Graph) -> av.VideoFrame:
    frame = graph.vpull()
    assert isinstance(frame, av.VideoFrame)
    return frame


def _pixels(pictures: list[av.VideoFrame]) -> Floats:
    """Colours from all over the pictures, float32 (N, 3)."""
    each = _SAMPLES // len(pictures)
    found = []
    for picture in pictures:
        colours = picture.to_ndarray(format="bgra").reshape(-1, 4)
        found.append(colours[:: max(1, len(colours) // each), :3])
    return np.concatenate(found, dtype=np.float32)


def _distance(pixels: Floats, palette: av.VideoFrame) -> float:
    """Mean distance of colours, float32 (N, 3), from the nearest one of a palette, in levels of 255."""
    colours = palette.to_ndarray(format="bgra").reshape(-1, 4)
    solid = colours[colours[:, 3] > 0, :3].astype(np.float32)
    squares = (pixels**2).sum(1)[:, None] + (solid**2).sum(1)[None] - 2 * pixels @ solid.T
    return float(np.sqrt(squares.min(axis=1).clip(0)).mean())
