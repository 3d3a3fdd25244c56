"""A small server that answers as the Hugging Face hub does, for models and kits made in tests."""

from __future__ import annotations

import base64
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
    `accounts` is by token; ids in `private` were made so, and `tokens_seen` are those that came with a request.
    `readers` are tokens that may not write.
    """

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    stated_sizes: dict[str, int] = field(default_factory=dict)
    licence: str = "creativeml-openrail-m"
    gated: set[str] = field(default_factory=set)
    spoiled: set[str] = field(default_factory=set)
    seconds_per_chunk: float = 0.0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range
    accounts: dict[str, str] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    tokens_seen: set[str] = field(default_factory=set)
    _stored: dict[str, bytes] = field(default_factory=dict)  # large files by checksum

    def __post_init__(self) -> None:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                hub.answer(self, has_body=False)

            def do_GET(self) -> None:
                hub.answer(self, has_body=True)

            def do_POST(self) -> None:
                hub.take(self)

            def do_PUT(self) -> None:
                hub.take(self)

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
        self._see_token(request)
        if path == "/api/whoami-v2":
            self._tell_person(request)
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(/revision/.*)?", path):
            self._tell_model(request, found[1])
        elif (found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/[^/]+/(.+)", path)) and found[2] in self.files.get(
            found[1], {}
        ):
            self._give_file(request, found[1], found[2], has_body)
        else:
            self._send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """What comes with a body: new pages, large files, and the commit that makes files appear."""
        path = unquote(urlsplit(request.path).path)
        self.asked.append((request.command, path, ""))
        self._see_token(request)
        body = self._body(request)
        if found := re.fullmatch(r"/lfs/(\w+)", path):
            self._stored[found[1]] = body
            self._send(request, 200, b"", {})
            return
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if path == "/api/validate-yaml":
            self._send_json(request, {"errors": [], "warnings": []})
        elif token not in self.accounts:
            self._send(request, 401, b"", {"X-Error-Message": "Invalid credentials in Authorization header"})
        elif token in self.readers:
            self._send(request, 403, b"", {})
        elif path == "/api/repos/create":
            self._make_page(request, json.loads(body))
        elif path.endswith("/preupload/main"):
            files = [
                {"path": file["path"], "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                 "shouldIgnore": False}
                for file in json.loads(body)["files"]
            ]  # fmt: skip
            self._send_json(request, {"files": files})
        elif path.endswith("/info/lfs/objects/batch"):
            objects = [
                {**told, "actions": {"upload": {"href": f"{self.address}/lfs/{told['oid']}"}}}
                for told in json.loads(body)["objects"]
            ]
            self._send_json(request, {"objects": objects, "transfer": "basic"})
        elif found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            self._commit(request, found[1], body)
        else:
            self._send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})

    def _see_token(self, request: BaseHTTPRequestHandler) -> None:
        if "Authorization" in request.headers:
            self.tokens_seen.add(request.headers["Authorization"].removeprefix("Bearer "))

    def _body(self, request: BaseHTTPRequestHandler) -> bytes:
        size = request.headers.get("Content-Length")
        if size is None:  # sent in chunks
            parts = []
            while count := int(request.rfile.readline(), 16):
                parts.append(request.rfile.read(count))
                request.rfile.readline()
            request.rfile.readline()
            return b"".join(parts)
        parts, left = [], int(size)
        while left:
            parts.append(request.rfile.read(min(CHUNK, left)))
            left -= len(parts[-1])
            time.sleep(self.seconds_per_chunk)
        return b"".join(parts)

    def _make_page(self, request: BaseHTTPRequestHandler, wish: dict[str, str]) -> None:
        owner = wish.get("organization") or self.accounts[request.headers["Authorization"].removeprefix("Bearer ")]
        model_id = f"{owner}/{wish['name']}"
        if model_id in self.files:
            self._send_json(request, {"error": "You already created this model repo", "url": ""}, 409)
            return
        self.files[model_id] = {".gitattributes": b""}
        if wish.get("visibility") == "private" or wish.get("private"):
            self.private.add(model_id)
        self._send_json(request, {"url": f"{self.address}/{model_id}", "name": model_id})

    def _commit(self, request: BaseHTTPRequestHandler, model_id: str, body: bytes) -> None:
        for line in body.splitlines():
            told = json.loads(line)
            if told["key"] == "file":
                self.files[model_id][told["value"]["path"]] = base64.b64decode(told["value"]["content"])
            elif told["key"] == "lfsFile":
                self.files[model_id][told["value"]["path"]] = self._stored[told["value"]["oid"]]
        facts = {"commitUrl": f"{self.address}/{model_id}/commit/{SHA}", "commitOid": SHA, "success": True}
        self._send_json(request, facts)

    def _send_json(self, request: BaseHTTPRequestHandler, facts: object, code: int = 200) -> None:
        self._send(request, code, json.dumps(facts).encode(), {"Content-Type": "application/json"})

    def _tell_person(self, request: BaseHTTPRequestHandler) -> None:
        name = self.accounts.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if name is None:
            self._send(request, 401, b"", {"X-Error-Message": "Invalid credentials in Authorization header"})
        else:
            self._send_json(request, {"type": "user", "name": name, "orgs": [{"name": "inkclub"}]})

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
            "private": model_id in self.private, "tags": self._tags(model_id), "downloads": 0, "likes": 0,
            "siblings": siblings,
            "cardData": {"license": self.licence} if self.licence else None,
        }  # fmt: skip
        self._send(request, 200, json.dumps(facts).encode(), {"Content-Type": "application/json"})

    def _tags(self, model_id: str) -> list[str]:
        card = self.files[model_id].get("README.md", b"").decode()
        return re.findall(r"^- ([\w-]+)$", card, re.MULTILINE) if card.startswith("---") else []

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
            for at in range(0, len(body) if has_body and request.command != "HEAD" else 0, CHUNK):
                request.wfile.write(body[at : at + CHUNK])
                time.sleep(self.seconds_per_chunk)
        except ConnectionError:
            request.close_connection = True
