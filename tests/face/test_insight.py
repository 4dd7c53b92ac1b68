"""Faces by a pack of insightface: tiny generated networks with its inputs and outputs stand in for its models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from talking.errors import Unavailable
from talking.face.detect import find_portrait
from talking.face.insight import InsightFinder
from talking.face.points import FacePoints, anchors, at, by_mesh
from talking.media import image
from talking.types import Image

onnx: Any = pytest.importorskip("onnx")

REACH = 2.5
"""Half the side of the boxes that the stand-in finds, in its strides."""


def save(path: Path, nodes: list[Any], entry: tuple[str, list[Any]], outputs: dict[str, list[Any]]) -> Path:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info(entry[0], TensorProto.FLOAT, entry[1])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def detector(path: Path) -> Path:
    """Finds a face in each cell of 32 px that is white: scores are brightness, boxes have a fixed size."""
    from onnx import helper, numpy_helper

    def constant(name: str, value: NDArray[np.float32]) -> Any:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))

    nodes: list[Any] = []
    names = {8: ("448", "451", "454"), 16: ("471", "474", "477"), 32: ("494", "497", "500")}
    for stride, (score, box, five) in names.items():
        cells = (640 // stride) ** 2
        told = 1.0 if stride == 32 else 0.0
        twice = np.array([[told, 0.9 * told]], np.float32)  # the second guess of a cell is less sure
        nodes += [
            helper.make_node(
                "AveragePool", ["input.1"], [f"p{stride}"], kernel_shape=[stride] * 2, strides=[stride] * 2
            ),
            helper.make_node("ReduceMean", [f"p{stride}"], [f"m{stride}"], axes=[1], keepdims=0),
            constant(f"shape{stride}", np.zeros(0, np.float32)),
            helper.make_node("Flatten", [f"m{stride}"], [f"f{stride}"], axis=1),
            helper.make_node("Transpose", [f"f{stride}"], [f"t{stride}"], perm=[1, 0]),
            constant(f"c{stride}", twice),
            helper.make_node("Mul", [f"t{stride}", f"c{stride}"], [f"s{stride}"]),
            helper.make_node("Constant", [], [f"to{stride}"], value_ints=[2 * cells, 1]),
            helper.make_node("Reshape", [f"s{stride}", f"to{stride}"], [score]),
            constant(box, np.full((2 * cells, 4), REACH, np.float32)),
            constant(five, np.zeros((2 * cells, 10), np.float32)),
        ]
    order = [name for row in zip(*names.values(), strict=True) for name in row]
    width = {"448": 1, "471": 1, "494": 1, "451": 4, "474": 4, "497": 4}
    outputs = {name: [None, width.get(name, 10)] for name in order}
    nodes = [node for node in nodes if not (node.output and node.output[0].startswith("shape"))]
    return save(path, nodes, ("input.1", [1, 3, 640, 640]), outputs)


def pointer(path: Path, pattern: NDArray[np.float32]) -> Path:
    """Finds the points `pattern` (106, 2) in [-1, 1], moved a little by how bright the face is."""
    from onnx import helper, numpy_helper

    def constant(name: str, value: Any) -> Any:
        return helper.make_node(
            "Constant", [], [name], value=numpy_helper.from_array(np.asarray(value, np.float32), name)
        )

    nodes = [
        constant("none", 0.0),
        constant("small", 0.0001),
        constant("pattern", pattern.reshape(1, 212)),
        helper.make_node("Sub", ["data", "none"], ["a"], name="Sub0"),
        helper.make_node("Mul", ["a", "small"], ["b"], name="Mul0"),
        helper.make_node("ReduceMean", ["b"], ["c"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Add", ["pattern", "c"], ["fc1"]),
    ]
    return save(path, nodes, ("data", [1, 3, 192, 192]), {"fc1": [1, 212]})


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("buffalo_l")
    pattern = np.random.default_rng(5).uniform(-0.6, 0.6, (106, 2)).astype(np.float32)
    return detector(home / "det_10g.onnx"), pointer(home / "2d106det.onnx", pattern)


@pytest.fixture(scope="module")
def picture() -> Image:
    """Two white squares, which the stand-in takes for faces, on a picture that is twice as large as its own."""
    drawn = np.zeros((960, 1280, 3), np.uint8)
    drawn[128:192, 192:256] = 255
    drawn[640:704, 960:1024] = 240
    return drawn


def test_boxes_lie_where_the_model_says(pack: tuple[Path, Path], picture: Image) -> None:
    found = InsightFinder(*pack)(picture)
    assert len(found) == 2 and all(face.points.shape == (106, 2) for face in found)
    side = 2 * 2 * REACH * 32
    middles = {tuple(((face.box[:2] + face.box[2:]) / 2).round().tolist()) for face in found}
    assert middles == {(192.0, 128.0), (960.0, 640.0)}
    assert all(np.allclose(face.box[2:] - face.box[:2], side) for face in found)
    assert InsightFinder(*pack)(np.zeros((300, 200, 3), np.uint8)) == []


def test_it_finds_what_insightfaces_own_code_finds(pack: tuple[Path, Path], picture: Image) -> None:
    pytest.importorskip("insightface", reason="insightface comes with the extra 'neural'")
    from insightface.app.common import Face as Theirs
    from insightface.model_zoo.landmark import Landmark
    from insightface.model_zoo.scrfd import SCRFD

    scrfd, landmark = SCRFD(str(pack[0])), Landmark(str(pack[1]))
    scrfd.prepare(-1)
    bgr = np.ascontiguousarray(picture[..., ::-1])
    boxes, _ = scrfd.detect(bgr, input_size=(640, 640))
    theirs = {tuple(box[:4].round().tolist()): (box[4], landmark.get(bgr, Theirs(bbox=box[:4]))) for box in boxes}
    for face in InsightFinder(*pack)(picture):
        score, points = theirs.pop(tuple(face.box.round().tolist()))
        assert abs(score - face.score) < 1e-5
        assert np.abs(points - face.points).max() < 0.01
    assert not theirs


def test_both_finders_give_the_same_crop(tmp_path: Path, portrait_path: Path) -> None:
    """The pack's points, when they lie where the mesh's do, bring the face to the same place within half a pixel."""
    from talking.engines.latentsync.align import face_matrix

    loaded = image.load(portrait_path).image
    (mesh,) = by_mesh(loaded)
    white = loaded.copy()
    middle = ((mesh.box[:2] + mesh.box[2:]) / 2 / 32).round().astype(int) * 32
    scale = 640 / max(loaded.shape[:2])
    cell = (middle * scale / 32).astype(int) * 32
    x, y = (cell / scale).astype(int)
    white[:] = 0
    white[y : y + round(32 / scale), x : x + round(32 / scale)] = 255
    box_middle, side = cell / scale, 2 * REACH * 32 / scale * 1.5
    pattern = np.zeros((106, 2), np.float32)
    for group, point in zip(((43, 48, 49, 51, 50), range(101, 106), (74, 77, 83, 86)), anchors(mesh), strict=True):
        pattern[list(group)] = (point - box_middle) / side * 2
    finder = InsightFinder(detector(tmp_path / "det.onnx"), pointer(tmp_path / "points.onnx", pattern))
    face = at(finder, white, mesh.box)
    assert face is not None
    ours, theirs = (face_matrix(anchors(each), 512) for each in (mesh, face))
    corners = np.array([[mesh.box[0], mesh.box[1], 1], [mesh.box[2], mesh.box[3], 1]])
    assert np.abs(corners @ ours.T - corners @ theirs.T).max() < 0.5


def test_the_pack_is_used_only_where_that_is_allowed(pack: tuple[Path, Path], portrait_path: Path) -> None:
    from talking.engines import Means
    from talking.engines.lips.finders import brows_and_nose, finder

    root = pack[0].parents[1] / "checkpoints"
    (root / "buffalo_l").mkdir(parents=True)
    for file in pack:
        (root / "buffalo_l" / file.name).write_bytes(file.read_bytes())
    assert finder(Means(root)) is by_mesh
    assert isinstance(finder(Means(root, allow_noncommercial=True)), InsightFinder)
    who = find_portrait(image.load(portrait_path).image)
    assert brows_and_nose(who, Means(root)) is None


def test_the_face_that_speaks_is_found_among_others() -> None:
    boxes = np.array([[0, 0, 100, 100], [80, 0, 180, 100], [84, 4, 176, 96]], np.float32)
    faces = [FacePoints(box, 1.0, np.zeros((106, 2), np.float32)) for box in boxes]
    empty = np.zeros((200, 200, 3), np.uint8)
    assert at(lambda _: faces, empty, np.array([82, 0, 178, 98], np.float32)) is faces[1]
    assert at(lambda _: faces[:1], empty, np.array([120, 120, 180, 180], np.float32)) is None


def test_brows_and_nose_of_the_mesh(portrait_path: Path) -> None:
    face = find_portrait(image.load(portrait_path).image).face
    (found,) = by_mesh(image.load(portrait_path).image)
    left, right, nose = anchors(found)
    assert found.points.shape == (68, 2) and left[0] < nose[0] < right[0] and nose[1] > max(left[1], right[1])
    assert (face.box[:2] < nose).all() and (nose < face.box[2:]).all()


def test_files_that_are_no_such_models_are_refused(pack: tuple[Path, Path], tmp_path: Path, picture: Image) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(Unavailable, match=r"'buffalo_l' is damaged or is another one: put det_10g.onnx"):
        InsightFinder(pack[0], tmp_path / "bad.onnx")
    with pytest.raises(Unavailable, match="is another one"):
        InsightFinder(pack[1], pack[0])(picture)
