"""Forms of commands: there is one for every command of every lifecycle, it refuses in words that lead to its fields, and
what it says back is what was put into it.
"""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from console.asked import ABOUT_EVENTS, NOT_BY_FORM
from console.controls import SHORT, Choices, Control, controls_of
from console.date_fields import Fields, today_in
from console.forms import put, take, with_another, without_blanks, without_item
from console.shown import shown
from domain import council, directory, engagement
from domain.dates import When
from domain.documents import parse
from domain.part import Command
from domain.sealed import Sealed
from faces.fields import limits_of, with_placeholders
from tests.given import shipped
from tests.models import MODELS, commands_of_every_model, console_of_models, role_for
from tests.web import Web

OFFICE = "department.programme-office"


class Ids(HTMLParser):
    """What a page has: its ids, the links of its error summary, its controls and the ids that have a label."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.errors: list[str] = []
        self.controls: list[dict[str, str | None]] = []
        self.labelled: set[str | None] = set()
        self._summary = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if held.get("id"):
            self.ids.append(str(held["id"]))
        if "govuk-error-summary" in (held.get("class") or "").split():
            self._summary = 1
        if self._summary and tag == "a":
            self.errors.append(str(held["href"]))
        if tag in ("form", "h1"):
            self._summary = 0
        if tag in ("input", "select", "textarea") and held.get("type") != "hidden":
            self.controls.append(held)
        if tag == "label":
            self.labelled.add(held.get("for"))


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, dict[str, str]]]:
    """The console over an engagement of each shipped model, with their ids."""
    with console_of_models(tmp_path_factory.mktemp("models")) as found:
        yield found


async def test_every_command_of_every_lifecycle_has_a_form(everywhere: tuple[Web, dict[str, str]]) -> None:
    web, ids = everywhere
    found = commands_of_every_model()
    assert len(found) > 250
    by_role: dict[tuple[str, str], list[str]] = {}
    for model, name in found:
        by_role.setdefault((model, role_for(model, name)), []).append(name)
    refused_before: set[str] = set()
    for (model, role), names in by_role.items():
        async with web.local(role) as browser:
            for name in names:
                path = f"/engagements/{ids[model]}/do/{name}"
                answer = await browser.get(path)
                assert answer.status_code == 200, (path, answer.text)
                holds_together(path, answer.text)
                if name in refused_before:
                    continue
                refused_before.add(name)
                refused = await browser.submit(path, _step="check")
                assert refused.status_code == 422, (path, refused.text)
                page = Ids(refused.text)
                assert page.errors, path
                assert {each.removeprefix("#") for each in page.errors} <= set(page.ids), (path, page.errors)
                assert "<title>Error: " in refused.text.replace("\n", "").replace("  ", ""), path


def holds_together(path: str, text: str) -> None:
    """No id stands twice, and every control has a label."""
    page = Ids(text)
    assert len(set(page.ids)) == len(page.ids), (path, sorted(each for each in page.ids if page.ids.count(each) > 1))
    unlabelled = [each for each in page.controls if each.get("id") not in page.labelled]
    assert not unlabelled, (path, unlabelled)
    assert page.controls, path


@pytest.mark.parametrize("name", list(council.MAY))
async def test_every_command_to_a_council_has_a_form(everywhere: tuple[Web, dict[str, str]], name: str) -> None:
    web, _ = everywhere
    async with web.local(council.MAY[name][0]) as browser:
        path = f"/councils/E09000014/do/{name}"
        answer = await browser.get(path)
        assert answer.status_code == 200
        holds_together(path, answer.text)
        refused = await browser.submit(path)
        page = Ids(refused.text)
        assert refused.status_code == 422
        assert page.errors and {each.removeprefix("#") for each in page.errors} <= set(page.ids)


@pytest.mark.parametrize("name", [name for name in directory.COMMANDS if name not in NOT_BY_FORM])
async def test_every_command_to_the_directory_has_a_form(everywhere: tuple[Web, dict[str, str]], name: str) -> None:
    web, _ = everywhere
    async with web.local(OFFICE) as browser:
        path = f"/people/do/{name}"
        answer = await browser.get(path)
        assert answer.status_code == 200
        holds_together(path, answer.text)
        refused = await browser.submit(path)
        assert refused.status_code == 422
        page = Ids(refused.text)
        assert page.errors and {each.removeprefix("#") for each in page.errors} <= set(page.ids)


# What is put in comes out again


def every_command() -> list[type[Command]]:
    """Every command that has a form, of parts and of shipped records."""
    own = [kind for model in MODELS for kind in engagement.commands_of(shipped(model).lifecycle).values()]
    found = (*own, *council.COMMANDS.values(), *directory.COMMANDS.values())
    return [
        kind
        for kind in dict.fromkeys(found)
        if not kind.derived and kind not in ABOUT_EVENTS and kind.type not in (*NOT_BY_FORM, "dispute-fact")
    ]


CHOICES = Choices(
    roles={name: name for name in ("council.director", "inspectorate.lead-inspector", "board.board")},
    councils={code: code for code in ("E09000014", "E06000030")},
)


@pytest.mark.parametrize("kind", every_command(), ids=lambda kind: kind.type)
def test_what_is_put_into_a_form_comes_out_of_it(kind: type[Command]) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    dice = random.Random(seed)
    controls = controls_of(kind, kind.type, CHOICES)
    for _ in range(20):
        body = a_body(kind, dice)
        fields = put(controls, body)
        taken = take(controls, through_a_browser(fields))
        assert not taken.wrong, (body, fields, taken.wrong)
        assert sorted_lists(kind, taken.body) == sorted_lists(kind, body), fields
        assert set(every_name(controls, fields)) >= set(fields), "a field that no page shows"


def through_a_browser(fields: Fields) -> Fields:
    """Fields as a browser sends them: with a line break as CRLF, and without those that nothing stands in."""
    return {name: [value.replace("\n", "\r\n") for value in values] for name, values in fields.items()}


def sorted_lists(kind: type[Command], body: dict[str, Any]) -> Any:
    """What a model makes of a body; what is only counted, in order."""
    model = kind.model_validate(with_placeholders(kind, body)).model_dump(mode="json")
    return {name: sorted(value) if name == "attended" else value for name, value in model.items()}


def every_name(controls: Sequence[Control], fields: Fields) -> Iterator[str]:
    """The names that a page has for these fields."""
    for one in flat(shown(controls, fields)):
        c = one.control
        yield one.name
        yield from (f"{one.name}.{part}" for part in ("#", "none", "by"))
        yield from (f"{one.name}.{until}{part}" for until in ("", "until.") for part in ("day", "month", "year"))
        yield from (f"{one.name}.{option.value}" for option in c.options)


def flat(found: Sequence[Any]) -> Iterator[Any]:
    for one in found:
        yield one
        for row in one.rows:
            yield from flat(row)


def a_body(model: type[BaseModel], dice: random.Random) -> dict[str, Any]:
    """A body that a model takes, made of what its fields say."""
    for _ in range(200):
        body = {
            name: a_value(info.annotation, info.metadata, name, dice)
            for name, info in model.model_fields.items()
            if info.is_required() or dice.random() < 0.6
        }
        body = {name: value for name, value in body.items() if value is not None}
        try:
            model.model_validate(with_placeholders(model, body))
        except ValidationError:
            continue
        return body
    raise AssertionError(f"no body found for {model}")


def a_value(annotation: Any, metadata: Sequence[Any], name: str, dice: random.Random) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
        return a_value(annotation, metadata, name, dice)
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return a_value(inner, [*more, *metadata], name, dice)
    if annotation is get_args(Sealed)[0]:
        lines = [] if name in SHORT else ["Line one.\nLine two, with “quotes”."]  # a name has one line
        return dice.choice([*lines, "Jo Berry", "£5 & <b>", "\u05d9\u05d5\u05e1\u05d9"])
    if get_origin(annotation) is Literal:
        return dice.choice(get_args(annotation))
    if get_origin(annotation) in (tuple, list):
        (inner, *_) = get_args(annotation)
        found = [a_value(inner, (), name, dice) for _ in range(dice.randint(1, 3))]
        return in_the_order_shown(inner, name, found)
    if isinstance(annotation, type) and issubclass(annotation, When):
        return dice.choice(["2004-02-29", "2002-10", "1999", "1999-03/1999-04-07", "by 2002-07", "2001/2003"])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return a_body(annotation, dice)
    if annotation is bool:
        return dice.random() < 0.5
    limits = limits_of(metadata)
    if annotation is int:
        return dice.randint(int(limits.get("ge", 0)), int(limits.get("le", limits.get("ge", 0) + 50)))
    if annotation is Decimal:
        return str(Decimal(dice.randint(1, 4000)) / 4)
    return a_word(str(limits.get("pattern", "")), name, dice)


def a_word(pattern: str, name: str, dice: random.Random) -> str:
    words = [
        *(*CHOICES.roles, "E09000014", "social-services-2002-05-29", "14:30", "2003", "2002-03"),
        *("foster-care", "fostering", "s.497A(4B) Education Act 1996", "12.5"),
    ]
    if name in ("aside", "attended", "member", "members", "role"):
        return dice.choice(list(CHOICES.roles))
    fitting = [word for word in words if not pattern or re.match(pattern, word)]
    return dice.choice(fitting)


def in_the_order_shown(inner: Any, name: str, found: list[Any]) -> list[Any]:
    """Ticked boxes are each ticked once, and come in the order in which they stand."""
    while get_origin(inner) is Annotated:
        inner = get_args(inner)[0]
    if get_origin(inner) is Literal:
        return [value for value in get_args(inner) if value in found]
    if inner is str and all(value in CHOICES.roles for value in found) and name != "attended":
        return [role for role in CHOICES.roles if role in found]
    return found


# Dates


@pytest.mark.parametrize(
    ("day", "month", "year", "means"),
    [
        ("27", "3", "2027", "2027-03-27"),
        (" 1 ", "March", "2027", "2027-03-01"),
        ("29", "feb", "2004", "2004-02-29"),
        ("", "sept", "2002", "2002-09"),
        ("", "", "2002", "2002"),
    ],
)
def test_a_date_is_taken_as_people_write_it(day: str, month: str, year: str, means: str) -> None:
    control = Control("starts", "date", "First day", None, required=True)
    fields = {"starts.day": [day], "starts.month": [month], "starts.year": [year]}
    assert take([control], fields).body == {"starts": means}


@pytest.mark.parametrize(
    ("day", "month", "year", "says"),
    [
        ("30", "2", "2027", "there is no such date"),
        ("1", "ju", "2027", "the month"),
        ("1", "j", "2027", "the month"),
        ("1", "", "2027", "a day needs a month"),
        ("1", "3", "27", "four numbers"),
        ("0", "3", "2027", "from 1 to 31"),
        ("\u0661", "3", "2027", "from 1 to 31"),
        ("1", "3", "0000", "no such date"),
    ],
)
def test_a_date_that_is_none_is_refused_in_words(day: str, month: str, year: str, says: str) -> None:
    control = Control("starts", "date", "First day", None, required=True)
    (wrong,) = take([control], {"starts.day": [day], "starts.month": [month], "starts.year": [year]}).wrong
    assert wrong.name == "starts" and says in wrong.sentence


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    control = Control("starts", "date", "First day", None, required=True)
    fields = {**put([control], {"starts": "2003"}), "starts.until.year": ["2002"]}
    (wrong,) = take([control], fields).wrong
    assert "before the first" in wrong.sentence


def test_today_is_a_date_of_three_parts() -> None:
    assert today_in("_on", datetime(2026, 11, 3, tzinfo=UTC).date()) == {
        "_on.year": ["2026"],
        "_on.month": ["11"],
        "_on.day": ["3"],
    }


# Lists


def test_items_are_added_and_removed_and_blank_ones_left_out() -> None:
    item = Control("id", "line", "Short name", None, required=True)
    held = [Control("work", "list", "Work", None, required=True, parts=(item,))]
    fields = with_another(with_another(put(held, {"work": [{"id": "a"}, {"id": "b"}]}), "work"), "work")
    assert fields["work.#"] == ["4"]
    assert take(held, without_blanks(held, fields)).body == {"work": [{"id": "a"}, {"id": "b"}]}
    assert take(held, without_item(put(held, {"work": [{"id": "a"}, {"id": "b"}]}), "work", 0)).body == {
        "work": [{"id": "b"}]
    }
    assert take(held, {"work.#": ["99999999"]}).body["work"] == [{}] * 200


# Words


def test_labels_name_what_there_is() -> None:
    held = parse("labels.yaml", files("console").joinpath("labels.yaml").read_text(encoding="utf-8")).value
    kinds = {kind.type: kind for kind in (*every_command(), *ABOUT_EVENTS)}
    kinds |= {name: directory.COMMANDS[name] for name in NOT_BY_FORM}
    events = [*engagement.EVENTS.values(), *council.EVENTS.values()]
    names = {name for model in [*kinds.values(), *events] for name in names_in(model)}
    assert set(held["commands"]) <= set(kinds), set(held["commands"]) - set(kinds)
    for place in (*held["fields"], *held["answers"]):
        *around, name = place.split(".")
        assert name in names, place
        if around and around[0] in kinds:
            assert name in set(names_in(kinds[around[0]])), place


def names_in(model: type[BaseModel], around: tuple[type[BaseModel], ...] = ()) -> Iterator[str]:
    """The names of a model's fields, and of those within."""
    for name, info in model.model_fields.items():
        yield name
        for inner in models_in(info.annotation):
            if inner not in around:  # a gate holds gates
                yield from names_in(inner, (*around, model))


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and not issubclass(annotation, When):
        yield annotation
    for arg in get_args(annotation):
        yield from models_in(arg)


# Whatever is sent


ODD = (
    "",
    " ",
    "\u202egnp.exe\u202c",
    "\u200fשלום",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\x00",
    "9" * 400,
    "-1",
    "1e9",
    "NaN",
    "x" * 100_001,
    "\u0661",
    "../../etc/passwd",
    "none",
    "yes",
    "2",
    "[]",
    "a\r\nb",
)


@pytest.mark.parametrize(
    "name", ["draft-scope", "hold-board", "record-decision", "award-contract", "correct-event", "move-engagement"]
)
async def test_whatever_is_sent_is_answered_with_a_page(everywhere: tuple[Web, dict[str, str]], name: str) -> None:
    web, ids = everywhere
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    dice = random.Random(seed)
    kind = engagement.COMMANDS[name]
    role = OFFICE if name == "move-engagement" else role_for("performance-action-team", name)
    controls = controls_of(kind, name, CHOICES, leave_out=("changes", "where"))
    fields = [*every_name(controls, {f"{c.name}.#": ["2"] for c in controls}), "_on.day", "_on.year", "_as", "_by"]
    fields += ["_id", "_version", "version", "changes.note", "_step"]
    async with web.local(role) as browser:
        for _ in range(25):
            sent = {field: dice.choice(ODD) for field in fields if dice.random() < 0.5}
            answer = await browser.submit(f"/engagements/{ids['performance-action-team']}/do/{name}", **sent)
            assert answer.status_code in (200, 404, 422), (sent, answer.text)
            assert "<script>alert" not in answer.text and "\u202e" not in words_of(answer.text)
        broken = b"csrf=" + browser.csrf.encode() + b"&reasons=%ff%fe&text=\xff&_on.day=%00"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        path = f"/engagements/{ids['performance-action-team']}/do/{name}"
        assert (await browser.post(path, content=broken, headers=headers)).status_code == 422
        for query in ("version=abc", "version=99999999999", "version=-1", "reason=" + "x" * 3000, "nothing=1"):
            assert (await browser.get(f"{path}?{query}")).status_code in (200, 404), query


def words_of(text: str) -> str:
    """A page without what stands in its fields, which is what was typed."""
    return re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", text, flags=re.DOTALL)


# Without JavaScript


async def test_items_are_added_and_removed_by_buttons_and_nothing_typed_is_lost(
    everywhere: tuple[Web, dict[str, str]],
) -> None:
    web, ids = everywhere
    path = f"/engagements/{ids['performance-action-team']}/do/draft-scope"
    async with web.local("inspectorate.lead-inspector") as browser:
        typed = {"actions": "Typed before.", "areas.#": "0"}
        one = await browser.submit(path, **typed, _step="add areas")
        assert one.status_code == 200 and 'name="areas.0.concern"' in one.text and "Typed before." in one.text
        typed |= {"areas.#": "1", "areas.0.concern": "systems.finance", "areas.0.priority": "7"}
        two = await browser.submit(path, **typed, _step="add areas")
        assert 'name="areas.1.concern"' in two.text and 'value="7"' in two.text
        none = await browser.submit(path, **typed, _step="remove areas 0")
        assert 'name="areas.0.concern"' not in none.text and "Typed before." in none.text


async def test_the_fingerprint_of_a_paper_stands_with_its_reference(everywhere: tuple[Web, dict[str, str]]) -> None:
    web, ids = everywhere
    path = f"/engagements/{ids['performance-action-team']}/do/record-authority"
    paper = b"%PDF-1.7 a letter"
    async with web.local("department.official") as browser:
        typed = {"csrf": browser.csrf, "document": "DH/7", "_step": "change document"}
        files_sent = {"document.file": ("letter.pdf", paper, "application/pdf")}
        answer = await browser.post(path, data=typed, files=files_sent)
        assert f'value="DH/7 letter.pdf (SHA-256 {sha256(paper).hexdigest()})"' in answer.text
        assert re.search(r'<input[^>]*id="f-document"[^>]*autofocus', answer.text), "what was to be changed comes first"
