"""What is found in a lifecycle document before it is published: each mistake with its line, and what would be right."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from activities.library import shipped_documents
from domain import engagement
from domain.documents import Document, parse
from domain.lifecycle_schema import schema
from domain.soundness import Finding, findings
from tests.command_line import Run

TEXT = (Path(__file__).parent / "models" / "peer-support-1.yaml").read_text(encoding="utf-8")

SHIPPED = [document for kind, document in shipped_documents() if kind == "lifecycle"]


def found_in(text: str) -> list[Finding]:
    return findings(parse("m.yaml", text), engagement.COMMANDS, engagement.EVENTS, ["england"])


@pytest.mark.parametrize("document", SHIPPED, ids=lambda document: document.name)
def test_nothing_is_found_in_what_comes_with_the_release(document: Document) -> None:
    assert findings(document, engagement.COMMANDS, engagement.EVENTS, ["england"]) == []


def test_nothing_is_found_in_the_model_of_the_tests() -> None:
    assert found_in(TEXT) == []


NEW_STAGE = """  - id: island
    title: Island
    owner: peers.lead-peer
    allows: [record-visit]
    leave:
      - {to: %s, when: {recorded: {event: visit-recorded, within: stage}}}
exits:
"""

MISTAKES = [
    # case, what is replaced, by what, the line is the one that holds this, problem, hint
    (
        "a stage that only itself leads to",
        "exits:\n",
        NEW_STAGE % "island",
        "- id: island",
        "no way leads to the stage 'island' from where an engagement begins",
        "let a way lead to it",
    ),
    (
        "a stage from which no end is reached",
        "      - {to: refused, when: {latest: {event: answer-recorded, where: {acknowledged: false}}}}\n",
        "      - {to: island, when: {latest: {event: answer-recorded, where: {acknowledged: false}}}}\n",
        "- id: island",
        "the stage 'island' is a dead end: no end can be reached from it",
        "let a way lead to an end",
    ),
    (
        "an end that nothing leads to",
        "ends:\n",
        "ends:\n  - {id: closed, title: Closed}\n",
        "{id: closed",
        "no way leads to the end 'closed'",
        "let a way lead to it",
    ),
    (
        "an end that is called like a stage",
        "ends:\n",
        "ends:\n  - {id: talk, title: Talked}\n",
        "{id: talk, title: Talked}",
        "'talk' is a stage already",
        "give it another id",
    ),
    (
        "a gate whose command another stage allows",
        "    allows: [record-help]\n",
        "    allows: [record-visit]\n",
        "{to: visits, when",
        "nobody can bring about 'help-recorded' in the stage 'help'",
        "'record-help' is allowed in no stage: add it to what 'help' allows",
    ),
    (
        "a gate whose command no role may give",
        "    may: [add-note, record-visit, record-finding]\n",
        "    may: [add-note, record-visit]\n",
        "count: {event: finding-recorded",
        "nobody may give a command that leads to 'finding-recorded'",
        None,
    ),
    (
        "a gate that needs what can't have happened",
        "    needs: [visit-recorded]\n",
        "    needs: [pip-received]\n",
        "count: {event: finding-recorded",
        "nobody can bring about 'finding-recorded' in the stage 'visits'",
        "'record-finding' needs what can't have happened by then",
    ),
    (
        "parties that can't agree",
        "        when:\n          all:\n",
        "        when:\n          all:\n            - agreed: {event: action-recorded, by: [peers], since: visit-recorded}\n",
        "agreed: {event: action-recorded",
        "no role of the party 'peers' can bring about 'action-recorded'",
        "let a role of peers give 'record-action'",
    ),
    (
        "an obligation that nothing ends",
        "met_by: {recorded: {event: finding-recorded}}",
        "met_by: {recorded: {event: help-recorded, within: stage}}",
        "event: help-recorded, within: stage}}\n        same: visit",
        "nobody can bring about 'help-recorded' in the stage 'visits'",
        "'record-help' is allowed in help",
    ),
    (
        "an obligation that is never owed",
        "due: {working_days: 5, after: visit-recorded}",
        "due: {working_days: 5, after: pip-received}",
        "after: pip-received",
        "'report-visit' is never owed: 'pip-received' can't happen",
        "let a role give 'receive-pip'",
    ),
    (
        "an obligation that nobody owns",
        "        owner: peers.lead-peer\n        due: {working_days: 5",
        "        owner: peers.leading-peer\n        due: {working_days: 5",
        "owner: peers.leading-peer",
        "there is no role 'peers.leading-peer'",
        "did you mean peers.lead-peer?",
    ),
    (
        "an escalation to nobody",
        "escalate: [{working_days: 1, to: peers.lead-peer}]",
        "escalate: [{working_days: 1, to: peers.chief-peer}]",
        "to: peers.chief-peer",
        "there is no role 'peers.chief-peer'",
        "did you mean",
    ),
    (
        "a number from nowhere",
        "        same: visit\n        assumed: true\n",
        "        same: visit\n",
        "- id: report-visit",
        "an obligation names its source, or says assumed: true",
        None,
    ),
    (
        "a notice to nobody",
        "where: {kind: peer-review}}",
        "where: {kind: peer-revue}}",
        "where: {kind: peer-revue}",
        "'kind' of the event 'help-recorded' is never 'peer-revue'",
        None,
    ),
    (
        "a lapse of what is not owed",
        "where: {obligation: lapse}",
        "where: {obligation: laps}",
        "where: {obligation: laps}",
        "there is no obligation 'laps'",
        "did you mean lapse?",
    ),
    (
        "a stage that does not exist",
        "{to: lapsed, when: {recorded: {event: obligation-passed, where: {obligation: lapse}, within: stage}}}",
        "{to: lapsed, when: {recorded: {event: stage-entered, where: {stage: visit}}}}",
        "where: {stage: visit}",
        "there is no stage 'visit'",
        "did you mean visits?",
    ),
    (
        "a record that exists",
        "  - id: verdict\n    title: Verdict\n",
        "  - id: decision\n    title: Verdict\n",
        "- id: decision",
        "a record 'decision' would bring a command that exists",
        "choose another id",
    ),
    (
        "a record that nobody may give",
        "    may: [add-note, record-answer, record-action]\n",
        "    may: [add-note, record-answer]\n",
        "- id: action",
        "no role may give 'record-action'",
        "add it to what some role may",
    ),
    (
        "a record that needs the unknown",
        "    needs: [visit-recorded]\n",
        "    needs: [visits-recorded]\n",
        "needs: [visits-recorded]",
        "there is no event 'visits-recorded'",
        "did you mean visit-recorded",
    ),
    (
        "two triggers of one name",
        "    - {id: concern,",
        "    - {id: request,",
        "{id: request, title: A concern",
        "there are two triggers 'request'",
        None,
    ),
    (
        "a trigger into nowhere",
        "enters: talk}",
        "enters: walk}",
        "enters: walk}",
        "there is no stage 'walk'",
        "did you mean talk?",
    ),
    (
        "nothing to open it",
        "opens:\n  services: [whole-council]\n  triggers:\n"
        "    - {id: request, title: The council's own request}\n"
        "    - {id: concern, title: A concern raised, enters: talk}\n",
        "",
        "id: peer-support",
        "nothing opens an engagement of this model",
        "say which ratings open it",
    ),
    (
        "a calendar that there is not",
        "calendar: england",
        "calendar: wales",
        "calendar: wales",
        "there is no calendar 'wales'",
        "known are england",
    ),
    (
        "a rating in no service",
        "opens:\n",
        "starts: {services: [libraries], stars: [0]}\nopens:\n",
        "services: [libraries]",
        "there is no service 'libraries'",
        "known are social-services",
    ),
    (
        "stars beyond the sky",
        "opens:\n",
        "starts: {services: [housing], stars: [4]}\nopens:\n",
        "stars: [4]",
        "no council is ever rated 4 stars",
        "stars are 0 to 3",
    ),
    (
        "a title of nothing",
        "title: Finding help",
        "title: '  '",
        "title: '  '",
        "'title' is empty",
        "write a few words",
    ),
    (
        "a role that can't be one",
        "  peers.lead-peer:\n",
        "  peers:\n    title: Peers\n    may: [record-visit]\n  peers.lead-peer:\n",
        "  peers:\n    title: Peers\n    may",
        "'peers' can't be a role",
        "write PARTY.ROLE",
    ),
    (
        "a command that follows by itself",
        "record-help, record-visit]",
        "record-help, record-visit, note-rating]",
        "note-rating]",
        "'note-rating' follows by itself: no role gives it",
        "take it out",
    ),
    (
        "a field that does not exist",
        "same: visit\n",
        "same: visited\n",
        "same: visited",
        "the event 'visit-recorded' has no field 'visited'",
        None,
    ),
    (
        "a field that is no date",
        "before: help-recorded, field: until}",
        "before: help-recorded, field: budget}",
        "field: budget}",
        "'budget' of the event 'help-recorded' is not a date",
        None,
    ),
    (
        "a choice of nothing",
        "type: choice, of: [enough, more], required: true}",
        "type: choice, required: true}",
        "type: choice, required: true}",
        "a choice says in `of` what can be chosen, and nothing else does",
        None,
    ),
    (
        "a field that is the engine's",
        "- {id: why, type: text}",
        "- {id: gives, type: text}",
        "- id: answer",
        "'gives' can't be a field's name: it is kept for the engine",
        None,
    ),
]


@pytest.mark.parametrize(
    ("old", "new", "at", "problem", "hint"), [case[1:] for case in MISTAKES], ids=[c[0] for c in MISTAKES]
)
def test_a_mistake_is_named_with_its_line_and_what_would_be_right(
    old: str, new: str, at: str, problem: str, hint: str | None
) -> None:
    text = TEXT
    if "island" in new and "island" not in old and not new.endswith("exits:\n"):
        text = text.replace("exits:\n", NEW_STAGE % "island")
    assert text.count(old) == 1, text.count(old)
    text = text.replace(old, new)
    line = text[: text.index(at)].count("\n") + 1
    found = [each for each in found_in(text) if each.problem == problem]
    assert (line, True) in [(each.line, each.error) for each in found], found_in(text)
    told = next(each for each in found if each.line == line)
    assert (hint or "") in (told.hint or "")
    assert str(told).startswith(f"m.yaml:{line}: {problem}")


WARNINGS = [
    (
        "an owner who can't do it",
        "        owner: peers.lead-peer\n        due: {working_days: 5",
        "        owner: council.chief-librarian\n        due: {working_days: 5",
        "council.chief-librarian owes 'report-visit' and may do nothing that meets it",
    ),
    (
        "a gate that is met at once the second time",
        "{to: help, when: {recorded: {event: verdict-recorded, where: {outcome: more}, within: stage}}}",
        "{to: help, when: {recorded: {event: verdict-recorded, where: {outcome: more}}}}",
        "'visits' may be entered again, and what met this gate the first time meets it at once",
    ),
    (
        "a right that no stage lets anybody use",
        "    may: [add-note, record-visit, record-finding]\n",
        "    may: [add-note, record-visit, record-finding, receive-pip]\n",
        "peers.lead-peer may give 'receive-pip', and no stage allows it",
    ),
    (
        "a role that does nothing",
        "  peers.lead-peer:\n",
        "  peers.second-peer:\n    title: Second peer\n  peers.lead-peer:\n",
        "peers.second-peer may do nothing and is told of nothing",
    ),
    (
        "a party of nobody",
        "  peers: The peers\n",
        "  peers: The peers\n  readers: The readers\n",
        "the party 'readers' has no role",
    ),
    (
        "one of several ways to meet a gate",
        "when: {latest: {event: answer-recorded, where: {acknowledged: true}}}",
        "when: {any: [{latest: {event: answer-recorded, where: {acknowledged: true}}}, "
        "{recorded: {event: help-recorded, within: stage}}]}",
        "nobody can bring about 'help-recorded' in the stage 'talk'",
    ),
]


@pytest.mark.parametrize(("old", "new", "problem"), [case[1:] for case in WARNINGS], ids=[c[0] for c in WARNINGS])
def test_what_is_only_odd_is_a_warning(old: str, new: str, problem: str) -> None:
    assert TEXT.count(old) == 1
    (found,) = found_in(TEXT.replace(old, new))
    assert (found.problem, found.error) == (problem, False)
    assert ": warning: " in str(found)


def test_everything_is_found_at_once() -> None:
    text = TEXT.replace("calendar: england", "calendar: wales").replace("title: Finding help", "title: ''")
    text = text.replace("within: stage}}}\n  - id: talk", "within: month}}}\n  - id: talk")
    (unreadable,) = found_in(text)  # what can't be read is named alone: nothing is known of the rest
    assert unreadable.problem == "recorded: input should be 'engagement', 'phase' or 'stage'"
    text = text.replace("within: month", "within: stage")
    assert [each.problem for each in found_in(text)] == ["there is no calendar 'wales'", "'title' is empty"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", "a lifecycle is a mapping, `name: value` a line"),
        ("id: x\n", "'calendar' is missing"),
    ],
)
def test_what_is_no_lifecycle_at_all_is_said_to_be_none(text: str, problem: str) -> None:
    assert found_in(text)[0] == Finding("m.yaml", 1, "", problem)


def test_every_thing_that_does_not_fit_is_found() -> None:
    text = TEXT.replace("version: 1", "version: 0").replace("  department: The department\n", "  department: [1]\n")
    lines = [n for n, line in enumerate(text.splitlines(), start=1) if line in ("version: 0", "  department: [1]")]
    assert [(each.line, each.error) for each in found_in(text)] == [(line, True) for line in lines]


# At the command line


def test_a_new_document_passes_the_check(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "reading-rooms-1.yaml"
    assert run(tmp_path, "lifecycle", "new", "reading-rooms", "-o", str(file)).code == 0
    checked = run(tmp_path, "lifecycle", "check", str(file))
    assert (checked.code, checked.out) == (0, "")
    assert "reading-rooms-1.yaml is in order" in checked.err
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=lifecycle.schema.json\n")
    assert "title: Reading rooms\n" in text
    again = run(tmp_path, "lifecycle", "new", "reading-rooms", "-o", str(file))
    assert (again.code, "is there already" in again.err) == (1, True)
    assert run(tmp_path, "lifecycle", "new", "reading-rooms").out == text


@pytest.mark.parametrize("name", ["Reading rooms", "reading--rooms", "-rooms", "rooms-1", "", "räume"])
def test_a_name_that_can_be_none_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    result = run(tmp_path, "lifecycle", "new", "--", name)
    assert (result.code, "can't be a lifecycle's name" in result.err) == (2, True)


def test_the_check_says_everything_and_fails_for_errors_alone(run: Run, tmp_path: Path) -> None:
    odd, wrong, broken = tmp_path / "odd.yaml", tmp_path / "wrong.yaml", tmp_path / "broken.yaml"
    odd.write_text(
        TEXT.replace("  peers: The peers\n", "  peers: The peers\n  readers: The readers\n"), encoding="utf-8"
    )
    wrong.write_text(TEXT.replace("calendar: england", "calendar: wales"), encoding="utf-8")
    broken.write_text("id: [\n", encoding="utf-8")
    result = run(tmp_path, "lifecycle", "check", str(odd))
    assert (result.code, result.out) == (
        0,
        f"odd.yaml:{odd.read_text().splitlines().index('  readers: The readers') + 1}: warning: "
        "the party 'readers' has no role; give it one, or take it out\n",
    )
    result = run(tmp_path, "lifecycle", "check", str(odd), str(wrong), str(broken), "--json")
    assert result.code == 1
    assert [(each["file"], each["severity"]) for each in result.json] == [
        ("odd.yaml", "warning"),
        ("wrong.yaml", "error"),
        ("broken.yaml", "error"),
    ]
    assert run(tmp_path, "lifecycle", "check", str(tmp_path / "none.yaml")).code == 3


# The schema

VALIDATOR = jsonschema.Draft202012Validator(schema(engagement.COMMANDS, engagement.EVENTS))


def test_the_schema_is_one_and_takes_what_comes_with_the_release() -> None:
    VALIDATOR.check_schema(VALIDATOR.schema)
    for document in (*SHIPPED, parse("m.yaml", TEXT)):
        assert list(VALIDATOR.iter_errors(document.value)) == []


def test_the_schema_in_the_package_is_that_of_this_release(run: Run, tmp_path: Path) -> None:
    kept = (files("domain") / "lifecycles" / "lifecycle.schema.json").read_text(encoding="utf-8")
    made = run(tmp_path, "lifecycle", "schema").out
    assert made == kept, "make it anew: turnaround lifecycle schema -o domain/lifecycles/lifecycle.schema.json"
    assert json.loads(made)["$defs"]["Stage"]["properties"]["leave"]["description"].startswith("The ways out")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A talk\n", "title: A talk\n    colour: red\n"),
        ("due: {working_days: 10, after", "due: {working_days: 10, days: 3, after"),
        ("recorded: {event: help-recorded, within: stage}}\n        remind", "remembered: {event: x}}\n        remind"),
        ("{event: visit-recorded}}\n        remind", "{event: visits}}\n        remind"),
        ("allows: [record-help]", "allows: [dance]"),
        ("allows: [record-help]", "allows: []"),
        ("type: yes-no", "type: maybe"),
        ("services: [whole-council]", "services: [libraries]"),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert list(VALIDATOR.iter_errors(parse("m.yaml", TEXT.replace(old, new)).value)) != []
