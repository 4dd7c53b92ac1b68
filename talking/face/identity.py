"""Whether two pictures show the same person, by the recognition model of an insightface pack that is already here.

The packs' models are for non-commercial use only, so nothing here fetches them, and they are used only where the
operator allows that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from talking.errors import Unavailable
from talking.types import Floats, Image

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

SIDE = 112
"""Px of the square that ArcFace models look at."""

# Where eyes, nose tip and mouth corners lie in that square: the template that ArcFace models are trained with
# (Deng et al. 2019, 10.1109/CVPR.2019.00482, and the alignment of its published code).
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)
_POINTS = ((33, 133), (362, 263), (1,), (61,), (291,))  # of the face mesh: their means are the template's points

_PACKS = ("buffalo_l", "antelopev2", "buffalo_m", "buffalo_s", "buffalo_sc")
_MODELS = ("w600k_r50.onnx", "glintr100.onnx", "w600k_mbf.onnx")


def find_model(home: Path | None = None) -> Path | None:
    """The recognition model of an insightface pack below `home`, ~/.insightface/models when None; None without one."""
    root = home or Path.home() / ".insightface" / "models"
    candidates = (root / pack / model for pack in _PACKS for model in _MODELS)
    return next((path for path in candidates if path.is_file()), None)


class Embedder:
    """Turns faces into vectors whose cosine tells how alike they are. Holds one model. Raises Unavailable when
    onnxruntime is missing or the file is no such model.
    """

    def __init__(self, model: Path) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise Unavailable(
                'Faces are compared with onnxruntime: pip install "talking[kokoro]" brings it.'
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session: InferenceSession = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
        except Exception as error:  # onnxruntime has a class for every kind of damage, all of them bare
            raise Unavailable("The model that compares faces cannot be read: fetch its pack again.") from error

    def embed(self, image: Image, mesh: Floats) -> Floats:
        """The vector float32 (D,), of length 1, of the face whose mesh float32 (478, 3) lies in `image` uint8 RGB."""
        points = np.array([mesh[list(group), :2].mean(axis=0) for group in _POINTS], np.float32)
        matrix, _ = cv2.estimateAffinePartial2D(points, _TEMPLATE, method=cv2.LMEDS)
        face = cv2.warpAffine(image, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        tensor = ((face.astype(np.float32) - 127.5) / 127.5).transpose(2, 0, 1)[None]
        (found,) = self._session.run(None, {self._input: tensor})[:1]
        vector = np.asarray(cast(Any, found), np.float32).ravel()
        return vector / max(float(np.linalg.norm(vector)), 1e-9)
