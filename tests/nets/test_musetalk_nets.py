"""The networks of MuseTalk give the published layout's answers: same keys, same shapes, same numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray
from synthetic import load_config, load_manifest, load_parity, seeded_normal, synthetic_state

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")
pytest.importorskip("diffusers", reason="diffusers comes with the extra 'neural'")
pytest.importorskip("transformers", reason="transformers comes with the extra 'neural'")

from talking.engines.state import fill  # noqa: E402
from talking.nets import bisenet, unet, vae, whisper  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")

TOLERANCE = 1e-4
"""A network of this kind differs by 5e-6 between one thread and two."""


@pytest.fixture(scope="module")
def sound() -> dict[str, NDArray[Any]]:
    return load_parity("musetalk_audio")


@pytest.fixture(scope="module")
def pictures() -> dict[str, NDArray[Any]]:
    return load_parity("musetalk_prepost")


EMPTY: dict[str, Callable[[], Any]] = {
    "unet": lambda: unet.empty_unet(load_config("unet")),
    "unet_small": lambda: unet.empty_unet(load_config("unet_small") | {"_class_name": "UNet2DConditionModel"}),
    "sd_vae_ft_mse": lambda: vae.empty_vae(load_config("sd_vae_ft_mse")),
    "vae_small": lambda: vae.empty_vae(load_config("vae_small")),
    "face_parsing_bisenet": bisenet.empty_parser,
    "whisper_tiny_encoder": lambda: whisper.empty_encoder(load_config("whisper_tiny_encoder")),
}


def filled(name: str, renamed: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> Any:
    """A network with the made-up weights of its manifest."""
    network = EMPTY[name]()
    fill(network, renamed(synthetic_state(load_manifest(name))), name)
    return network


@pytest.mark.parametrize("name", EMPTY)
def test_published_weights_fit_key_by_key(name: str) -> None:
    expected = {key: (tuple(shape), kind) for key, (shape, kind) in load_manifest(name).items()}
    found = {
        key: (tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for key, value in EMPTY[name]().state_dict().items()
    }
    assert found == expected


def test_ear_hears_as_published(sound: dict[str, NDArray[Any]]) -> None:
    ear = filled("whisper_tiny_encoder")
    mel = whisper.mel(sound["waveform"])
    assert np.abs(mel[0, ::4, :320:2].numpy() - sound["mel"]).max() < TOLERANCE
    assert float(mel[0, 40, -1]) == pytest.approx(float(sound["mel_pad_value"]), abs=TOLERANCE)
    with torch.inference_mode():
        states = whisper.hidden_states(ear, mel, normed=True)
        raw = whisper.hidden_states(ear, mel, normed=False)
    assert np.abs(states[0, :160:8, :, ::6].numpy() - sound["hidden"]).max() < TOLERANCE
    assert np.abs(states[0, 1400::20, :, ::12].numpy() - sound["hidden_tail"]).max() < TOLERANCE
    assert torch.equal(raw[:, :, :4], states[:, :, :4])
    assert torch.allclose(ear.layer_norm(raw[:, :, 4]), states[:, :, 4])
    assert (raw[:, :, 4] - states[:, :, 4]).abs().max() > 0.1


def test_every_spelling_of_whisper_is_read() -> None:
    own = load_manifest("whisper_tiny_encoder")
    names = {name: name for name in own}
    whole = {f"model.encoder.{name}": name for name in own} | {"model.decoder.embed_tokens.weight": ""}
    assert set(whisper.of_encoder(whole)) == set(names)
    original = {
        "encoder.positional_embedding": 0, "encoder.conv1.weight": 0, "encoder.blocks.3.attn.query.weight": 0,
        "encoder.blocks.3.attn_ln.bias": 0, "encoder.blocks.0.mlp.2.weight": 0, "encoder.blocks.0.mlp_ln.weight": 0,
        "encoder.ln_post.weight": 0, "decoder.ln.weight": 0,
    }  # fmt: skip
    assert set(whisper.of_encoder(original)) == {
        "embed_positions.weight", "conv1.weight", "layers.3.self_attn.q_proj.weight",
        "layers.3.self_attn_layer_norm.bias", "layers.0.fc2.weight", "layers.0.final_layer_norm.weight",
        "layer_norm.weight",
    }  # fmt: skip
    assert set(whisper.of_encoder(original)) <= set(names)


def test_picture_to_latents_to_lips_to_picture(pictures: dict[str, NDArray[Any]]) -> None:
    coder = filled("vae_small", lambda state: vae.renamed(_old_names(state)))
    painter = filled("unet_small")
    crop = torch.from_numpy(_picture(pictures["crop"])[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    masked = crop.clone()
    masked[:, :, 128:] = 0
    with torch.inference_mode():
        latents = torch.cat([vae.encode(coder, picture * 2 - 1) for picture in (masked, crop)], dim=1)
        assert np.abs(latents.numpy() - pictures["latent8"]).max() < TOLERANCE
        sound = torch.from_numpy(seeded_normal(72, (2, 50, 384)))
        painted = unet.paint(painter, latents.expand(2, -1, -1, -1), sound)
        assert np.abs(painted.numpy() - pictures["pred"]).max() < TOLERANCE
        decoded = vae.decode(coder, painted)
    seen = ((decoded / 2 + 0.5).clamp(0, 1) * 255).round().permute(0, 2, 3, 1).numpy()[:, ::8, ::8, ::-1]
    assert np.abs(seen - pictures["decoded_bgr_strided"]).max() <= 1


def _old_names(state: dict[str, Any]) -> dict[str, Any]:
    """The weights as the published file spells them."""
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    renamed = dict(state)
    for key in state:
        for new, before in old.items():
            if new in key:
                renamed[key.replace(new, before)] = renamed.pop(key)
    assert set(renamed) != set(state)
    return renamed


def _picture(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(PIL.Image.open(io.BytesIO(data.tobytes())))


def test_places_are_those_of_the_paper(sound: dict[str, NDArray[Any]]) -> None:
    assert np.abs(unet.places(50).numpy()[::3, ::3] - sound["pe_first_50"]).max() < TOLERANCE


def test_face_parser_gives_the_published_scores() -> None:
    expected = load_parity("face_parsing_bisenet")
    network = filled("face_parsing_bisenet")
    with torch.inference_mode():
        found = network(torch.from_numpy(seeded_normal(81, (1, 3, 128, 128))))
    for name, scores, stride in zip(("out", "out16", "out32"), found, (8, 16, 16), strict=True):
        assert np.abs(scores[..., ::stride, ::stride].numpy() - expected[name]).max() < TOLERANCE
    parts = bisenet.classes(network, torch.rand(1, 3, 64, 48, generator=torch.Generator().manual_seed(1)))
    assert parts.shape == (1, 64, 48) and parts.dtype == torch.int64 and 0 <= parts.min() <= parts.max() < 19
