"""The real language server over stdio, asked as an editor asks it (Language Server Protocol 3.17)."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / ".tools"
SERVER = TOOLS / "editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
ANSWER_S = 60
Message = dict[str, Any]
Place = tuple[int, int]
"""Line and column, both from 0."""


def node() -> str:
    """Node: the one that `make editor` fetched, else this machine's. Fails the test when there is none."""
    own = TOOLS / "node" / "bin" / "node"
    found = str(own) if own.exists() else shutil.which("node")
    if not found or not SERVER.exists():
        pytest.fail("There is no language server. `make editor` installs it.")
    return found


@contextmanager
def language_server(root: Path) -> Iterator[LanguageServer]:
    """A server of its own on the files under `root`; ends with the block."""
    # A home of its own keeps the machine's settings and caches out.
    env = {"PATH": os.environ["PATH"], "HOME": str(root)}
    process = subprocess.Popen(
        [node(), str(SERVER), "--stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
    )
    try:
        yield LanguageServer(process, root)
    finally:
        process.kill()
        process.communicate()


class LanguageServer:
    """Opens texts as files of the folder and asks about places in them."""

    def __init__(self, process: subprocess.Popen[bytes], root: Path) -> None:
        self._process = process
        self._root = root
        self._asked = self._opened = 0
        self._inbox: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        words = {
            "hover": {"contentFormat": ["markdown"]},
            "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        }
        can = {"textDocument": words, "workspace": {"configuration": True}}
        self._ask("initialize", {"processId": None, "rootUri": root.as_uri(), "capabilities": can})
        self._send({"method": "initialized", "params": {}})

    # -- what an editor asks -----------------------------------------------------------------------

    def open(self, text: str) -> tuple[str, list[Message]]:
        """Open `text` as a new file: its address, and the diagnostics the server sends for it."""
        self._opened += 1
        uri = (self._root / f"process-{self._opened}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

        def is_ours(message: Message) -> bool:
            return message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri

        return uri, self._wait(is_ours)["params"]["diagnostics"]

    def completion(self, text: str, at: Place) -> dict[str, Message]:
        """What is offered at a place of `text`: label to item."""
        answer = self._at("textDocument/completion", text, at)
        items = answer["items"] if isinstance(answer, dict) else answer or []
        return {item["label"]: item for item in items}

    def hover(self, text: str, at: Place) -> str:
        """What is shown over a place of `text`; empty when nothing is."""
        answer = self._at("textDocument/hover", text, at)
        return str(answer["contents"]["value"]) if answer else ""

    def diagnostics(self, text: str) -> list[tuple[int, str]]:
        """Line (from 0) and words of every fault."""
        _, found = self.open(text)
        return [(one["range"]["start"]["line"], one["message"]) for one in found]

    def _at(self, method: str, text: str, at: Place) -> Any:
        uri, _ = self.open(text)
        position = {"line": at[0], "character": at[1]}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": position})

    # -- the protocol ------------------------------------------------------------------------------

    def _ask(self, method: str, params: Message) -> Any:
        self._asked += 1
        number = self._asked
        self._send({"id": number, "method": method, "params": params})
        answer = self._wait(lambda message: message.get("id") == number and "method" not in message)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _send(self, message: Message) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _wait(self, is_it: Callable[[Message], bool]) -> Message:
        """The first message wanted; answers what the server asks of the editor on the way."""
        until = time.monotonic() + ANSWER_S
        while True:
            message = self._inbox.get(timeout=max(0.01, until - time.monotonic()))
            if "id" in message and "method" in message:
                self._send({"id": message["id"], "result": _settings(message)})
            elif is_it(message):
                return message

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not line:
                return
            self._inbox.put(json.loads(stream.read(length)))


def _settings(message: Message) -> Any:
    """No catalogue of schemas from the network: the one that the file names, and no other."""
    if message["method"] != "workspace/configuration":
        return None
    yaml = {"schemaStore": {"enable": False}, "validate": True, "hover": True, "completion": True}
    return [yaml if item.get("section") == "yaml" else {} for item in message["params"]["items"]]
