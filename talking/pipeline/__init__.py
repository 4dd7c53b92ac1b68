"""From a request to a video: the whole trip, in one process, without queue or database."""

from talking.pipeline.limits import Limits, OnProgress
from talking.pipeline.studio import Studio, generate

__all__ = ["Limits", "OnProgress", "Studio", "generate"]
