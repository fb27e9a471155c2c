"""A real OpenID Connect provider on a port of its own, and somebody who signs on at it without a browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from workflows.runtime.children import free_port

TOOLS = Path(__file__).parents[2] / ".tools"
PLACE = TOOLS / "oidc"
CLIENT, SECRET = "tollgate", "a secret of the tests"


def node() -> str:
    """Node: the one that `make editor` fetched, else this machine's. Fails the test when there is none."""
    own = TOOLS / "node" / "bin" / "node"
    found = str(own) if own.exists() else shutil.which("node")
    if not found or not (PLACE / "node_modules" / "oidc-provider").exists():
        pytest.fail("There is no OpenID Connect provider. `make oidc` installs it.")
    return found


@contextmanager
def provider(*redirects: str) -> Iterator[str]:
    """Its issuer; it ends with the block."""
    port = free_port()
    script = PLACE / "provider.mjs"  # beside its packages, where Node looks for them
    shutil.copy(Path(__file__).parent / "provider.mjs", script)
    process = subprocess.Popen(
        [node(), str(script), str(port), *redirects], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        assert any(line.strip() == "ready" for line in process.stdout)
        yield f"http://localhost:{port}"
    finally:
        process.kill()
        process.communicate()


class Someone:
    """A person with a session at the provider."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.cookies = httpx.Cookies()

    def sign_on(self, address: str) -> str:
        """Go to the provider, sign on where asked, agree where asked. Returns where it leads back to."""
        with httpx.Client(cookies=self.cookies, follow_redirects=False) as client:
            found = self._follow(client, address)
            self.cookies = client.cookies
        return found

    def _follow(self, client: httpx.Client, address: str) -> str:
        answer = client.get(address)
        while True:
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if urlsplit(target).path == "/sso/return":
                    return target
                answer = client.get(target)
                continue
            form = re.search(r'action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert form is not None
            assert prompt is not None, answer.text
            data = {"prompt": prompt[1], "login": self.account, "password": "any"}
            answer = client.post(urljoin(str(answer.url), form[1]), data=data)


def code_of(returned: str) -> str:
    """The code in an address the provider leads back to."""
    return parse_qs(urlsplit(returned).query)["code"][0]
