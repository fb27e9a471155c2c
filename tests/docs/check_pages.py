"""A page for each check, made from the codes and the examples that the tests hold the checks to."""

from __future__ import annotations

import sys
from difflib import SequenceMatcher
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "policies" / "kit"))

from examples import ABOUT_BYTES, EXAMPLES, mended, refused
from faults import marked
from roster_examples import HEAD, ROSTER_EXAMPLES, SITES, RosterExample, process

from policies.codes import CODES
from policies.errors import Fault, ProcessError
from policies.load import load_process
from policies.staffing import Level

INSTEAD = {
    "TG001": "Save the file as UTF-8.",
    "TG002": "Split it into several processes.",
}


def check_page(code: str) -> str:
    """docs/reference/checks/<code>.md"""
    title, why = CODES[code]
    if code in ROSTER_EXAMPLES:
        body = _of_roster(code, ROSTER_EXAMPLES[code])
    elif code in EXAMPLES:
        body = _of_file(code)
    else:
        body = _of_bytes(code)
    return f"# {code}: {title}\n\n{why}\n\n{body}\n[All checks](../checks.md)\n"


def _of_file(code: str) -> str:
    texts = [marked(text)[0] for text in refused(code)]
    said = [_faults(text) for text in texts]
    is_error = said[0][1]
    first = _changed(texts[0], mended(code))
    put_right = _changed(mended(code), texts[0])
    lines = list(dict.fromkeys(line.split(f" {code} ", 1)[1] for found, _ in said[1:] for line in found))
    more = "".join(f"- {line}\n" for line in lines)
    return (
        f"{'Refused' if is_error else 'Warned of'}:\n\n```yaml\n{first}```\n\n```text\n{said[0][0][0]}\n```\n\n"
        f"Mended, it passes:\n\n```yaml\n{put_right}```\n" + (f"\nIt also says:\n\n{more}" if more else "")
    )


def _of_bytes(code: str) -> str:
    found, _ = _faults(ABOUT_BYTES[code][0][0])
    return f"Refused:\n\n```text\n{found[0]}\n```\n\n{INSTEAD[code]}\n"


def _of_roster(code: str, example: RosterExample) -> str:
    found = [one for one in example.found() if one.code == code]
    level = {Level.ERROR: "Refused", Level.WARNING: "Warned of", Level.INFORMATION: "Said"}[found[0].level]
    said = "\n".join(f"{code} {one.message}{f' {one.remedy}' if one.remedy else ''}" for one in found)
    policy = _policy(example.policy)
    parts = [
        f"Found by `tollgate process check process.yaml --roster roster.yaml --from 2026-12-01`. {level}:\n",
        f"```yaml\n# process.yaml\n{policy}```\n",
        f"```yaml\n# roster.yaml\n{SITES}{example.people}```\n",
        f"```text\n{said}\n```\n",
        "Mended, it is not said:\n",
    ]
    if example.mended_policy:
        parts.append(f"```yaml\n# process.yaml\n{_policy(example.mended_policy)}```\n")
    if example.mended_people:
        parts.append(f"```yaml\n# roster.yaml\n{_changed(example.mended_people, example.people)}```\n")
    return "\n".join(parts)


def _policy(policy: str) -> str:
    text = process(policy).source_text
    return text[len(HEAD) - len("policies:\n  release:\n") :]


def _faults(text: str | bytes) -> tuple[list[str], bool]:
    """The lines printed for a file, and whether it is refused."""
    try:
        found: tuple[Fault, ...] = load_process(text, "process.yaml").warnings
    except ProcessError as error:
        return [fault.at("process.yaml") for fault in error.faults], True
    return [fault.at("process.yaml") for fault in found], False


def _changed(text: str, other: str, around: int = 1) -> str:
    """The lines of `text` that are not so in `other`, each with a line around it; gaps are marked."""
    lines, others = text.splitlines(), other.splitlines()
    kept: list[str] = []
    for group in SequenceMatcher(None, lines, others, autojunk=False).get_grouped_opcodes(around):
        if kept:
            kept.append("# …")
        kept += lines[group[0][1] : group[-1][2]]
    return "\n".join(kept) + "\n"


CHECK_PAGES = {f"checks/{code}.md": (lambda code=code: check_page(code)) for code in CODES}
