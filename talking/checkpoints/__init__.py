"""Weights of the neural engines: which there are, whose they are, what one may do with them, and where they lie here.

`CHECKPOINTS` knows them by name; `locate` says where one is on this machine and `paths` which files of it, and both
raise CheckpointMissing with the command that fetches it. Nothing here imports torch: `talking.engines.state` reads
the files.
"""

from talking.checkpoints.folder import default_folder, is_here, locate, paths
from talking.checkpoints.registry import CHECKPOINTS, Checkpoint, File, checkpoint

__all__ = ["CHECKPOINTS", "Checkpoint", "File", "checkpoint", "default_folder", "is_here", "locate", "paths"]
