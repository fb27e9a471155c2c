"""Conditions: what is refused, where, and with which way on."""

import pytest
from scenes import load_example

from policies.conditions import TypeEnv, compile_condition, type_env
from policies.errors import ConditionError

PROCESS = load_example("approve: {from: engineering, at_least: 1}").process
ENV: TypeEnv = type_env(PROCESS.fields, PROCESS.criteria)

REFUSED = [
    # text, column, a piece of the reason, a piece of the remedy
    ("item.cots > 1", 1, "no field 'cots'", "Did you mean cost?"),
    ("1 < 2 && item.rsik == 'low'", 10, "no field 'rsik'", "Did you mean risk?"),
    ("item.xyzzy", 1, "no field 'xyzzy'", "There is: author, cost"),
    ("item.criteria.impcat.met", 1, "no criterion 'impcat'", "Did you mean impact?"),
    ("item.criteria.impact", 1, "'item.criteria.impact' is not known", "item.criteria.<name>.met"),
    ("cost > 1", 1, "'cost' is not known; names start with `item`", "Write item.cost?"),
    ("item.cost", 1, "a condition is true or false; this is a number", ""),
    ("item.reason", 1, "this is a text", ""),
    ("1", 1, "this is a number", ""),
    ('item.cost > "50000"', 11, "a number is not compared with a text", ""),
    ("item.risk == 'hgih'", 14, "'hgih' is a value it never takes", "Did you mean 'high'?"),
    ("'medium' == item.risk", 1, "'medium' is a value it never takes", "There is: low, high."),
    ("item.risk in ['low', 'mid']", 22, "'mid' is a value it never takes", ""),
    ("'safty' in item.tags", 1, "'safty' is a value it never takes", "Did you mean 'safety'?"),
    ("item.risk > 'low'", 11, "would order the choices by their letters", "Use `in [...]`."),
    ("item.urgent > false", 13, "does not order true and false", ""),
    ("item.urgent == 'yes'", 13, "a boolean is not compared with a text", ""),
    ("item.cost && true", 1, "`&&` joins conditions, found number", ""),
    ("true || item.reason", 9, "`||` joins conditions, found text", ""),
    ("!item.cost", 1, "`!` takes a boolean, found number", ""),
    ("-item.reason == 'x'", 1, "`-` takes a number, found text", ""),
    ("item.reason + 'x' == 'y'", 13, "`+` does not go between text and text", ""),
    ("item.due + 5 > item.due", 10, "`+` does not go between date and number", ""),
    ("item.due * duration('1d') > item.due", 10, "`*` does not go between date and duration", ""),
    ("item.due + item.due > item.due", 10, "`+` does not go between date and date", ""),
    ("item.due > '2026-01-01'", 10, "a date is not compared with a text", ""),
    ("item.due > date('2026-02-30')", 17, "'2026-02-30' is no date", 'Write date("2026-08-20").'),
    ("item.due > date(item.reason)", 12, "date() takes a text in quotes", ""),
    ("item.due - item.due > duration('5h')", 32, "'5h' is no duration", 'duration("5d")'),
    ("item.due - item.due > duration('5wd')", 32, "'5wd' is no duration", ""),
    ("item.tags == item.tags", 11, "a list of text is not compared", ""),
    ("item.cost in item.tags", 11, "a number is never in a list of text", ""),
    ("item.reason in item.reason", 16, "`in` looks into a list, found text", ""),
    ("item.cost in []", 14, "an empty list", ""),
    ("item.cost in [1, 'x']", 18, "a list holds one type; this is text, not number", ""),
    ("size(item.cost) > 1", 1, "size() takes text or a list, found number", ""),
    ("size(item.tags, 1) > 1", 1, "size() takes one value, found 2", ""),
    ("has(1)", 1, "has() takes a field: has(item.cost)", ""),
    ("has(item.nothing)", 5, "no field 'nothing'", ""),
    ("item.cost.startsWith('1')", 1, "startsWith() takes text, found number", ""),
    ("item.reason.startsWith()", 13, "startsWith() takes one text", ""),
    ("item.reason.startswith('x')", 13, "no function 'startswith'", "Did you mean startsWith?"),
    ("matches(item.reason, 'x')", 1, "no function 'matches'", "There is: contains"),
    ("exec('x')", 1, "no function 'exec'", ""),
    ("item.__class__ == 'x'", 1, "no field '__class__'", ""),
    ("item.reason.__len__() > 1", 13, "no function '__len__'", ""),
    ("1 < 2 < 3", 7, "comparisons do not chain", "Join two with `&&`."),
    ("item.cost = 1", 11, "'=' has no meaning here", "Compare with `==`."),
    ("true & false", 6, "'&' has no meaning here", "Write `&&`."),
    ("true | false", 6, "'|' has no meaning here", "Write `||`."),
    ("true ? true : false", 6, "'?' has no meaning here", "There is no `? :` here."),
    ("item.reason == 'x", 16, "the text starts here and does not end", "Close the quote."),
    (r"item.reason == '\q'", 16, r"the escape \q is not known", ""),
    ("(item.urgent", 13, "expected `)`, found 'the end'", ""),
    ("item.urgent)", 12, "expected the end or an operator, found ')'", ""),
    ("item.urgent item.urgent", 13, "expected the end or an operator, found 'item'", ""),
    ("item.", 6, "expected a name after the point", ""),
    ("item.cost >", 12, "expected a value, found 'the end'", ""),
    ("item.pieces[0] == 1", 12, "only names have parts", ""),
    ("item.cost > 1234567890123456789", 13, "the number 123456789012… is too long", ""),
    ("item.cost > 1e5", 14, "expected the end or an operator, found 'e5'", ""),
    ("", 1, "expected a value, found 'the end'", ""),
    ("   ", 4, "expected a value, found 'the end'", ""),
]


@pytest.mark.parametrize(("text", "column", "reason", "remedy"), REFUSED)
def test_what_makes_no_sense_is_refused_with_its_place_and_a_way_on(text, column, reason, remedy):
    """A condition that does not fit the fields is refused with the column, the reason and the remedy."""
    with pytest.raises(ConditionError) as refused:
        compile_condition(text, ENV)
    error = refused.value
    assert (error.column, reason in error.reason, remedy in error.remedy) == (column, True, True), str(error)


def test_the_message_of_a_refusal_holds_place_reason_and_remedy():
    """The one line that people read has all three."""
    with pytest.raises(ConditionError) as refused:
        compile_condition("item.cots > 1", ENV)
    assert str(refused.value) == "column 1: there is no field 'cots'. Did you mean cost?"
