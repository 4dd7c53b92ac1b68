"""A hub on loopback: the two calls of its protocol that a download makes, for the real client."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMITS = ("1" * 40, "2" * 40)
LARGE = 1000
"""From this size on a file is stored apart and announced with its sha256, as weights are."""


@dataclass
class Hub:
    """Repos by name, each a list of commits (files by path), the last one being "main"; and what was asked."""

    repos: dict[str, list[dict[str, bytes]]]
    licence: str = "mit"
    address: str = ""
    asked: list[str] = field(default_factory=list)
    lie: dict[str, bytes] = field(default_factory=dict)
    """Path -> other bytes that are sent than the ones announced."""
    cut: dict[str, int] = field(default_factory=dict)
    """Path -> after how many bytes the connection breaks, once."""
    ranges: list[str] = field(default_factory=list)
    """Where downloads that were continued began, as asked."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Path -> another size that is announced."""

    def commit(self, repo: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        commits = self.repos.get(repo, [])
        named = dict(zip(COMMITS, commits, strict=False))
        if revision == "main" and commits:
            revision = COMMITS[len(commits) - 1]
        return (revision, named[revision]) if revision in named else None


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            hub.asked.append(f"{self.command} {path}")
            if path.startswith("apart/"):  # where large files are kept: the real hub sends there, too
                repo, revision, name = path.removeprefix("apart/").split("::")
                self._content(repo, revision, name)
            elif path.startswith("api/models/"):
                repo, _, revision = path.removeprefix("api/models/").partition("/revision/")
                self._info(repo, revision or "main")
            else:
                repo, _, rest = path.partition("/resolve/")
                revision, _, name = rest.partition("/")
                self._file(repo, revision, name)

        def _info(self, repo: str, revision: str) -> None:
            found = hub.commit(repo, revision)
            if found is None:
                self._missing("RevisionNotFound" if repo in hub.repos else "RepoNotFound")
                return
            files = [
                {
                    "rfilename": name,
                    "size": hub.sizes.get(name, len(content)),
                    "blobId": hashlib.sha1(content).hexdigest(),
                }
                | ({"lfs": _lfs(content)} if len(content) >= LARGE else {})
                for name, content in found[1].items()
            ]
            told = {"id": repo, "sha": found[0], "siblings": files, "cardData": {"license": hub.licence}}
            self._answer(json.dumps(told).encode(), {"Content-Type": "application/json"})

        def _file(self, repo: str, revision: str, name: str) -> None:
            found = hub.commit(repo, revision)
            if found is None or name not in found[1]:
                self._missing("EntryNotFound")
                return
            if len(found[1][name]) >= LARGE:
                self._answer(b"", {"Location": f"{hub.address}/apart/{repo}::{found[0]}::{name}"}, 302)
            else:
                self._content(repo, revision, name)

        def _content(self, repo: str, revision: str, name: str) -> None:
            found = hub.commit(repo, revision)
            assert found is not None
            content = hub.lie.get(name, found[1][name])
            tag = hashlib.sha256(found[1][name]).hexdigest()
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": found[0]}
            asked = self.headers.get("Range")
            if asked is None:
                self._answer(content, headers, cut=hub.cut.pop(name, None))
                return
            hub.ranges.append(f"{name} {asked}")
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._answer(content[start:], headers, 206, cut=hub.cut.pop(name, None))

        def _answer(self, content: bytes, headers: dict[str, str], status: int = 200, cut: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content[:cut])
                self.close_connection |= cut is not None

        def _missing(self, code: str) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _lfs(content: bytes) -> dict[str, object]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "pointerSize": 130}
