"""Networks of a few nodes with the inputs and outputs of the real ones: they hum, each phoneme for a known time."""

from __future__ import annotations

import json

import numpy as np
import onnx
from hub_server import Hub
from onnx import TensorProto, helper

HERTZ = 200.0
HOP = 256
PIPER_RATE, KOKORO_RATE = 22_050, 24_000
FRAMES_PER_ID = 4.6
"""Before rounding up, at normal speed."""

LETTERS = (
    '$;:,.!?—…"()“” '
    + "AIOQSTWYabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵊᵻ\u0303"
)


def _constant(name: str, value: object, kind: type = np.float32) -> onnx.TensorProto:
    return onnx.numpy_helper.from_array(np.array(value, kind), name)


def _hum(rate: int, level: float, hop: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """From the frames of each id, "frames" (1, T), to "hum" (N,): a tone and a little noise."""
    make = helper.make_node
    nodes = [
        make("ReduceSum", ["frames"], ["total"], keepdims=0),
        make("Mul", ["total", "hop"], ["length"]),
        make("Range", ["zero", "length", "one"], ["places"]),
        make("Mul", ["places", "turn"], ["angles"]),
        make("Sin", ["angles"], ["wave"]),
        make("Mul", ["wave", "level"], ["tone"]),
        make("RandomNormalLike", ["tone"], ["noise"], scale=max(level * 0.02, 1e-10)),
        make("Add", ["tone", "noise"], ["hum"]),
    ]
    constants = [
        _constant("hop", hop),
        _constant("zero", 0),
        _constant("one", 1),
        _constant("turn", 2 * np.pi * HERTZ / rate),
        _constant("level", level),
    ]
    return nodes, constants


def _model(nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], inputs: object, outputs: object) -> bytes:
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def piper_model(*, speakers: int = 1, level: float = 0.3, timed: bool = True) -> bytes:
    """Silent when `level` is 0; without a `Ceil` node, so without times, unless `timed`."""
    make = helper.make_node
    nodes, constants = _hum(PIPER_RATE, level, HOP)
    nodes = [
        make("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        make("Mul", ["ids", "zero"], ["nothing"]),
        make("Gather", ["scales", "second"], ["length_scale"]),
        make("Mul", ["length_scale", "frames_per_id"], ["width"]),
        make("Add", ["nothing", "width"], ["widths"]),
        make("Ceil" if timed else "Round", ["widths"], ["frames"]),
        *nodes,
        make("Reshape", ["hum", "shape"], ["output"]),
    ]
    constants += [
        _constant("second", 1, np.int64),
        _constant("frames_per_id", FRAMES_PER_ID),
        _constant("shape", [1, 1, 1, -1], np.int64),
    ]
    info = helper.make_tensor_value_info
    inputs = [
        info("input", TensorProto.INT64, [1, "phonemes"]),
        info("input_lengths", TensorProto.INT64, [1]),
        info("scales", TensorProto.FLOAT, [3]),
        *([info("sid", TensorProto.INT64, [1])] if speakers > 1 else []),
    ]
    return _model(nodes, constants, inputs, [info("output", TensorProto.FLOAT, [1, 1, 1, "samples"])])


def piper_config(voice: str = "en-us", *, speakers: int = 1, kind: str = "espeak") -> bytes:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    told = {
        "audio": {"sample_rate": PIPER_RATE},
        "espeak": {"voice": voice},
        "phoneme_type": kind,
        "num_symbols": 256,
        "num_speakers": speakers,
        "speaker_id_map": {f"p{number}": number for number in range(speakers)} if speakers > 1 else {},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "hop_length": HOP,
    }
    return json.dumps(told).encode()


def piper_files(name: str, model: bytes, config: bytes) -> dict[str, bytes]:
    """As they lie in the repo of the collection."""
    locale, person, quality = name.split("-")
    place = f"{locale.partition('_')[0]}/{locale}/{person}/{quality}"
    return {
        f"{place}/{name}.onnx": model,
        f"{place}/{name}.onnx.json": config,
        f"{place}/MODEL_CARD": b"# Generated\n\n* License: CC0\n",
    }


def kokoro_model(*, timed: bool = True) -> bytes:
    make = helper.make_node
    nodes, constants = _hum(KOKORO_RATE, 0.3, 600)
    nodes = [
        make("Cast", ["input_ids"], ["ids"], to=TensorProto.FLOAT),
        make("Mul", ["ids", "zero"], ["nothing"]),
        make("Div", ["frames_per_id", "speed"], ["width"]),
        make("Add", ["nothing", "width"], ["widths"]),
        make("Ceil", ["widths"], ["frames"]),
        *nodes,
        make("ReduceSum", ["style"], ["voice"], keepdims=0),
        make("Mul", ["voice", "zero"], ["unheard"]),
        make("Add", ["hum", "unheard"], ["together"]),
        make("Reshape", ["together", "shape"], ["waveform"]),
        make("Cast", ["frames"], ["durations"], to=TensorProto.INT64),
    ]
    constants += [_constant("frames_per_id", 2.6), _constant("shape", [1, -1], np.int64)]
    info = helper.make_tensor_value_info
    inputs = [
        info("input_ids", TensorProto.INT64, [1, "letters"]),
        info("style", TensorProto.FLOAT, [1, 256]),
        info("speed", TensorProto.FLOAT, [1]),
    ]
    outputs = [info("waveform", TensorProto.FLOAT, [1, "samples"])]
    if timed:
        outputs.append(info("durations", TensorProto.INT64, [1, "letters"]))
    return _model(nodes, constants, inputs, outputs)


def kokoro_files(model: bytes, voices: tuple[str, ...] = ("af_heart", "bm_george", "ff_siwis")) -> dict[str, bytes]:
    style = np.zeros((510, 1, 256), "<f4").tobytes()
    vocabulary = {letter: number for number, letter in enumerate(LETTERS)}
    return {
        "onnx/model_quantized.onnx": model,
        "tokenizer.json": json.dumps({"model": {"vocab": vocabulary}}).encode(),
        **{f"voices/{name}.bin": style for name in (*voices, "jf_alpha", "zm_yunxi")},
    }


def hub() -> Hub:
    """Both collections, each with its tiny voices."""
    tiny = piper_model()
    many = piper_files("en_GB-vctk-medium", piper_model(speakers=3), piper_config("en-gb-x-rp", speakers=3))
    return Hub(
        {
            "rhasspy/piper-voices": [
                piper_files("en_US-lessac-medium", tiny, piper_config())
                | piper_files("en_US-ryan-medium", tiny, piper_config())
                | piper_files("de_DE-thorsten-medium", piper_model(timed=False), piper_config("de"))
                | piper_files("zh_CN-huayan-medium", tiny, piper_config("cmn", kind="pinyin"))
                | many
            ],
            "onnx-community/Kokoro-82M-v1.0-ONNX-timestamped": [kokoro_files(kokoro_model())],
        }
    )
