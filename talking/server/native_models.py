"""What the routes of /api answer with, as types that its description is made of."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from talking.server.pulls import PullState

State: TypeAlias = Literal["created", "started", "done", "error", "canceled", "timed_out"]
LiveState: TypeAlias = Literal["coming", "growing", "whole", "none"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Model):
    """Why a request was not carried out."""

    status: int = Field(description="The HTTP status.")
    kind: str = Field(description="A word for programs, such as NoFace or QueueFull.")
    detail: str = Field(description="A sentence for people: what is wrong and what to do next.")


class Progress(_Model):
    """How far a film is."""

    id: str
    status: State
    stage: str = Field(
        description="inputs, portrait, driver, speech, motion, film, quality or store; empty before. When it is done, "
        "film with all its frames."
    )
    done: int = Field(description="Of `total` in this stage; frames in the stage film.")
    total: int = Field(description="0 where it is not known.")
    queue_position: int | None = Field(description="How many films come before, those being made among them.")
    eta_seconds: float | None = Field(description="Seconds until the film is there, as far as can be told.")
    render_fps: float | None = Field(description="Frames drawn a second just now.")


class Failure(_Model):
    """Why there is no film."""

    kind: str
    detail: str


class Film(_Model):
    """The finished film: sides in pixels, seconds, frames, bytes."""

    width: int
    height: int
    duration: float
    num_frames: int
    bytes: int
    notes: list[str] = Field(description="What was done otherwise than one might expect.")


class Live(_Model):
    """Whether the film can be watched while it is made, under the link `live`."""

    state: LiveState = Field(
        description="coming: not yet. growing: as far as it is drawn. whole: to its end. none: not, or not any more."
    )
    reason: str | None = Field(description="Why it is coming or none, in a sentence.")


class Links(_Model):
    """Where to go on. Links to files need no key and end after a day; every look at the film renews them."""

    talk: str
    events: str
    cancel: str
    live: str | None = None
    video: str | None = None
    srt: str | None = None
    vtt: str | None = None
    report: str | None = None
    receipt: str | None = None


class Talk(Progress):
    """One film: what was asked for, how far it is and what came of it."""

    dialect: str = Field(description="native, or the service whose call asked for it.")
    request: dict[str, Any] = Field(description="What was asked for; what has its default is left out.")
    name: str
    user_data: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    deadline_at: str | None
    expires_at: str | None = Field(description="When it and its files are deleted; null for never, or not known yet.")
    attempts: int
    error: Failure | None
    film: Film | None
    report: dict[str, Any] | None = Field(description="Choices, times and quality of a finished film.")
    live: Live
    links: Links


class Accepted(_Model):
    """A request that was taken in."""

    id: str
    status: State
    queue_position: int | None
    links: Links


class TalkPage(_Model):
    """Films, newest first."""

    talks: list[Talk]
    token: str | None = Field(description="Ask again with it for the films after these; null when there are none.")


class Look(_Model):
    """The portrait as it would be filmed, in pixels of the film."""

    width: int
    height: int
    faces: int
    face_box: list[float] = Field(description="Left, top, right, bottom.")
    face_score: float


class Outlook(_Model):
    """What a request would come to. `valid` is always true: a request that is not is answered with its fault."""

    valid: Literal[True] = True
    engine: str
    driver: str = Field(description="Who the head would move like; empty for a video of somebody.")
    voice: str = Field(description="Who would speak; empty for a recording.")
    language: str
    seconds: float | None = Field(description="Length of the film: of a recording exactly, of a text roughly.")
    portrait: Look
    notes: list[str]


class Voice(_Model):
    """Somebody who can speak."""

    id: str
    name: str
    person: str
    language: str
    languages: list[str]
    gender: str
    provider: str
    styles: list[str]
    network: bool = Field(description="Whether the text leaves this machine.")


class Tunable(_Model):
    """A number that an engine can be told."""

    minimum: float
    maximum: float
    default: float
    does: str


class Engine(_Model):
    """A way to move portraits."""

    name: str
    automatic: bool = Field(description="Whether `auto` means it.")
    ready: bool = Field(description="Whether it can film on this machine.")
    says: str = Field(description="A sentence on that, with what to do when it cannot.")
    does: str
    checkpoints: list[str] = Field(description="The weights that it needs, by the names that can be pulled.")
    licences: list[str] = Field(description="The licences of those weights.")
    commercial: bool = Field(description="Whether those allow commercial use.")
    tuning: dict[str, Tunable] = Field(description="The numbers that it can be told in the option `tuning`.")


class Fetch(_Model):
    """How far the fetch of a set of weights is."""

    state: PullState
    done: int = Field(description="Bytes that are here.")
    total: int = Field(description="Bytes that there are; 0 where that is not known yet.")
    eta_seconds: float | None = Field(description="Seconds that are left, as far as can be told.")
    error: str | None = Field(description="Why it failed, in a sentence.")


class Weights(_Model):
    """A set of weights that engines use, and how it stands on this machine."""

    name: str
    what: str
    state: Literal["missing", "here", "unlocked"] = Field(description="unlocked: put there by hand.")
    bytes: int = Field(description="Its size here, or as far as it is known beforehand; 0 when it is not known.")
    licence: str
    commercial: Literal["yes", "no", "unclear"] = Field(description="Whether commercial use is allowed.")
    homepage: str
    fetchable: bool = Field(description="Whether this server fetches it when asked to.")
    fetch: Fetch | None = Field(description="The last fetch since the server began; null when there was none.")


class Driver(_Model):
    """Somebody of the bank whom a head can move like."""

    name: str
    group: str
    blinks_a_minute: float
    liveliness: float = Field(description="How far the head moves, 1 as most people's.")
