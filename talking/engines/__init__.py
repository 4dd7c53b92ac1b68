"""Engines turn a portrait and a motion into frames."""
