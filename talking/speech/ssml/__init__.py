"""SSML: one reader of the markup for every voice, so that none has to know it."""
