"""The tutorial of a rule, walked: each command in turn on a fresh demo, each line it shows printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import run

from policies.library import library_text
from workflows.demo.run import demo_settings
from workflows.demo.seed import PASSWORD, seed
from workflows.steps import carry_step
from workflows.wiring import wire

REPOSITORY = Path(__file__).parents[2]
TUTORIAL = REPOSITORY / "docs" / "tutorial"
PAGE = (TUTORIAL / "a-rule-from-draft-to-current.md").read_text(encoding="utf-8")
LINE = 110


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines the page shows of its answer."""
    for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, *shown = part.rstrip().splitlines()
            yield command, [line for line in shown if line.strip() != "…"]


def sign(home: Path, key: str) -> None:
    """Pia and Otto sign, as the page says."""
    from gates.service import SignRequest

    services = wire(demo_settings(home, 8123))
    carry_step(services, key)
    for person in ("pia", "otto"):
        token = next(ask.token for ask in services.register.inbox(person) if ask.item.key == key)
        view = services.register.sign_view(token)
        services.register.decide(SignRequest(token, "approve", view.revision_digest, secret=PASSWORD))
    services.close()


@pytest.mark.slow
def test_the_tutorial_comes_out_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line shown is printed, in that order; a line that ends in … is printed so far."""
    home = tmp_path / "demo"
    services = wire(demo_settings(home, 8123))
    seed(services)
    services.close()
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("TOLLGATE_HOME", str(home))
    walked = 0
    for command, shown in steps():
        if "migrate" in command:
            sign(home, "PCR-0001")
        answer = run(*shlex.split(command)[1:])
        assert answer.exit_code == (1 if "--roster workflows" in command and "check" in command else 0), answer.output
        printed = re.sub(r"(round \d+), \d{4}-\d\d-\d\d:", r"\1, DATE:", answer.stdout).splitlines()
        place = 0
        for line in shown:
            wanted = line.removesuffix(" …")
            found = [
                n
                for n in range(place, len(printed))
                if printed[n] == line or (line != wanted and printed[n].startswith(wanted))
            ]
            assert found, f"{command}: {line!r} is not printed after line {place} of:\n{answer.stdout}"
            place = found[0] + 1
        walked += 1
    assert walked == 11


def test_the_new_rule_differs_in_one_number() -> None:
    """So that the page need not show it."""
    old, new = library_text("engineering-change").splitlines(), (TUTORIAL / "new-rule.yaml").read_text().splitlines()
    differing = [number for number, (one, other) in enumerate(zip(old, new, strict=True), 1) if one != other]
    assert differing == [LINE]
    assert old[LINE - 1].replace("50000", "3000") == new[LINE - 1]
