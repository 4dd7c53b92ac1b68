"""Runs what the pages of two hosted services print, as it stands, against a server of its own.

    python benchmarks/pages.py --did talks.txt --mirako talking-avatar.txt

Both files are the text of a public page. Of the blocks in them only the hosts are changed: that of the service, and
those of the pictures, sounds and webhooks that they name. Bodies are sent as printed, byte for byte; programs run in a
Python that has `requests`. Answers are held against the printed ones, key by key and type by type.

Exit code 0 means that everything was taken and told as printed; 1 that something was not, which is listed.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import httpx
from rig.places import free_port

from talking import examples
from talking.speech import synthesize

KEY = "your_api_key_here"
"""The key that the printed program has: the server is given the same."""

_HOSTS = re.compile(r"https://(?:api\.d-id\.com|mirako\.co)")
_OTHERS = re.compile(r"https://(?:myhost\.com|path\.to|your-app\.com)")
_COMMENT = re.compile(r",\s*//[^\n]*")
_DRIVER = re.compile(r'^"((?:natural|lively|subtle)/driver-\d+)"?$', re.MULTILINE)
_SECONDS = 600.0


@dataclass
class Host:
    """Somebody else's machine: it has a picture and a sound, and takes what is posted to it."""

    address: str
    got: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    def wait_for(self, path: str, word: str) -> tuple[dict[str, str], Any]:
        """The heads and the document that came to `path` and holds `word`."""
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            for at, heads, told in list(self.got):
                if at == path and word in json.dumps(told):
                    return heads, told
            time.sleep(0.2)
        raise TimeoutError(f"nothing about {word} came to {path}")


@dataclass(frozen=True)
class Rig:
    """The server at `base`, the other `host`, and a folder with portrait.jpg and speech.wav."""

    base: str
    host: Host
    folder: Path

    def here(self, text: str) -> str:
        """A printed block with its hosts changed."""
        return _OTHERS.sub(self.host.address, _HOSTS.sub(self.base, text))


def main() -> int:
    """Run both pages, say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--did", type=Path, required=True, help="text of the page about talks")
    parser.add_argument("--mirako", type=Path, required=True, help="text of the page about the talking avatar")
    asked = parser.parse_args()
    did, mirako = (path.read_text(encoding="utf-8") for path in (asked.did, asked.mirako))
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pages-") as name, _rig(Path(name)) as rig:
        for part in (_talks(rig, did), _drivers(rig, did), _avatar(rig, mirako)):
            for line, bad in part:
                sys.stdout.write(f"{'FAULT ' if bad else 'as printed: '}{line}\n")
                sys.stdout.flush()
                faults += [line] if bad else []
    sys.stdout.write(f"{len(faults)} faults\n")
    return 1 if faults else 0


def _talks(rig: Rig, page: str) -> Iterator[tuple[str, bool]]:
    """Every printed body of a talk, and every printed answer. Yields (what was looked at, whether it is wrong)."""
    blocks = re.findall(r"^\{\n.*?^\}$", page, re.DOTALL | re.MULTILINE)
    with httpx.Client(base_url=rig.base, headers={"Authorization": f"Basic {KEY}"}, timeout=60) as client:
        number = 0
        for index, block in enumerate(blocks):
            if '"script"' not in block:
                continue
            number += 1
            answers = [json.loads(each) for each in _until_next(blocks[index + 1 :])]
            yield from _talk(rig, client, f"talk {number}", block, answers)


def _until_next(blocks: list[str]) -> Iterator[str]:
    for block in blocks:
        if '"script"' in block:
            return
        yield block


def _talk(
    rig: Rig, client: httpx.Client, name: str, block: str, answers: list[dict[str, Any]]
) -> Iterator[tuple[str, bool]]:
    body = rig.here(block)
    try:
        json.loads(body)
    except ValueError:
        yield f"{name}: the printed body is no JSON; sent without its remark", False
        body = _COMMENT.sub(",", body)
    created = client.post("/talks", content=body.encode(), headers={"Content-Type": "application/json"})
    if created.status_code != 201:
        yield f"{name}: {created.status_code} {created.text}", True
        return
    for expected in (each for each in answers if each["status"] == "created"):
        yield from _compared(f"{name}, created", expected, created.json())
    id = created.json()["id"]
    told = _over(lambda: client.get(f"/talks/{id}").json(), ("done", "error", "rejected"))
    yield f"{name}, status {told['status']} {told.get('error', '')}", told["status"] != "done"
    for expected in (each for each in answers if each["status"] == "done"):
        yield from _compared(f"{name}, done", expected, told)
        yield from _values(name, expected["config"], told["config"])
    if "webhook" in body:
        _, posted = rig.host.wait_for("/webhook", id)
        same = {**posted, **_links(told)} == told
        yield f"{name}, the webhook tells what GET tells", not same
    yield from _film(f"{name}, film", told["result_url"], told["metadata"]["resolution"])


def _links(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key.endswith("_url")}


def _values(name: str, expected: dict[str, Any], told: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    for key, value in expected.items():
        if key != "logo":  # their mark is theirs
            yield f"{name}, config.{key} is {told.get(key)!r}, printed {value!r}", told.get(key) != value


def _drivers(rig: Rig, page: str) -> Iterator[tuple[str, bool]]:
    """Every printed driver, by the name that it is to have."""
    names = _DRIVER.findall(page)
    headers = {"Authorization": f"Bearer {KEY}"}
    wrong = []
    with httpx.Client(base_url=rig.base, headers=headers, timeout=60) as client:
        for name in names:
            body = {"driver_url": f"bank://{name}", "script": {"type": "text", "input": "Hello world!"}}
            id = client.post("/talks", json=body).json()["id"]
            told = client.get(f"/api/talks/{id}").json()
            client.post(f"/api/talks/{id}/cancel")
            if told["request"].get("options", {}).get("driver") != f"bank://{name}":
                wrong.append(name)
    yield f"{len(names)} drivers by their names; not taken: {wrong}", bool(wrong) or len(names) != 18


def _avatar(rig: Rig, page: str) -> Iterator[tuple[str, bool]]:
    """The printed programs as one, as the page builds them up: each uses the names of those before."""
    program = rig.here("\n\n".join(_programs(page)))
    (rig.folder / "program.py").write_text(program, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "program.py"], cwd=rig.folder, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    said = ran.stdout.strip().splitlines()
    yield f"avatar: exit code {ran.returncode}; said {said} {ran.stderr[-800:]}", ran.returncode != 0
    ids = [line.partition(": ")[2] for line in said if line.startswith("Task ID: ")]
    ready = [line.partition(": ")[2] for line in said if "Video ready: " in line]
    yield f"avatar: {len(ids)} tasks, {len(ready)} films", (len(ids), len(ready)) != (2, 1)
    for link in ready:
        yield from _film("avatar, film", link, [512, 600])
    if len(ids) == 2:
        heads, told = rig.host.wait_for("/webhook/video-complete", ids[1])
        bearer = heads.get("authorization") == "Bearer your_webhook_auth_token"
        yield f"avatar, webhook: {sorted(told)}, status {told['status']}", told["status"] != "COMPLETED" or not bearer


def _programs(page: str) -> Iterator[str]:
    """The Python of a page: after each line "python", as many lines as make a program."""
    lines = page.splitlines()
    for start in (index + 1 for index, line in enumerate(lines) if line.strip() == "python"):
        for end in range(len(lines), start, -1):
            try:
                compile("\n".join(lines[start:end]), "page", "exec")
            except SyntaxError:
                continue
            yield "\n".join(lines[start:end])
            break


def _film(name: str, link: str, size: list[int]) -> Iterator[tuple[str, bool]]:
    """The film at a link, had without a key: H.264, 25 frames a second, of that size."""
    answer = httpx.get(link, timeout=60)
    with av.open(BytesIO(answer.content)) as film:
        stream = film.streams.video[0]
        told = (answer.status_code, answer.headers["content-type"], stream.codec_context.name, str(stream.average_rate))
        found = [stream.width, stream.height]
    yield f"{name}: {told}, {found} px", told != (200, "video/mp4", "h264", "25") or found != size


def _compared(name: str, expected: Any, told: Any) -> Iterator[tuple[str, bool]]:
    wrong = list(_differences(expected, told))
    more = sorted(set(told) - set(expected))
    yield f"{name}: every key and type; beside them {more}", bool(wrong)
    for line in wrong:
        yield f"{name}: {line}", True


def _differences(expected: Any, told: Any, path: str = "") -> Iterator[str]:
    """What is missing in an answer, or of another type than printed. A whole number may stand where any may."""
    if isinstance(expected, dict) and isinstance(told, dict):
        for key, value in expected.items():
            if key in told:
                yield from _differences(value, told[key], f"{path}.{key}")
            else:
                yield f"{path}.{key} is missing"
    elif isinstance(expected, list) and isinstance(told, list):
        if len(expected) != len(told):
            yield f"{path} has {len(told)} entries, printed {len(expected)}"
        for index, (one, other) in enumerate(zip(expected, told, strict=False)):
            yield from _differences(one, other, f"{path}.{index}")
    elif type(expected) is not type(told) and not (type(expected) is float and type(told) is int):
        yield f"{path} is {type(told).__name__} {told!r}, printed {type(expected).__name__} {expected!r}"


def _over(ask: Any, ends: tuple[str, ...]) -> dict[str, Any]:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        told: dict[str, Any] = ask()
        if told["status"] in ends:
            return told
        time.sleep(1)
    raise TimeoutError(str(told))


@contextmanager
def _rig(folder: Path) -> Iterator[Rig]:
    portrait = next(each for each in examples.portraits() if each.path.name == "grace_hopper.jpg").path.read_bytes()
    wav, mp3 = _sounds()
    (folder / "portrait.jpg").write_bytes(portrait)
    (folder / "speech.wav").write_bytes(wav)
    port = free_port()
    environment = {
        **os.environ, "TALKING_API_KEYS": KEY, "TALKING_ALLOW_PRIVATE_URLS": "yes",
        "GRADIO_TEMP_DIR": str(folder / "gradio"), "GRADIO_ANALYTICS_ENABLED": "False",
    }  # fmt: skip
    command = [sys.executable, "-m", "talking", "serve", "--port", str(port), "--data", str(folder / "data")]
    with _host({"/image.jpg": portrait, "/audio.mp3": mp3}) as host, (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_until_ready(server, base, folder / "log")
            yield Rig(base, host, folder)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _wait_until_ready(server: subprocess.Popen[bytes], base: str, log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            if httpx.get(f"{base}/readyz", timeout=10).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))


def _sounds() -> tuple[bytes, bytes]:
    """A sentence as WAV and as MP3."""
    spoken = synthesize("Good news at last.", voice="espeak:en-us").speech
    samples = (spoken.samples * 32767).astype("<i2").reshape(1, -1)
    files = []
    for form, codec in (("wav", "pcm_s16le"), ("mp3", "libmp3lame")):
        file = BytesIO()
        with av.open(file, "w", format=form) as container:
            stream = container.add_stream(codec, rate=spoken.rate, layout="mono")
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = spoken.rate
            for each in (*stream.encode(frame), *stream.encode(None)):
                container.mux(each)
        files.append(file.getvalue())
    return files[0], files[1]


@contextmanager
def _host(files: dict[str, bytes]) -> Iterator[Host]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files.get(self.path)
            self._answer(200 if data else 404, data or b"")

        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            host.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, told))
            self._answer(200, b"")

        def _answer(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Host(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield host
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
