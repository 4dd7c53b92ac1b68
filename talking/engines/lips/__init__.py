"""What the engines share that paint lips on a moving head: musetalk, latentsync, wav2lip.

The head is moved by `mesh`, from the same motion, with its mouth at rest. A painter looks at the still portrait once
and paints a part of it, its region, for every frame that speaks; what it painted is matched to the portrait, laid on
the mesh's frame where the known pose has taken that part, and fades out in silence. Nothing is searched for in frames.

An engine is an `engine.LipEngine` and brings a `stage.Painter`:

* `painter.region` is a `mesh.follow.Region` of the picture, even on all sides (`patch.around` makes one of any box).
* `painter.paint(motion, speech, wanted, seed)` yields for each frame, in order, a `patch.Painted` (the region as RGB
  uint8 and a mask uint8 of what of it counts), or None: where `wanted` is false, and where painting failed, which
  leaves the mouth at rest instead of ending the film. It works window by window and holds one.
* `painter.notes` for the user, and `painter.close()`, which is called once, when the stage is given up.

`gate.speaking(motion)` tells which frames speak, `gate.at_rest(motion)` closes the mouth of a motion.
`sound.Ear` hears a film of any length in overlapping windows: `sound.Ear(...).tokens(start, stop)` are the whisper
states that frames see, with zeros (MuseTalk) or its first and last state (LatentSync) beyond the sound.
`match.Match` brings what was painted to the portrait's colours and grain.
"""
