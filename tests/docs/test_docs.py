"""Documentation is held against the code, so that it cannot go stale."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from gates.ledger.entries import Kind
from notifications.messages import MESSAGES
from policies.load import load_process
from policies.model import Process

sys.path.insert(0, str(Path(__file__).parent))

from check_pages import CHECK_PAGES
from generated import MODELS, PAGES, REFERENCE
from roster_examples import ROSTER_EXAMPLES

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_made_from_the_code_are_up_to_date(name: str) -> None:
    """`python tests/docs/generated.py` writes them anew."""
    assert (REFERENCE / name).read_text(encoding="utf-8") == PAGES[name]()


def test_there_is_a_page_for_each_check_and_no_other() -> None:
    """A code that is gone leaves no page behind."""
    assert {f"checks/{path.name}" for path in (REFERENCE / "checks").iterdir()} == set(CHECK_PAGES)


@pytest.mark.parametrize("code", sorted(ROSTER_EXAMPLES))
def test_the_examples_of_roster_checks_show_what_they_say(code: str) -> None:
    """The check speaks in the one and is silent in the other, which differs."""
    example = ROSTER_EXAMPLES[code]
    assert code in {one.code for one in example.found()}
    assert code not in {one.code for one in example.found_when_mended()}
    assert (example.mended_policy or example.mended_people) not in ("", example.policy, example.people)


def parts_of(model: type[BaseModel], found: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """A mapping of the file, and all that its keys may hold."""

    def look(hint: Any) -> None:
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            if hint not in found:
                parts_of(hint, found)
        else:
            for one in get_args(hint):
                look(one)

    found.add(model)
    for info in model.model_fields.values():
        look(info.annotation)
    return found


def test_every_mapping_of_a_process_file_has_a_table() -> None:
    """Whatever a key may hold is in the reference."""
    assert {one.__name__ for one in parts_of(Process, set())} <= {one.__name__ for one in MODELS}


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.S)


def test_the_readme_s_process_is_sound() -> None:
    """It loads without a fault or a warning."""
    (text,) = blocks(README, "yaml")
    assert load_process(text, "label-change.yaml").warnings == ()


def test_the_readme_names_every_command() -> None:
    """And no other."""
    from workflows.cli.main import app

    names = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}
    table = {row.split()[0] for row in re.findall(r"^\| `tollgate ([^`]+)`", README, flags=re.M)}
    assert table == names


def test_every_kind_of_entry_is_documented() -> None:
    """And every documented one exists."""
    text = (REFERENCE / "record-format.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+:[a-z:-]+)` \|", text, flags=re.M)) == {kind.value for kind in Kind}


def test_every_mail_is_documented() -> None:
    """And every documented one exists."""
    text = (REFERENCE / "mails.md").read_text()
    assert re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.M) != []
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, flags=re.M)) == set(MESSAGES)


def test_every_page_is_documented(sqlite_url: str) -> None:
    """And every documented one exists."""
    from world import World

    from workflows.web.app import create_app
    from workflows.web.keys import form_key
    from workflows.web.state import Pages

    world = World(sqlite_url, stocked=False)
    app = create_app(Pages(world.services, form_key(world.services)))
    paths = {route.path for route in app.routes}
    world.close()
    text = (REFERENCE / "pages.md").read_text()
    assert set(re.findall(r"^\| `(/[^`]*)` \|", text, flags=re.M)) == paths


def test_links_between_documents_lead_somewhere() -> None:
    """No dead relative link."""
    dead = []
    for page in [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{page.name}: {target}")
    assert dead == []


def test_the_lock_holds_no_addresses() -> None:
    """Versions and hashes alone, so that any index serves."""
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > 500


def test_the_schema_on_file_is_the_model_s() -> None:
    """`tollgate process schema` and the file beside the model agree; the library fits it."""
    import json

    import jsonschema

    from policies.library import library_names, library_text
    from policies.load import read_document
    from policies.schema import process_schema

    on_file = json.loads((REPOSITORY / "policies" / "process.schema.json").read_text(encoding="utf-8"))
    assert on_file == process_schema()
    for name in library_names():
        data = json.loads(json.dumps(read_document(library_text(name), name).data))
        jsonschema.validate(data, on_file)


def test_the_one_file_verifier_is_made_of_its_chapters() -> None:
    """`python tests/docs/one_file.py` writes it anew; it imports nothing but the standard library."""
    import ast

    from one_file import TARGET, one_file

    text = TARGET.read_text(encoding="utf-8")
    assert text == one_file()
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported <= {*sys.stdlib_module_names, "cryptography"}
