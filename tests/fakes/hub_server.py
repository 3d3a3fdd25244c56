"""A small server that answers as the Hugging Face hub does, for models made in tests."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SHA = "0123456789abcdef0123456789abcdef01234567"
CHUNK = 1 << 16


@dataclass
class FakeHub:
    """What it serves, how slowly, and what it was asked.

    `files` is by model id and file name; `stated_sizes` overrules what is told of a file; `gated` ids ask for a login.
    """

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stated_sizes: dict[str, int] = field(default_factory=dict)
    licence: str = "creativeml-openrail-m"
    gated: set[str] = field(default_factory=set)
    spoiled: set[str] = field(default_factory=set)
    seconds_per_chunk: float = 0.0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range

    def __post_init__(self) -> None:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self, has_body=False)

            def do_GET(self) -> None:
                hub.answer(self, has_body=True)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def downloaded(self) -> list[str]:
        """Names of the files whose bytes were asked for, in order."""
        return [path.split("/resolve/")[1].split("/", 1)[1] for method, path, _ in self.asked
                if method == "GET" and "/resolve/" in path]  # fmt: skip

    def answer(self, request: BaseHTTPRequestHandler, has_body: bool) -> None:
        path = unquote(urlsplit(request.path).path)
        self.asked.append((request.command, path, request.headers.get("Range", "")))
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/.*)?", path):
            self._tell_model(request, found[1])
        elif (found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)) and found[2] in self.files.get(
            found[1], {}
        ):
            self._give_file(request, found[1], found[2], has_body)
        else:
            self._send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})

    def _tell_model(self, request: BaseHTTPRequestHandler, model_id: str) -> None:
        if model_id not in self.files:
            self._send(request, 401, b"", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = []
        for name, data in self.files[model_id].items():
            size = self.stated_sizes.get(name, len(data))
            told: dict[str, object] = {"rfilename": name, "size": size, "blobId": "b"}
            if name.endswith(".safetensors"):
                told["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": size, "pointerSize": 130}
            siblings.append(told)
        facts = {
            "id": model_id, "modelId": model_id, "sha": SHA, "gated": "auto" if model_id in self.gated else False,
            "private": False, "tags": [], "downloads": 0, "likes": 0, "siblings": siblings,
            "cardData": {"license": self.licence} if self.licence else None,
        }  # fmt: skip
        self._send(request, 200, json.dumps(facts).encode(), {"Content-Type": "application/json"})

    def stand_in(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """Lets this test and its processes ask this hub for the real one; what they keep is in `folder`."""
        monkeypatch.setenv("HF_ENDPOINT", self.address)
        monkeypatch.setenv("HF_HOME", str(folder / "hf"))
        monkeypatch.setenv("LORA_STUDIO_HOME", str(folder / "home"))
        for setting in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):  # trainers of other tests leave the second one
            monkeypatch.delenv(setting, raising=False)

    def _give_file(self, request: BaseHTTPRequestHandler, model_id: str, name: str, has_body: bool) -> None:
        if model_id in self.gated:
            self._send(request, 401, b"", {"X-Error-Code": "GatedRepo"})
            return
        data = self.files[model_id][name]
        sent = bytes(len(data)) if name in self.spoiled else data
        code, first = 200, 0
        if found := re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", "")):
            code, first = 206, int(found[1])
        headers = {"X-Repo-Commit": SHA, "ETag": f'"{hashlib.sha256(data).hexdigest()}"', "Accept-Ranges": "bytes"}
        if code == 206:
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        self._send(request, code, sent[first:], headers, has_body)

    def _send(
        self, request: BaseHTTPRequestHandler, code: int, body: bytes, headers: dict[str, str], has_body: bool = True
    ) -> None:
        request.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name, value)
        request.end_headers()
        try:
            for at in range(0, len(body) if has_body and request.command == "GET" else 0, CHUNK):
                request.wfile.write(body[at : at + CHUNK])
                time.sleep(self.seconds_per_chunk)
        except ConnectionError:
            request.close_connection = True
