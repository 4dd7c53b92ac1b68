"""A portrait and words go in, a lip-synced talking video comes out."""
