"""A lifecycle as a picture, and what differs between two: at the command line, and in themselves."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from activities.library import shipped_documents
from domain import engagement
from domain.documents import Document, parse
from domain.lifecycle import Lifecycle, read_lifecycle
from domain.lifecycle_diff import differences
from domain.soundness import findings
from faces.lifecycle_changes import told
from faces.problems import EXIT_CODES
from faces.words import thing
from tests.command_line import Run
from workers.lifecycle_graph import draw

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "tests" / "models" / "peer-support-1.yaml").read_text(encoding="utf-8")
SVG = "{http://www.w3.org/2000/svg}"


def life_of(text: str) -> Lifecycle:
    return read_lifecycle(parse("m.yaml", text), engagement.COMMANDS, engagement.EVENTS)


def shipped(document: Document) -> Lifecycle:
    return read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS)


def picture(life: Lifecycle) -> ET.Element:
    return ET.fromstring(draw(life, lambda event: thing(event, life)))


def words_in(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


def long(count: int) -> str:
    """A document of many stages, each with a way on, a way back to the first, and a way to an end."""
    stages = "".join(
        f"""
  - id: stage-{letters(n)}
    title: The stage that is number {n} of all of them
    owner: peers.lead-peer
    allows: [record-visit, record-finding, record-help, record-verdict]
    leave:
      - {{to: helped, when: {{latest: {{event: verdict-recorded, where: {{outcome: enough}}}}}}}}
      - {{to: stage-{letters((n + 1) % count)}, when: {{recorded: {{event: visit-recorded, within: stage}}}}}}
      - {{to: stage-{letters(0)}, when: {{recorded: {{event: help-recorded, within: stage}}}}}}"""
        for n in range(count)
    )
    start, end = TEXT.index("stages:\n"), TEXT.index("exits:\n")
    text = TEXT[:start] + "stages:" + stages + "\n" + TEXT[end:]
    text = text.replace(", enters: talk", "").replace(
        "department.programme-office:\n    title: Programme office\n    may: [",
        "department.programme-office:\n    title: Programme office\n    may: [record-verdict, ",
    )
    text = re.sub(r"  - \{id: (refused|lapsed), .*\n", "", text)
    return text.replace(
        "may: [add-note, record-visit, record-finding]", "may: [add-note, record-visit, record-finding, record-help]"
    )


def letters(n: int) -> str:
    return chr(ord("a") + n // 26) + chr(ord("a") + n % 26)


def boxes(root: ET.Element, kind: str) -> Iterator[tuple[float, float, float, float]]:
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("class") == kind:
            x, y, width, height = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
            yield x, y, x + width, y + height


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


LIVES = [shipped(document) for kind, document in shipped_documents() if kind == "lifecycle"]


@pytest.mark.parametrize("life", [*LIVES, life_of(TEXT), life_of(long(20))], ids=lambda life: life.ref)
def test_every_stage_gate_and_end_is_in_the_picture_and_none_over_another(life: Lifecycle) -> None:
    root = picture(life)
    said = words_in(root)
    for stage in life.stages:
        assert " ".join(stage.title.split()[:2]) in said and stage.id in said
    drawn = [*boxes(root, "stage"), *boxes(root, "end")]
    assert len(list(boxes(root, "stage"))) == len(life.stages)
    ways = [way for stage in life.stages for way in stage.leave] + list(life.exits)
    assert len([path for path in root.iter(f"{SVG}path")]) == len(ways) + 1  # and the beginning
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for n, one in enumerate(drawn):
        assert one[0] >= 0 and one[2] <= width and one[1] >= 0 and one[3] <= height
        assert not any(overlap(one, other) for other in drawn[n + 1 :])


def test_every_line_of_text_has_room_of_its_own() -> None:
    root = picture(life_of(long(20)))
    places = [(text.get("x"), text.get("y"), text.get("text-anchor")) for text in root.iter(f"{SVG}text")]
    assert len(places) == len(set(places))


def test_the_same_document_gives_the_same_bytes_and_a_renderer_takes_them() -> None:
    life = life_of(TEXT)
    once, again = (draw(life, lambda event: thing(event, life)) for _ in range(2))
    assert once == again
    assert vl_convert.svg_to_png(once).startswith(b"\x89PNG")


def test_whoever_does_not_see_it_is_told_all_of_it() -> None:
    root = picture(life_of(TEXT))
    assert root.get("role") == "img"
    ids = {element.get("id"): "".join(element.itertext()) for element in root if element.get("id")}
    labelled = [ids[name] for name in (root.get("aria-labelledby") or "").split()]
    assert labelled[0] == "Peer support for libraries, peer-support@1"
    assert "2. A talk. To Finding help when: an Answer to the concern (acknowledged), as the latest." in labelled[1]
    assert "From every stage to Stopped when: a decision to stop." in labelled[1]


def test_a_way_back_is_told_by_its_line_and_in_words() -> None:
    root = picture(life_of(TEXT))
    back = [path for path in root.iter(f"{SVG}path") if "back" in (path.get("class") or "")]
    assert len(back) == 2
    assert "A broken line leads back to an earlier stage." in words_in(root)


def test_what_people_write_is_escaped_and_never_code() -> None:
    nasty = "</text><script>alert(1)</script> & \x85 ]]>"
    root = picture(life_of(TEXT.replace("title: A talk", f"title: {nasty!r}".replace("\\x85", " "))))
    assert list(root.iter(f"{SVG}script")) == [] and list(root.iter("script")) == []
    assert "<script>alert(1)" in words_in(root)


def test_a_stage_may_lead_to_itself() -> None:
    text = TEXT.replace("{to: help, when: {recorded: {event: verdict", "{to: visits, when: {recorded: {event: verdict")
    root = picture(life_of(text))
    assert len([path for path in root.iter(f"{SVG}path") if "back" in (path.get("class") or "")]) == 2


# What differs


CHANGES = [
    ("title: A talk", "title: A word", "stage talk: title is A word; was A talk"),
    (
        "due: {working_days: 10, after: stage-entered}",
        "due: {months: 1, after: stage-entered}",
        "stage help, obligation offer: due is 1 month after a stage entered; was 10 working days after a stage entered",
    ),
    (
        "remind: [{working_days: 3}]",
        "remind: [{working_days: 3}, {days: 1}]",
        "stage help, obligation offer: remind is 3 working days and 1 day; was 3 working days",
    ),
    (
        "at_least: 2}",
        "at_least: 3}",
        "stage visits, way to helped: when is a Finding, 3 times, by different visit and a Verdict (outcome enough), as the "
        "latest; was a Finding, 2 times, by different visit and a Verdict (outcome enough), as the latest",
    ),
    (
        "where: {outcome: more}, within: stage}",
        "where: {outcome: more}}",
        "stage visits, way to help: when is {recorded: {event: verdict-recorded, where: {outcome: more}}}; was "
        "{recorded: {event: verdict-recorded, where: {outcome: more}, within: stage}}",
    ),
    (
        "may: [add-note, record-answer, record-action]",
        "may: [add-note, record-answer, record-action, stop-engagement]",
        "role council.chief-librarian: may: now also stop-engagement",
    ),
    (
        "  - {id: lapsed, title: The offer lapsed}",
        "  - {id: lapsed, title: Lapsed}",
        "end lapsed: title is Lapsed; was The offer lapsed",
    ),
    ("  peers: The peers", "  peers: Peers", "party peers: title is Peers; was The peers"),
    ("calendar: england", "calendar: wales", "lifecycle peer-support: calendar is wales; was england"),
    (
        "  - {event: engagement-opened, to: [council.chief-librarian]}\n",
        "",
        "notice of engagement-opened: removed",
    ),
    (
        "      - {id: budget, type: money}\n",
        "",
        "record help, field budget: removed",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES, ids=[said.partition(":")[0] for _, _, said in CHANGES])
def test_a_difference_is_said_in_words(old: str, new: str, said: str) -> None:
    assert TEXT.count(old) == 1
    one, other = life_of(TEXT), life_of(TEXT.replace(old, new))
    assert [told(change, one, other) for change in differences(one, other)] == [said]
    assert differences(one, one) == []


def test_what_came_in_one_went_in_the_other() -> None:
    with_stage = (
        TEXT.replace(
            "exits:\n",
            "  - id: rest\n    title: Rest\n    owner: peers.lead-peer\n    allows: [add-note]\n"
            "    leave: [{to: helped, when: {recorded: {event: note-added}}}]\nexits:\n",
        )
        .replace("{to: refused,", "{to: rest,")
        .replace("  - {id: refused, title: Help refused}\n", "")
    )
    one, other = life_of(TEXT), life_of(with_stage)
    there = [(change.how, change.kind, change.name) for change in differences(one, other)]
    assert there == [
        ("added", "stage", "rest"),
        ("removed", "way", "refused"),
        ("added", "way", "rest"),
        ("removed", "end", "refused"),
    ]
    opposite = {"added": "removed", "removed": "added"}
    back = {(change.how, change.kind, change.name) for change in differences(other, one)}
    assert back == {(opposite[how], kind, name) for how, kind, name in there}


# At the command line


@pytest.mark.parametrize("command", ["list", "show", "new", "check", "diff", "publish", "schema"])
def test_every_help_has_an_example_and_the_exit_codes(run: Run, tmp_path: Path, command: str) -> None:
    result = run(tmp_path, "lifecycle", command, "--help")
    assert result.code == 0
    assert re.search(rf"Examples?:\s+turnaround\s+lifecycle\s+{command}", result.out)
    assert " ".join(EXIT_CODES.split()) in " ".join(result.out.split())


def test_a_document_is_shown_as_text_as_data_and_as_a_picture(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(TEXT, encoding="utf-8")
    shown = run(tmp_path, "lifecycle", "show", str(file))
    assert (shown.code, shown.err) == (0, "")
    for said in (
        "Lifecycle\tpeer-support@1",
        "Opened by\tthe office in whole-council, for request, concern",
        "owed\tlapse\tSay what came of the offer before it lapses: Programme office",
        "to\tlapsed\ta date passed (obligation lapse)",
        "record-visit\tVisit\tvisit, next, themes",
    ):
        assert said in shown.out
    assert run(tmp_path, "lifecycle", "show", str(file), "--json").json["id"] == "peer-support"
    assert run(tmp_path, "lifecycle", "show", str(file), "--yaml").out == TEXT
    drawn = run(tmp_path, "lifecycle", "show", str(file), "--graph", str(tmp_path / "m.svg"))
    assert (drawn.code, drawn.out) == (0, "")
    assert (tmp_path / "m.svg").read_text(encoding="utf-8") == run(
        tmp_path, "lifecycle", "show", str(file), "--graph", "-"
    ).out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "performance-action-taem@2"], 3, "did you mean performance-action-team@"),
        (["show", "performance-action-team@99"], 3, "there is no lifecycle 'performance-action-team@99'"),
        (["show", "none.yaml"], 3, "there is no file none.yaml"),
        (["show", "performance-action-team", "--yaml", "--json"], 2, "do not go together"),
        (["show", "performance-action-team", "--graph", "no/such/folder/x.svg"], 3, "there is no folder"),
        (["diff", "performance-action-team@1", "nothing"], 3, "there is no lifecycle 'nothing'"),
    ],
)
def test_what_is_not_there_is_said_with_what_may_be_meant(
    run: Run, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    result = run(tmp_path, "lifecycle", *arguments)
    assert (result.code, said in result.err) == (code, True), result.err


def test_what_is_shipped_is_listed_before_there_is_a_ledger(run: Run, tmp_path: Path) -> None:
    listed = run(tmp_path, "lifecycle", "list", "--json").json
    assert {"performance-action-team@1", "performance-action-team@2"} <= {each["lifecycle"] for each in listed}
    assert {each["state"] for each in listed} == {"shipped"}
    assert "There is no ledger here yet" in run(tmp_path, "lifecycle", "list").err


def test_two_versions_that_are_shipped_are_compared(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path, "lifecycle", "diff", "performance-action-team@1", "performance-action-team@2", "--json")
    data: Any = result.json
    assert (data["a"], data["b"], data["open_on_a"]) == ("performance-action-team@1", "performance-action-team@2", [])
    added = [change for change in data["changes"] if change["how"] == "added" and change["kind"] == "obligation"]
    assert {change["name"] for change in added} >= {"assess-conditions", "contact-leads-first", "contact-leads"}


# The page that teaches it


def examples() -> list[str]:
    page = (ROOT / "docs" / "lifecycles.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(.*?)```", page, re.S)


def test_the_whole_example_of_the_page_is_a_lifecycle_in_which_nothing_is_wrong() -> None:
    whole, opens, records, *_ = examples()
    assert findings(parse("m.yaml", whole), engagement.COMMANDS, engagement.EVENTS, ["england"]) == []
    known = [(parse("m.yaml", part).value, name) for part, name in ((opens, "opens"), (records, "records"))]
    for value, name in known:
        assert list(value) == [name]
    assert life_of(TEXT.replace("records:\n", records)).record("notice") is not None


def test_a_lifecycle_of_twenty_stages_is_one() -> None:
    found = findings(parse("m.yaml", long(20)), engagement.COMMANDS, engagement.EVENTS, ["england"])
    assert {each.problem for each in found if each.error} == {
        "no stage allows 'record-answer'",
        "no stage allows 'record-action'",
    }
