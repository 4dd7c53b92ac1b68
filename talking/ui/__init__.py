"""The page that people meet, served by Gradio."""

from __future__ import annotations

from talking.ui.page import build, launch

__all__ = ["build", "launch"]
