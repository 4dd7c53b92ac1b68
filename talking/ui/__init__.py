"""The page that people meet, made with Gradio."""

from __future__ import annotations

from talking.ui.page import build, dress

__all__ = ["build", "dress"]
