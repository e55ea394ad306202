"""Documents that people write by hand: every error names its line, and a lifecycle that cannot work is refused."""

import pytest
from pydantic import BaseModel, ConfigDict

from domain import engagement as an_engagement
from domain.documents import Document, DocumentError, parse
from domain.gates import Gate, View
from domain.lifecycle import Lifecycle, read_lifecycle
from domain.part import History
from tests.given import RATED, opened, rules_from, shipped, shipped_document, text_of


def lifecycle(text: str) -> Lifecycle:
    return read_lifecycle(parse("test.yaml", text), an_engagement.COMMANDS, an_engagement.EVENTS)


def wrong(text: str) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        lifecycle(text)
    assert "\n" not in str(caught.value)
    return caught.value


# Parsing

BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(9))


def test_text_that_yaml_would_turn_into_something_else_stays_text() -> None:
    document = parse("a.yaml", "a: no\nb: 2002-10\nc: 2002-05-29\nd: 1.50\ne: 0x10\nf: '7'\ng: 08\nh: yes\ni: 12:30\n")
    assert document.value == {
        "a": "no",
        "b": "2002-10",
        "c": "2002-05-29",
        "d": "1.50",
        "e": "0x10",
        "f": "7",
        "g": "08",
        "h": "yes",
        "i": "12:30",
    }


def test_numbers_truth_and_nothing_are_read() -> None:
    assert parse("a.yaml", "[0, -3, 12, true, false, null, ~, '', ' ']").value == [
        0,
        -3,
        12,
        True,
        False,
        None,
        None,
        "",
        " ",
    ]


def test_every_place_has_its_line() -> None:
    document = parse("a.yaml", "a:\n  - b: 1\n    c: 2\n  - d\ne: {f: [1,\n  2]}\n")
    assert document.line_of(()) == 1
    assert document.line_of(("a", 0, "c")) == 3
    assert document.line_of(("a", 1)) == 4
    assert document.line_of(("e", "f", 1)) == 5 + 1
    assert document.line_of(("a", 0, "c", "deeper", 7)) == 3
    assert document.line_of(("nowhere",)) == 1


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "the file is empty"),
        ("# only a comment\n", 1, "the file is empty"),
        ("a: 1\nb: 2\na: 3\n", 3, "this key is given twice"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "this key is given twice"),
        ("a: {b: 1, b: 2}\n", 1, "this key is given twice"),
        ("a: [1, 2\nb: 3\n", 2, "not well-formed YAML"),
        ("a: 'open\n", 2, "not well-formed YAML"),
        ("a: 1\n\tb: 2\n", 2, "not well-formed YAML"),
        ("a: *nobody\n", 1, "not well-formed YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not well-formed YAML"),
        ("a: 1\nb: \x00\n", 2, "not well-formed YAML"),
        ("[" * 5000, 1, "nested too deeply"),
        (BOMB, 2, "not well-formed YAML: references (*name) are not read; write it out"),
        ("[" * 45 + "]" * 45, 1, "nested too deeply"),
        ("a: &loop [*loop]\n", 1, "not well-formed YAML: references (*name) are not read; write it out"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key is a name, not a list or a mapping"),
    ],
    ids=[
        "nothing",
        "a comment",
        "a key twice",
        "a key twice further in",
        "a key twice in one line",
        "a list left open",
        "a quotation left open",
        "a tab",
        "an alias of nothing",
        "two documents",
        "a control character",
        "a tower of open brackets",
        "aliases of aliases",
        "a tower of brackets",
        "a loop",
        "a list as a key",
    ],
)
def test_what_is_not_well_formed_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse("a.yaml", text)
    assert (caught.value.name, caught.value.line) == ("a.yaml", line)
    assert caught.value.problem.startswith(problem)
    assert "\n" not in str(caught.value)


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    inner: list[Inner]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inner:\n  - number: 1\n  - number: x\n", "a.yaml, line 3: inner.1.number: input should be a valid integer"),
        ("inner:\n  - number: 1\n  - {}\n", "a.yaml, line 3: inner.1: 'number' is missing"),
        ("inner: []\nother: 1\n", "a.yaml, line 2: other: 'other' is not a field here"),
        ("- 1\n", "a.yaml, line 1: input should be a valid dictionary"),
    ],
)
def test_the_first_thing_that_does_not_fit_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse("a.yaml", text).read_as(Outer)
    assert str(caught.value).startswith(said)


# Lifecycles

SMALL = """id: small
version: 1
title: Small
source: A test
calendar: england
starts: {services: [social-services], stars: [0]}
parties:
  office: The office
  council: The council
roles:
  office.clerk:
    title: Clerk
    may: [receive-pip, judge-pip, stop-engagement, award-contract, schedule-board, request-change, decide-change,
          submit-pid, submit-deliverable, accept-deliverable, pass-lead, use-final-days, agree-scope, draft-scope]
  council.elder:
    title: Elder
    signs_in: false
    recorded_by: [office.clerk]
    may: [record-decision]
always: [stop-engagement]
after_close: []
stages:
  - id: first
    title: First
    owner: office.clerk
    allows: [receive-pip, judge-pip]
    obligations:
      - id: plan
        title: Plan
        owner: office.clerk
        due: {days: 3, after: stage-entered}
        met_by: {recorded: {event: pip-received}}
        escalate: [{days: 1, to: office.clerk}]
        assumed: true
    leave:
      - to: second
        when: {recorded: {event: pip-received}}
  - id: second
    title: Second
    owner: office.clerk
    allows: [judge-pip]
    leave:
      - to: done
        when: {judged: {event: pip-judged, where: {verdict: acceptable}}}
exits:
  - to: stopped
    when: {recorded: {event: engagement-stopped}}
ends:
  - {id: done, title: Done}
  - {id: stopped, title: Stopped}
notices:
  - {event: stage-entered, to: [office.clerk], where: {assumed: false}}
"""


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_small_lifecycle_is_a_lifecycle_and_an_engagement_runs_on_it() -> None:
    rules = rules_from(SMALL)
    scene = opened(rules)
    assert (scene.state.stage, scene.owed()) == ("first", {"plan-1": "2002-06-01"})
    scene.when("receive-pip", "office.clerk", "2002-06-03").accepted()
    assert [rule.event for rule in rules.lifecycle.notices] == ["stage-entered"]
    assert scene.when("judge-pip", "office.clerk", verdict="acceptable").accepted().state.closed == "done"


def test_the_shipped_lifecycle_is_well_and_sees_its_titles() -> None:
    life = shipped().lifecycle
    assert (life.ref, life.title_of("exit"), life.title_of("stopped"), life.title_of("x")) == (
        "performance-action-team@3",
        "Exit",
        "Stopped",
        "x",
    )
    assert life.is_end("stopped") and not life.is_end("exit")
    with pytest.raises(KeyError):
        life.stage("stopped")


def test_a_lifecycle_reads_back_from_its_own_data() -> None:
    life = shipped().lifecycle
    again = Document("published", life.model_dump(mode="json", by_alias=True), {})
    assert read_lifecycle(again, an_engagement.COMMANDS, an_engagement.EVENTS) == life


GATE = "        when: {judged: {event: pip-judged, where: {verdict: acceptable}}}"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "{recorded: {event: pip-received}}\n        esc",
            "{remembered: {event: x}}\n        esc",
            "there is no predicate",
        ),
        (GATE, "        when: {judged: {event: pip-lost}}", "there is no event 'pip-lost'"),
        (GATE, "        when: {any: [{recorded: {event: pip-lost}}]}", "there is no event 'pip-lost'"),
        (GATE, "        when: {not: {recorded: {event: pip-lost}}}", "there is no event 'pip-lost'"),
        (
            GATE,
            "        when: {judged: {event: pip-judged, where: {mark: 1}}}",
            "the event 'pip-judged' has no field 'mark'",
        ),
        (
            GATE,
            "        when: {judged: {event: pip-judged, where: {verdict: fine}}}",
            "'verdict' of the event 'pip-judged' is never 'fine'",
        ),
        (
            GATE,
            "        when: {judged: {event: pip-judged, where: {verdict: [acceptable, fine]}}}",
            "'verdict' of the event 'pip-judged' is never 'fine'",
        ),
        (GATE, "        when: {judged: {}}", "judged: 'event' is missing"),
        (GATE, "        when: {judged: {event: pip-judged, colour: red}}", "judged: 'colour' is not a field here"),
        (
            GATE,
            "        when: {judged: {event: pip-judged, within: month}}",
            "judged: input should be 'engagement', 'ph",
        ),
        (GATE, "        when: {all: []}", "all takes a list of gates"),
        (GATE, "        when: {any: {recorded: {event: pip-judged}}}", "any takes a list of gates"),
        (GATE, "        when: {all: [], any: []}", "a gate has one predicate; join several with all or any"),
        (GATE, "        when: {recorded@9: {event: pip-judged}}", "there is no predicate 'recorded@9'; known are"),
        (
            GATE,
            "        when: {count: {event: pip-judged, at_least: 0}}",
            "count: input should be greater than or equal",
        ),
        (
            GATE,
            "        when: {count: {event: pip-judged, at_least: 2, distinct: judge}}",
            "the event 'pip-judged' has no field 'judge'",
        ),
        (
            GATE,
            "        when: {agreed: {event: scope-agreed, by: [nobody], since: scope-drafted}}",
            "there is no party 'nobody'",
        ),
        (
            GATE,
            "        when: {agreed: {event: scope-agreed, by: [office], since: scope-lost}}",
            "there is no event 'scope-lost'",
        ),
        (
            GATE,
            "        when: {accepted: {of: pid-submitted, items: toys, by: deliverable-accepted, name: deliverable}}",
            "the event 'pid-submitted' has no field 'toys'",
        ),
        (
            GATE,
            "        when: {accepted: {of: pid-submitted, items: deliverables, by: deliverable-accepted, name: toy}}",
            "the event 'deliverable-accepted' has no field 'toy'",
        ),
        (
            GATE,
            "        when: {days_spent: {of: lead-passed, amount: hours, spending: [final-days-used]}}",
            "the event 'lead-passed' has no field 'hours'",
        ),
        (
            GATE,
            "        when: {days_spent: {of: lead-passed, amount: days, spending: [final-days-lost]}}",
            "there is no event 'final-days-lost'",
        ),
        (
            GATE,
            "        when: {recorded: {event: review-recorded}}",
            "nobody may give a command that leads to 'review-rec",
        ),
        ("      - to: done\n", "      - to: heaven\n", "there is no stage or end 'heaven'"),
        ("  - id: second\n", "  - id: first\n", "there is no stage or end 'second'"),
        ("      - to: second\n", "      - to: done\n", "no way leads to the stage 'second'"),
        ("    allows: [judge-pip]\n", "    allows: [judge-pip, dance]\n", "there is no command 'dance'"),
        ("    allows: [judge-pip]\n", "    allows: [meet-council]\n", "no role may give the command 'meet-council'"),
        ("    allows: [judge-pip]\n", "    allows: []\n", "tuple should have at least 1 item"),
        ("always: [stop-engagement]", "always: [dance]", "there is no command 'dance'"),
        ("after_close: []", "after_close: [add-note]", "no role may give the command 'add-note'"),
        ("    may: [record-decision]", "    may: [dance]", "there is no command 'dance'"),
        ("  council.elder:", "  village.elder:", "there is no party 'village'"),
        (
            "    recorded_by: [office.clerk]",
            "    recorded_by: [office.nobody]",
            "'office.nobody' is not a role that signs in",
        ),
        (
            "    recorded_by: [office.clerk]",
            "    recorded_by: [council.elder]",
            "'council.elder' is not a role that signs",
        ),
        ("    recorded_by: [office.clerk]\n", "", "a role that does not sign in needs recorded_by"),
        (
            "        owner: office.clerk\n        due",
            "        owner: office.boss\n        due",
            "there is no role 'office.boss'",
        ),
        ("after: stage-entered}", "after: stage-lost}", "there is no event 'stage-lost'"),
        (
            "after: stage-entered}",
            "after: board-scheduled, field: day}",
            "the event 'board-scheduled' has no field 'day'",
        ),
        (
            "after: stage-entered}",
            "after: board-scheduled, field: board}",
            "'board' of the event 'board-scheduled' is not",
        ),
        (
            "due: {days: 3, after",
            "due: {days: 3, months: 1, after",
            "a length of time is in working_days, days or months",
        ),
        ("due: {days: 3, after", "due: {days: 3, before", "a due rule with before names the event's field that holds"),
        ("due: {days: 3, after: stage-entered}", "due: {days: 3}", "a due rule counts after or before an event"),
        ("        assumed: true\n", "", "an obligation names its source, or says assumed: true"),
        (
            "        assumed: true\n",
            "        assumed: true\n        same: board\n",
            "the event 'stage-entered' has no field",
        ),
        ("to: office.clerk}]\n", "to: office.boss}]\n", "there is no role 'office.boss'"),
        ("  - {event: stage-entered, to", "  - {event: stage-lost, to", "there is no event 'stage-lost'"),
        ("to: [office.clerk], where", "to: [office.boss], where", "there is no role 'office.boss'"),
        ("where: {assumed: false}", "where: {guessed: false}", "the event 'stage-entered' has no field 'guessed'"),
        ("version: 1", "version: 0", "input should be greater than or equal to 1"),
        ("title: Small\n", "title: Small\ncolour: red\n", "'colour' is not a field here"),
        ("title: Small\n", "title: Small\ntitle: Smaller\n", "this key is given twice"),
        ("  council.elder:", "  office.clerk:", "this key is given twice"),
    ],
)
def test_a_lifecycle_that_cannot_work_is_refused(old: str, new: str, problem: str) -> None:
    assert SMALL.count(old) == 1
    assert wrong(SMALL.replace(old, new)).problem.startswith(problem)


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        (GATE, "        when: {judged: {event: pip-lost}}", "pip-lost"),
        ("always: [stop-engagement]", "always: [dance]", "dance"),
        ("    may: [record-decision]", "    may: [dance]", "dance"),
        ("to: office.clerk}]\n", "to: office.boss}]\n", "office.boss"),
        ("      - to: done\n", "      - to: heaven\n", "heaven"),
        ("after: stage-entered}", "after: board-scheduled, field: day}", "field: day"),
        ("where: {assumed: false}", "where: {guessed: false}", "guessed"),
        ("title: Small\n", "title: Small\ncolour: red\n", "colour"),
    ],
    ids=["a gate", "always", "a role's command", "an escalation", "a way", "a due rule", "a notice", "a field"],
)
def test_the_line_is_the_one_with_the_mistake(old: str, new: str, at: str) -> None:
    changed = SMALL.replace(old, new)
    assert wrong(changed).line == line_with(changed, at)


def test_two_stages_need_two_names() -> None:
    start, end = SMALL.index("  - id: second"), SMALL.index("exits:")
    error = wrong(SMALL[:end] + SMALL[start:end] + SMALL[end:])
    assert (error.problem, error.line) == ("there are two stages 'second'", line_with(SMALL, "exits:"))


def test_two_obligations_of_a_stage_need_two_names() -> None:
    start, end = SMALL.index("      - id: plan"), SMALL.index("    leave:")
    changed = SMALL[:end] + SMALL[start:end] + SMALL[end:]
    error = wrong(changed)
    assert error.problem == "there are two obligations 'plan' in this stage"
    assert error.line == line_with(SMALL, "    leave:")


def test_what_is_owed_in_every_stage_has_a_name_of_its_own() -> None:
    start, end = SMALL.index("      - id: plan"), SMALL.index("    leave:")
    throughout = "obligations:\n" + SMALL[start:end]
    at = SMALL.index("exits:")
    error = wrong(SMALL[:at] + throughout + SMALL[at:])
    assert error.problem == "there are two obligations 'plan'"
    renamed = throughout.replace("id: plan", "id: plan-again")
    life = rules_from(SMALL[:at] + renamed + SMALL[at:]).lifecycle
    assert [rule.id for rule in life.owed_in("second")][-1] == "plan-again"
    assert (life.owed_throughout("plan"), life.owed_throughout("plan-again")) == (False, True)


def test_the_shipped_lifecycle_with_a_slip_is_refused_too() -> None:
    text = text_of("lifecycles", "performance-action-team-2.yaml").replace(
        "event: lead-kept}}]}", "event: lead-keptt}}]}"
    )
    assert wrong(text).line == line_with(text, "lead-keptt")
    assert shipped_document().value["id"] == "performance-action-team"


def test_a_lifecycle_is_a_mapping() -> None:
    assert wrong("- a\n").line == 1


# Gates, read and evaluated

EMPTY = View(History(), an_engagement.EVENTS, phase_start=1, stage_start=1)


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("{recorded: {event: pip-received}}", False),
        ("{latest: {event: pip-judged, where: {verdict: acceptable}}}", False),
        ("{count: {event: lead-named, distinct: party, at_least: 1}}", False),
        ("{agreed: {event: scope-agreed, by: [council], since: scope-drafted}}", False),
        ("{accepted: {of: pid-submitted, items: deliverables, by: deliverable-accepted, name: deliverable}}", False),
        ("{days_spent: {of: lead-passed, amount: days, spending: [final-days-used]}}", False),
        ("{not: {recorded: {event: pip-received}}}", True),
        ("{any: [{recorded: {event: pip-received}}, {not: {recorded: {event: pip-received}}}]}", True),
        ("{all: [{recorded: {event: pip-received}}, {not: {recorded: {event: pip-received}}}]}", False),
    ],
)
def test_where_nothing_has_happened_no_gate_is_open_but_what_denies_it(text: str, met: bool) -> None:
    gate = Gate.model_validate(parse("gate", text).value)
    result = gate.evaluate(EMPTY)
    assert result.met is met
    assert result.evidence == ()
    assert bool(list(result.missing())) is not met
    assert Gate.model_validate(gate.model_dump()) == gate


def test_what_is_missing_are_the_leaves_that_keep_it_shut() -> None:
    stage = shipped().lifecycle.stage("mobilisation")
    missing = [part.params["event"] for part in stage.leave[0].when.evaluate(EMPTY).missing()]
    assert missing == ["mobilisation-meeting-held", "lead-named", "pid-agreed"]


def test_a_gate_result_is_stored_in_the_event_and_reads_back() -> None:
    scene = opened(rules_from(SMALL)).when("receive-pip", "office.clerk", "2002-06-03")
    entered = scene.events[-1]
    assert an_engagement.EVENTS[entered.type].read(entered.model_dump(mode="json")) == entered
    assert scene.state.opened is not None and scene.state.opened.latest == RATED
