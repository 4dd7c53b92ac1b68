"""Comparing faces with a model like those of insightface: a tiny generated network with the same input and output."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from talking.errors import Unavailable
from talking.face.detect import find_portrait
from talking.face.identity import SIDE, Embedder, find_model
from talking.media import image

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that averages the picture in cells of 16 px and takes out the mean: 3 x 7 x 7 numbers."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("AveragePool", ["data"], ["pooled"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("ReduceMean", ["pooled"], ["mean"], axes=[2, 3], keepdims=1),
        helper.make_node("Sub", ["pooled", "mean"], ["centred"]),
        helper.make_node("Flatten", ["centred"], ["out"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "faces",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 147])],
    )
    home = tmp_path_factory.mktemp("models")
    (home / "buffalo_l").mkdir()
    path = home / "buffalo_l" / "w600k_r50.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def test_a_pack_is_found_where_insightface_keeps_it(model: Path, tmp_path: Path) -> None:
    assert find_model(model.parents[1]) == model
    assert find_model(tmp_path) is None


def test_a_face_is_most_like_itself_wherever_it_stands_in_the_picture(model: Path, portrait_path: Path) -> None:
    embedder = Embedder(model)
    here = find_portrait(image.load(portrait_path).image)
    same = embedder.embed(here.image, here.face.landmarks)
    assert same.dtype == np.float32
    assert float(np.linalg.norm(same)) == pytest.approx(1)
    turned = np.ascontiguousarray(np.rot90(here.image))
    mesh = here.face.landmarks.copy()
    mesh[:, 0], mesh[:, 1] = here.face.landmarks[:, 1], here.image.shape[1] - 1 - here.face.landmarks[:, 0]
    assert float(same @ embedder.embed(turned, mesh)) > 0.97
    other = Path(__file__).parents[2] / "examples/portraits/kenji.jpg"
    there = find_portrait(image.load(other).image)
    assert float(same @ embedder.embed(there.image, there.face.landmarks)) < 0.9


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no model at all")
    with pytest.raises(Unavailable, match="fetch its pack again"):
        Embedder(tmp_path / "bad.onnx")
