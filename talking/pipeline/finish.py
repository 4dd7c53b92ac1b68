"""What happens to the frames after they are drawn: sharpened, a logo laid over them, captions drawn in."""

from __future__ import annotations

from dataclasses import dataclass

from talking.compose.captions import BurntCaptions, burn_captions, plan_captions
from talking.compose.logo import PlacedLogo, lay_logo, place_logo
from talking.compose.planes import Size
from talking.compose.sharpen import sharpen
from talking.media import image
from talking.pipeline.limits import Limits
from talking.pipeline.scene import Scene
from talking.request import Options
from talking.types import Cutouts, Frames, Speech


@dataclass(frozen=True)
class Finish:
    """What is done to frames or cut-outs of a `size`; `notes` for the user."""

    size: Size
    crisp: bool
    logo: PlacedLogo | None
    captions: BurntCaptions | None

    @property
    def notes(self) -> tuple[str, ...]:
        return (*(self.logo.notes if self.logo else ()), *(self.captions.notes if self.captions else ()))

    def frames(self, drawn: Frames | Cutouts, first: int = 0) -> Frames | Cutouts:
        """The frames as they are encoded, from frame `first` of the film on."""
        crisp = sharpen(drawn, self.size) if self.crisp else drawn
        return burn_captions(lay_logo(crisp, self.logo), self.captions, first)


def finish(scene: Scene, sound: Speech, options: Options, limits: Limits) -> Finish:
    """What a request asks for; `sound` has the words of captions. Raises BadImage and FetchError for a logo that cannot
    be used, InvalidRequest for one that would not be seen, and Unavailable when no font here has the captions' letters.
    """
    size = scene.framing.size
    logo = None
    if options.logo is not None:
        source = limits.opened(options.logo.url, "logo", max_bytes=image.MAX_BYTES)
        logo = place_logo(source, options.logo.position, size)
    captions = plan_captions(sound, size, face=scene.framing.face) if options.captions == "burnt" else None
    return Finish(size, options.sharpen, logo, captions)
