"""`tollgate process replay` on a log of gate attempts."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from workflows.cli.main import app

K8S = Path(__file__).parents[3] / "docs" / "replay" / "k8s-prr"
LOG = """\
item_id,seq,ts,commit,event,field,from,to,sig
1,1,2021-02-01T00:00:00Z,aa,prr,alpha,,deads2k,sig-node
1,2,2021-02-01T00:00:00Z,aa,created,,,keps/1,
1,3,2021-02-01T00:00:00Z,aa,set,status,,implementable,
1,4,2021-02-01T00:00:00Z,aa,set,stage,,alpha,
1,5,2021-02-01T00:00:00Z,aa,set,latest_milestone,,v1.21,
1,6,2021-02-01T00:00:00Z,aa,set,owning_sig,,sig-node,
2,1,2021-02-02T00:00:00Z,bb,set,status,,implementable,
"""


def test_replay_of_attempts_prints_the_report(tmp_path: Path) -> None:
    """For people and as JSON; without its groups it is refused in one sentence."""
    log = tmp_path / "log.csv"
    log.write_text(LOG)
    command = ["process", "replay", str(K8S / "k8s-prr.yaml"), "--events", str(log), "--map", str(K8S / "map.yaml")]
    groups = ["--groups", str(K8S / "groups.csv.gz")]
    done = CliRunner().invoke(app, [*command, *groups, "--json"])
    data = json.loads(done.stdout)
    assert (data["attempts"], data["passes"], data["refusals"]) == (2, {"pass": 1}, {"missing_milestone": 1})
    text = CliRunner().invoke(app, [*command, *groups]).stdout
    assert "2 attempts in 2 transactions" in text
    assert "2021-02-02T00:00:00Z  2  missing_milestone  bb" in text
    refused = CliRunner().invoke(app, command)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.strip().endswith("give it with --groups.")
