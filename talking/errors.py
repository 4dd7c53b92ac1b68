"""Everything that can go wrong, in the user's words.

TalkingError
├── InvalidRequest        400  the request itself: unknown option, neither text nor audio, unwritable output
│   ├── BadImage          400  not a picture we read, damaged, too large
│   ├── BadAudio          400  not a sound we read, empty, silent, too long
│   ├── BadScript         400  no words to say, too many words
│   ├── FetchError        400  a web address that cannot be fetched
│   │   ├── BlockedURL    400  it leads into a private network, or hides where it leads
│   │   ├── TooLarge      400
│   │   └── FetchTimeout  400
│   └── Unknown           400  a voice, language or engine that does not exist; lists near matches
├── FaceError             400  the picture is fine, the face in it is not
│   ├── NoFace            400
│   └── FaceTooSmall      400
├── PoorQuality           422  the film was made, and is worse than was asked for
├── NotFound              404  there is no such job or file, or it is somebody else's
├── QueueFull             429  too much waits already
├── OutputError           507  the video could not be written: disk full, no permission
└── Unavailable           503  right request, but something is missing here: a platform wheel, a provider
    ├── CheckpointMissing 503  weights of an engine are not on this machine; says which command fetches them
    └── ProviderDown      503  a speech service did not answer

The first argument is one sentence for the person who asked: what is wrong and what to do next. It never holds
a trace, and a path only when the user typed that path.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class TalkingError(Exception):
    """Base of all errors that talking raises on purpose. `str(error)` may be shown to anybody."""

    status = 500


class InvalidRequest(TalkingError):
    """The request cannot be carried out as it stands."""

    status = 400


class BadImage(InvalidRequest):
    """The portrait is not a picture that can be read."""


class BadAudio(InvalidRequest):
    """The sound cannot be read, or there is nothing to hear in it."""


class BadScript(InvalidRequest):
    """The text cannot be spoken."""


class FetchError(InvalidRequest):
    """What a web address leads to cannot be had."""


class BlockedURL(FetchError):
    """The address leads where no user may have us look, or hides where it leads."""


class TooLarge(FetchError):
    """What the server sends is larger than what was wanted may be."""


class FetchTimeout(FetchError):
    """The server took too long."""


class Unknown(InvalidRequest):
    """A name that does not exist."""

    @classmethod
    def name(cls, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> Unknown:
        """The error for an unknown `name` of a `kind` ("voice"), with up to five near matches out of `known`."""
        folded = {item.casefold(): item for item in known}
        near = difflib.get_close_matches(name.casefold(), folded, n=5, cutoff=0.5)
        advice = f" Did you mean {', '.join(folded[item] for item in near)}?" if near else ""
        return cls(f"There is no {kind} called '{name[:80]}'.{advice}{' ' + hint if hint else ''}")


class FaceError(TalkingError):
    """The picture holds no face that can speak."""

    status = 400


class NoFace(FaceError):
    """No face was found."""


class FaceTooSmall(FaceError):
    """A face was found, but it has too few pixels to move."""


class PoorQuality(TalkingError):
    """The film is worse than was asked for."""

    status = 422


class NotFound(TalkingError):
    """There is nothing by this name for the one who asks."""

    status = 404


class QueueFull(TalkingError):
    """So much waits already that nothing more is taken in now."""

    status = 429


class OutputError(TalkingError):
    """The video could not be written."""

    status = 507


class Unavailable(TalkingError):
    """The request is fine, but this installation cannot do it now."""

    status = 503


class CheckpointMissing(Unavailable):
    """Weights that an engine needs are not on this machine. The sentence names the command that fetches them."""


class ProviderDown(Unavailable):
    """A speech provider did not answer."""
