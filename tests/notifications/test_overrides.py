"""Templates of the operator's own: what they may say, and that none of them loses a mail."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

import pytest
from command_line import run

from notifications.errors import OverrideError
from notifications.examples import example
from notifications.messages import context_of
from notifications.render import Rendered, render, render_overridden

HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "mail-templates.md"


def made(folder: Path, message: str = "ask", locale: str = "de") -> Rendered:
    return render(context_of(example(message, locale), "Tollgate"), folder)


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_templates_of_the_page_go_before_the_built_in_ones(tmp_path: Path) -> None:
    """As the how-to has them: they are found, they speak the reader's language, and the rest is as it was."""
    for name, text in re.findall(r"`(ask/\w+\.txt)`.*?```jinja\n(.*?)```", HOWTO.read_text(), flags=re.DOTALL):
        put(tmp_path, name, text)
    found = made(tmp_path)
    assert found.subject == "ACME: Bitte unterschreiben ECR-0042 (Unterschrift bis Do., 3. Dez.)"
    assert "ACME quality line" in found.text
    assert "Ihre Unterschrift wird erbeten." in found.text
    assert found.instead == ""
    assert made(tmp_path, "receipt") == render(context_of(example("receipt", "de"), "Tollgate"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ m.sign_url }} {{ m.nothing }}", "no attribute 'nothing'"),
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ m.__class__ }}", "line 1: __class__ is no part"),
        ("\n{{ m['__class__'] }}", "line 2: only a number"),
        ("{{ m | attr('__class__') }}", "no filter 'attr'"),
        ("{{ m.key.join('ab') }}", "only these may be called"),
        ("{{ ().__class__.__bases__ }}", "__bases__ is no part"),
        ("{{ 'x' * 1000000000 }}", r"\* is not for templates"),
        ("{{ '%999999999d' % 1 }}", "% is not for templates"),
        ("{{ _('%(n)999999999d', n=1) }}", "a place in a message is written"),
        ("{{ _(m.title) }}", "a message is fixed text"),
        ("{% for i in range(10) %}{% endfor %}", "a loop goes over one of"),
        ("{% for a in m.title %}{% endfor %}", "a loop goes over one of"),
        ("{% for a in m.changes recursive %}{{ loop(m.changes) }}{% endfor %}", "at most 2 loops"),
        ("{% set x = m.title ~ m.title %}", "{% set %} is not for"),
        ("{% macro a() %}{{ a() }}{% endmacro %}", "{% macro %} is not for"),
        ("{% include 'ask/body.txt' %}", "recursion"),
        ("{% for a in m.changes %}{% include 'ask/body.txt' %}{% endfor %}", "a loop holds no"),
        ("{% autoescape false %}{% endautoescape %}", "{% autoescape %} is not for"),
        ("{% include '../../../etc/passwd' %}", "which ends with .txt or .html"),
        ("{% include '../../../etc/passwd.txt' %}", "passwd"),
        ("{% include 'ask/notes.jinja' %}", "which ends with .txt or .html"),
        (f"{{{{ {'+'.join(['m.title'] * 5000)} }}}}", "at most 60 things"),
        (f"{{{{ m{'.title' * 5000} }}}}", "at most 60 things"),
        (f"{{{{ {'not ' * 250} m.title }}}}", "at most 60 things"),
        ("{% if m.title %}" * 101 + "{% endif %}" * 101, "at most 60 things"),
        (f"{{{{ {'1' * 5000} }}}}", "cannot be read: Exceeds the limit"),
        ("{{ m.title | join('ab') | join('ab') }}", "join takes a list as it is"),
        (f"{{{{ m.title | join('{'a' * 101}') }}}}", "join puts at most 100 characters"),
        ("{{ m.title | join(d=m.title) }}", "without names"),
        ("{% for a in m.changes %}{% block x %}{% endblock %}{% endfor %}", "a loop holds no {% block %}"),
        ("{% block x %}{{ super() }}{{ super() }}{% endblock %}", r"a block calls super\(\) once"),
        ("{% if %}", "line 1: Expected an expression"),
        ("nothing to sign by", r"m.sign_url\) is missing"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_and_loses_no_mail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, said: str
) -> None:
    """The built-in one writes the mail, and the log says why."""
    put(tmp_path, "ask/body.txt", text)
    context = context_of(example("ask", "de"), "Tollgate")
    with pytest.raises(OverrideError, match=said):
        render_overridden(context, tmp_path)
    with caplog.at_level(logging.WARNING):
        found = render(context, tmp_path)
    assert found.text == render(context).text
    assert re.search(said, found.instead)
    assert "is written with the built-in templates" in caplog.text


def test_a_page_without_the_link_or_too_long_is_refused(tmp_path: Path) -> None:
    """In HTML a link is one that can be clicked; a subject says something."""
    body = put(tmp_path, "ask/body.html", "<p>{{ m.sign_url }}</p>")
    assert "body.html: the link to sign by" in made(tmp_path).instead
    body.write_text(f"<p><a href='{{{{ m.sign_url }}}}'>{'x' * 90_000}</a></p>" + "{{ m.title }}" * 700)
    assert "characters" not in made(tmp_path).instead
    long = "{% for a in m.criteria %}" * 2 + "x" * 60_000 + "{% endfor %}" * 2
    put(tmp_path, "ask/body.html", f'<a href="{{{{ m.sign_url }}}}">{long}</a>')
    assert "more than 200,000 characters" in made(tmp_path).instead
    body.unlink()
    put(tmp_path, "ask/subject.txt", "{% if not m.key %}x{% endif %}")
    assert "the subject is empty" in made(tmp_path).instead
    assert "there is no folder" in made(tmp_path / "none").instead


def test_a_change_is_read_with_the_next_mail(tmp_path: Path) -> None:
    subject = put(tmp_path, "ask/subject.txt", "One {{ m.key }}")
    assert made(tmp_path).subject == "One ECR-0042"
    subject.write_text("Two {{ m.key }}")
    os.utime(subject, ns=(1, 1))
    assert made(tmp_path).subject == "Two ECR-0042"


def test_the_commands_say_what_is_wrong(tmp_path: Path) -> None:
    """`mail check` exits 1 with file and line; `mail show` prints what would be sent all the same."""
    put(tmp_path, "ask/body.txt", "{{ m.__class__ }}")
    refused = run("mail", "check", "--templates", str(tmp_path))
    assert refused.exit_code == 1
    assert "ask/body.txt, line 1: __class__ is no part of what a mail may say." in refused.stdout
    shown = run("mail", "show", "ask", "--lang", "fr", "--templates", str(tmp_path))
    assert shown.exit_code == 0
    assert "Votre signature est demandée" in shown.stdout
    assert run("mail", "show", "ask", "--lang", "xx").exit_code == 1
    assert run("mail", "show", "aks").exit_code == 1


def test_few_files_that_include_each_other_twice_hold_up_no_mail(tmp_path: Path) -> None:
    """Twenty-five small files would take for ever, and would never be too long: they are counted before."""
    put(tmp_path, "ask/body.txt", "{{ m.sign_url }}{% include 'part-0.txt' %}")
    for n in range(25):
        put(tmp_path, f"part-{n}.txt", f"{{% include 'part-{n + 1}.txt' %}}" * 2)
    put(tmp_path, "part-25.txt", "")
    assert "draws in more than 100 templates" in made(tmp_path).instead
