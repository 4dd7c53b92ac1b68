"""Print the registry as the table of checkpoints/README.md."""

from __future__ import annotations

import sys

from talking.checkpoints.table import as_markdown

sys.stdout.write(as_markdown() + "\n")
