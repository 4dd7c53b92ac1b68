"""MuseTalk 1.5: the lower face painted in one pass of a network, by the sound of each frame."""
