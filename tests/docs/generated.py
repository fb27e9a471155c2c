"""The parts of the reference that are made from the code, and the JSON Schema; `python tests/docs/generated.py` writes them anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from check_pages import CHECK_PAGES

from gates.roster import AbsenceLine, HoldingLine, PersonLine, RoleLine, RosterFile, SiteLine
from gates.sitesfile import ClosedLine, OpenLine, SiteCalendar, SitesFile, WindowLine
from policies.cases.model import Case, CasePerson, CasesFile, CaseStandIn, Event, Expected, Held, ItemFile
from policies.codes import CODES
from policies.lint.points import MOST_KINDS, MOST_POINTS
from policies.model import (
    Act,
    After,
    AllOf,
    Announce,
    AnyOf,
    Budget,
    Check,
    Conditions,
    Criterion,
    Deadline,
    Demand,
    DependsOn,
    Due,
    Edits,
    Escalations,
    Expires,
    Extend,
    Field,
    ForEach,
    Inactive,
    InOrder,
    LadderStep,
    Lapse,
    Meeting,
    Met,
    Named,
    NOf,
    OfThoseAsked,
    Outcome,
    Override,
    Pausing,
    Policy,
    PositionWord,
    Process,
    Quorum,
    Raise,
    Review,
    Selector,
    Signature,
    State,
    Under,
    Votes,
    WindowUse,
)
from policies.schema import process_schema
from workflows.settings import Settings
from workflows.validation.trace import carriers, page, read_requirements

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / "docs" / "reference"
SCHEMA = Path(__file__).parents[2] / "policies" / "process.schema.json"
MODELS = (
    Process, Field, Criterion, Budget, State, Act, Due, Extend, LadderStep, OfThoseAsked, Raise, Escalations, Pausing, Inactive, DependsOn, Announce, Edits, Selector,
    Conditions, Met, Lapse, Review, Expires, Under, WindowUse, Meeting,
    Policy, Deadline, Override, Signature, PositionWord, Demand, Outcome,
    Votes, Quorum, After, Check, AllOf, AnyOf, NOf, InOrder, ForEach, Named,
)  # fmt: skip


def checks() -> str:
    """docs/reference/checks.md"""
    rows = {code: f"| [{code}](checks/{code}.md) | {title} | {why} |\n" for code, (title, why) in CODES.items()}
    head = "| code | what | why it matters |\n| --- | --- | --- |\n"
    return (
        "# Checks of a process file\n\nEvery fault names file, line, column, code, what is wrong, and what would mend it. "
        "A code keeps its meaning for ever. Behind each is a page with an example, refused and mended.\n\n"
        f"{head}{''.join(row for code, row in rows.items() if code < 'TG2')}\n"
        "## Checks of a process and a roster\n\nMade with `tollgate process check FILE --roster roster.yaml` "
        "([how to](../howto/check-with-a-roster.md)). TG203, TG204 and TG205 refuse the file, TG211 only says something, "
        f"the others warn. For each policy up to {MOST_POINTS:,} items at the boundaries of its guards are looked at, and "
        f"up to {MOST_KINDS} of those on which the guards differ are tried; where there are more, that is said.\n\n"
        f"{head}{''.join(row for code, row in rows.items() if code >= 'TG2')}"
    )


def settings() -> str:
    """docs/reference/settings.md"""
    rows = []
    for name, info in Settings.model_fields.items():
        default = info.default
        shown = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        mark = "" if shown in (None, "") else f"`{shown}`"
        rows.append(f"| `TOLLGATE_{name.upper()}` | {mark} | {info.description} |\n")
    return (
        "# Settings\n\nFrom the environment. Prefect has settings of its own; the one that matters here is `PREFECT_API_URL`.\n\n"
        "| setting | default | what |\n| --- | --- | --- |\n" + "".join(rows) + "\n"
        "For commands: `TOLLGATE_PERSON` says who acts (`--as`). For tests: `TOLLGATE_CHROMIUM` names a Chromium.\n"
    )


def process_file() -> str:
    """docs/reference/process-file.md"""
    parts = [
        "# The words of a process file\n",
        "One table a mapping. Durations are `90m`, `24h`, `3d`, `5wd` (working days), `16wh` (working hours), `2w`, `6mo`; working "
        "time is counted in the calendar of the site of whoever has to act ([how](../howto/calendars.md)). "
        "`tollgate process schema` prints the same as JSON Schema; name it in the file's first line "
        "(`# yaml-language-server: $schema=process.schema.json`) and an editor completes it.\n",
    ]
    return "\n".join([*parts, *_tables(MODELS)])


def roster_file() -> str:
    """docs/reference/roster-file.md"""
    head = (
        "# The words of a roster file\n",
        "The file is the roster: whoever is left out becomes inactive when it is imported. Days are `2026-12-24`, in the "
        "time of the person they are about.\n",
    )
    return "\n".join([*head, *_tables((RosterFile, PersonLine, HoldingLine, AbsenceLine, SiteLine, RoleLine))])


def sites_file() -> str:
    """docs/reference/sites-file.md"""
    head = (
        "# The words of a sites file\n",
        "The calendars of the sites. `tollgate calendar import sites.yaml` makes them a version that is in force from then "
        "on; see [how time is counted](../howto/calendars.md).\n",
    )
    return "\n".join([*head, *_tables((SitesFile, SiteCalendar, ClosedLine, OpenLine, WindowLine))])


def cases_file() -> str:
    """docs/reference/cases-file.md"""
    head = (
        "# The words of a cases file\n",
        "`NAME.cases.yaml` beside `NAME.yaml`; `tollgate process test NAME.yaml` runs it. Each event comes an hour after the "
        "one before, or `after` so long; the clock begins on Monday 5 January 2026 at 9:00 UTC.\n",
    )
    return "\n".join([*head, *_tables((CasesFile, CasePerson, Held, CaseStandIn, Case, Event, Expected, ItemFile))])


def trace() -> str:
    """docs/compliance/trace.md"""
    return page(read_requirements(REPOSITORY), carriers(REPOSITORY))


def _tables(models: tuple[type, ...]) -> list[str]:
    return [
        f"## {model.__name__}\n\n{(model.__doc__ or '').strip()}\n\n| key | | |\n| --- | --- | --- |\n" + _rows(model)
        for model in models
    ]


def _rows(model: type) -> str:
    rows = []
    for name, info in model.model_fields.items():
        need = "needed" if info.is_required() else ""
        rows.append(f"| `{info.alias or name}` | {need} | {' '.join((info.description or '').split())} |\n")
    return "".join(rows)


PAGES = {
    "checks.md": checks,
    "settings.md": settings,
    "process-file.md": process_file,
    "roster-file.md": roster_file,
    "sites-file.md": sites_file,
    "cases-file.md": cases_file,
    "../compliance/trace.md": trace,
    **CHECK_PAGES,
}

if __name__ == "__main__":
    (REFERENCE / "checks").mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")
    SCHEMA.write_text(json.dumps(process_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
