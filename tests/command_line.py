"""Commands run in this process, as a user would type them."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from workflows.cli.main import app

NEW = ("item", "new", "engineering-change", "New seal", "--as", "dan", "--site", "Lyon", "-f", "reason=leak", "-f", "cost=100",
       "-f", "risk=low", "-f", "track=fast", "-f", "drawing=D1", "--met", "impact=https://e.example")  # fmt: skip


def run(*arguments: str, stdin: str = "") -> Result:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def well(*arguments: str, stdin: str = "") -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return result.stdout
