"""`turnaround people`: the directory at the command line, over a real engine."""

import base64
import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.actors import ENGINE
from domain.dates import When
from domain.directory import PersonRegistered
from domain.records import CommandRef
from domain.respond import draft
from faces.problems import EXIT_CODES, Exit
from ledger import sealing
from ledger.store import Ledger
from tests.command_line import Engine, Result, Run
from workers.composition import make_ledger
from workers.settings import Settings

LEAD, DIRECTOR = "inspectorate.lead-inspector", "council.director"

People = Callable[..., Result]


@pytest.fixture
def people(run: Run, engine_home: Engine) -> People:
    """`turnaround people` over the engine."""
    return lambda *arguments: run(engine_home.home, "people", *arguments)


@pytest.fixture
def new(people: People) -> Callable[[str], str]:
    """Registers somebody whom no other test has."""

    def new(id: str) -> str:
        assert people("add", id, "--name", id.title(), "--email", f"{id}@example.org").code == 0
        return id

    return new


def row(people: People, person: str, *arguments: str) -> Any:
    """What the list says of somebody."""
    return next((each for each in people(*arguments, "--json").json if each["person"] == person), None)


COMMANDS = ["add", "contact", "role", "end-role", "away", "back", "prefer", "who", "webhook", "rotate-secret"]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_help_has_an_example_and_the_exit_codes(run: Run, tmp_path: Path, command: str) -> None:
    result = run(tmp_path, "people", *command.split(), "--help")
    assert result.code == 0
    assert re.search(rf"Examples?:\s+turnaround\s+people\s*{command}", result.out)
    assert " ".join(EXIT_CODES.split()) in " ".join(result.out.split())


def test_somebody_is_registered_given_a_role_and_found_by_it(people: People) -> None:
    added = people("add", "jo-b", "--name", "Jo Berry", "--email", "jo@example.org", "--organisation", "KPMG")
    assert (added.code, added.err) == (0, "")
    assert "Done: register-person, the directory of people is at version" in added.out
    assert "jo-b registered, of KPMG" in added.out and "Berry" not in added.out
    given = people("role", "jo-b", LEAD, "--council", "haringey", "--from", "2026-01", "--to", "2099-12-31", "--json")
    assert given.code == 0
    (event,) = given.json["events"]
    assert given.json["accepted"] and event["stream"] == "office/people"
    assert re.fullmatch(
        r"jo-b holds Lead inspector in E09000014, from January 2026 to 31 December 2099 \(holding \d+\)", event["title"]
    )

    found = row(people, "jo-b")
    assert (found["name"], found["email"], found["organisation"]) == ("Jo Berry", "jo@example.org", "KPMG")
    (held,) = found["roles"]
    assert held | {"holding": 0} == {
        "holding": 0,
        "role": LEAD,
        "council": "E09000014",
        "engagement": None,
        "starts": "2026-01",
        "ends": "2099-12-31",
        "ended": None,
        "now": True,
    }
    shown = next(cells for cells in people("--role", LEAD).rows if cells[0] == "jo-b")
    assert shown[1] == "Jo Berry (KPMG)"
    assert shown[2].endswith(": Lead inspector in Haringey, from January 2026 to 31 December 2099")
    assert shown[4] == "by email"
    assert row(people, "jo-b", "--council", "Haringey") and row(
        people, "jo-b", "--role", LEAD, "--council", "E09000014"
    )
    assert row(people, "jo-b", "--council", "Swindon") is None
    assert row(people, "jo-b", "--role", DIRECTOR) is None

    told = people("who", LEAD, "--council", "Haringey", "--json").json
    (holder,) = told["holders"]
    assert (told["role"], told["council"], told["engagement"]) == (LEAD, "E09000014", None)
    assert holder["why"] == f"holds the role in Haringey (holding {held['holding']})"
    assert holder["name"] == "Jo Berry" and not holder["absent"]

    assert people("end-role", str(held["holding"]), "--reason", "A new post.").code == 0
    assert row(people, "jo-b")["roles"] == [] and len(row(people, "jo-b", "--all")["roles"]) == 1
    nobody = people("who", LEAD, "--council", "Haringey")
    assert (nobody.code, nobody.out) == (0, "")
    assert "Nobody holds Lead inspector (inspectorate.lead-inspector) in Haringey on " in nobody.err


def test_the_narrowest_scope_and_the_cover_say_who_is_told(
    run: Run, engine_home: Engine, people: People, new: Callable[[str], str]
) -> None:
    rating = ["service=social-services", "stars=0", "--as", "inspectorate.chief-inspector"]
    assert run(engine_home.home, "do", "Swindon", "publish-rating", *rating).code == 0
    for person in ("al-d", "bo-d", "cy-d"):
        new(person)
    assert people("role", "al-d", DIRECTOR, "--council", "Swindon").code == 0
    assert people("role", "bo-d", DIRECTOR, "--engagement", "swindon-1", "--from", "2027-01-01").code == 0

    def who(*arguments: str) -> list[list[str]]:
        return [cells[:3] for cells in people("who", DIRECTOR, *arguments).rows]

    ((person, name, why),) = who("--engagement", "swindon-1")
    assert (person, name) == ("al-d", "Al-D") and why.startswith("holds the role in Swindon")
    ((person, _, why),) = who("--engagement", "swindon-1", "--on", "2027-01-01")
    assert person == "bo-d" and why.startswith("holds the role in swindon-1")
    assert who() == []
    assert row(people, "bo-d", "--council", "Swindon") is not None, "an engagement of the council counts"

    away = people("away", "al-d", "--to", "2099-01-01", "--cover", "cy-d")
    assert away.code == 0 and "cy-d stands in" in away.out
    ((person, _, why),) = who("--council", "Swindon")
    assert person == "cy-d" and "stands in for al-d, who holds the role in Swindon" in why
    assert row(people, "al-d")["absences"][0]["cover"] == "cy-d"
    back = people("back", "al-d")
    assert back.code == 0 and "al-d is back" in back.out
    assert who("--council", "Swindon")[0][0] == "al-d"
    assert people("back", "al-d").code == Exit.NOT_FOUND
    assert people("away", "al-d").code == 0
    ((person, _, why),) = who("--council", "Swindon")
    assert person == "al-d" and why.endswith("and is away; nobody stands in")


def test_whoever_will_be_away_several_times_is_asked_which(people: People, new: Callable[[str], str]) -> None:
    new("ed-a")
    for month in ("2098-01", "2098-03"):
        assert people("away", "ed-a", "--from", month, "--to", month).code == 0
    which = people("back", "ed-a")
    assert (which.code, "several times" in which.err) == (Exit.USAGE, True)
    first, second = row(people, "ed-a")["absences"]
    assert people("back", "ed-a", "--absence", str(second["absence"])).code == 0
    assert [each["absence"] for each in row(people, "ed-a")["absences"]] == [first["absence"]]
    assert people("back", "ed-a").code == 0 and row(people, "ed-a")["absences"] == []


def test_preferences_and_contacts_are_changed(people: People, new: Callable[[str], str]) -> None:
    new("fay-c")
    by_office = people("prefer", "fay-c", "file")
    assert by_office.code == 0 and "fay-c is told in a file" in by_office.out
    assert row(people, "fay-c")["channel"] == "file"
    assert people("contact", "fay-c", "--email", "fay@example.org", "--name", "Fay Cole").code == 0
    by_herself = people("prefer", "fay-c", "email", "--as", DIRECTOR)
    assert by_herself.code == 0 and "fay-c is told by email" in by_herself.out
    found = row(people, "fay-c")
    assert (found["name"], found["email"], found["channel"]) == ("Fay Cole", "fay@example.org", "email")
    assert people("contact", "fay-c", "--no-email").code == 0
    found = row(people, "fay-c")
    assert (found["email"], found["channel"]) == (None, "file")
    assert people("contact", "fay-c", "--no-email").code == Exit.REFUSED
    unreachable = people("prefer", "fay-c", "email")
    assert (unreachable.code, "fay-c has no address for the channel email." in unreachable.err) == (Exit.REFUSED, True)
    in_a_digest = people("prefer", "fay-c", "--digest")
    assert in_a_digest.code == 0 and "fay-c is told once a day, in a digest" in in_a_digest.out
    assert row(people, "fay-c")["pace"] == "digest"
    assert people("prefer", "fay-c", "--at-once").code == 0 and row(people, "fay-c")["pace"] == "at-once"
    other = people("prefer", "fay-c", "file", "--as", DIRECTOR, "--by", "gus-c")
    assert (other.code, "Only fay-c or the programme office says" in other.err) == (Exit.REFUSED, True)


CASES = "https://cases.example.org/turnaround?token=1"


def test_a_system_is_told_by_webhook_and_its_secret_is_shown_and_rotated(
    run: Run, engine_home: Engine, people: People
) -> None:
    assert people("add", "case-system", "--name", "Case system", "--webhook", CASES).code == 0
    assert (row(people, "case-system")["webhook"], row(people, "case-system")["channel"]) == (CASES, "webhook")
    shown = people("webhook", "case-system", "--json").json
    assert (shown["address"], shown["state"], shown["secret_number"]) == (CASES, "on", 1)
    assert len(base64.b64decode(shown["secret"].removeprefix("whsec_"))) == 32
    assert people("webhook", "case-system").rows == [["Address", CASES], ["State", "on"], ["Secret", shown["secret"]]]

    rotated = people("rotate-secret", "case-system")
    assert rotated.code == 0 and "case-system has a new secret; the old one signs as well until" in rotated.out
    new = people("webhook", "case-system", "--json").json
    assert (new["old_secret"], new["secret_number"]) == (shown["secret"], 2)
    assert new["secret"] != new["old_secret"] and shown["secret"] not in rotated.out + rotated.err
    assert [name for name, *_ in people("webhook", "case-system").rows][2:] == [
        "Secret",
        "Old secret",
        "Signs as well until",
    ]

    assert people("contact", "case-system", "--webhook", "https://other.example.org/").code == 0
    other = people("webhook", "case-system", "--json").json
    assert (other["secret_number"], other["old_secret"]) == (3, None), "another address has a secret of its own"
    assert people("contact", "case-system", "--no-webhook").code == 0
    assert row(people, "case-system")["channel"] == "file"
    assert (people("webhook", "case-system").code, people("rotate-secret", "case-system").code) == (
        Exit.NOT_FOUND,
        Exit.REFUSED,
    )
    for path in (engine_home.home / "logs").glob("*"):
        assert "example.org" not in path.read_text(encoding="utf-8")
    assert run(engine_home.home, "verify").code == 0


def test_a_key_that_is_none_is_said_and_not_made_anew(run: Run, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, synchronous="OFF")
    with closing(make_ledger(settings, "production")) as ledger, ledger.writing() as tx:
        event = PersonRegistered(person="jo", name=f"sealed:{1:064}", webhook=f"sealed:{2:064}", secret=1)
        wanted = draft(event, When.parse("2026-06-01"), ENGINE, ENGINE)
        tx.append("office/people", 0, [wanted], CommandRef(id="test", digest=""), datetime.now(UTC), "test")
    settings.keys.mkdir(exist_ok=True)
    (settings.keys / "webhooks.key").write_bytes(b"short")
    told = run(tmp_path, "people", "webhook", "jo")
    assert told.code == Exit.REFUSED and "webhooks.key holds no key to sign webhooks with" in told.err
    assert (settings.keys / "webhooks.key").read_bytes() == b"short"
    (settings.keys / "webhooks.key").unlink()
    assert run(tmp_path, "people", "webhook", "jo", "--json").json["state"] == "erased"
    assert (settings.keys / "webhooks.key").stat().st_mode & 0o777 == 0o600


def test_an_id_given_again_does_nothing_again(people: People) -> None:
    typed = ["add", "hal-o", "--name", "Hal Orr", "--id", "hal"]
    first, again = people(*typed, "--json").json, people(*typed, "--json").json
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert (first["version"], first["events"]) == (again["version"], again["events"])
    assert people("add", "hal-o", "--name", "Hal Orrin", "--id", "hal").code == Exit.REFUSED


PROBLEMS: list[tuple[list[str], Exit, str]] = [
    (["role", "ivy-ee", LEAD], Exit.NOT_FOUND, "did you mean ivy-e?"),
    (["role", "ivy-e", "council.directr"], Exit.USAGE, "did you mean council.director"),
    (["role", "ivy-e", LEAD, "--council", "Harringey"], Exit.NOT_FOUND, "did you mean Haringey"),
    (["role", "ivy-e", LEAD, "--engagement", "leeds-9"], Exit.NOT_FOUND, "no engagement"),
    (["role", "ivy-e", LEAD, "--from", "June"], Exit.USAGE, "--from: 'June' is not a date"),
    (["role", "ivy-e", LEAD, "--from", "2002-02", "--to", "2002-01"], Exit.REFUSED, "before it starts"),
    (["add", "Ivy", "--name", "Ivy"], Exit.USAGE, "'person' can't be 'Ivy'"),
    (["add", "ivy-e", "--name", "Ivy"], Exit.REFUSED, "The id ivy-e is somebody's already, or was."),
    (["add", "ivy-f", "--name", " "], Exit.USAGE, "--name is empty"),
    (["add", "ivy-f", "--name", "Ivy\nElm"], Exit.USAGE, "'--name' holds a tab or a line break"),
    (["add", "ivy-f", "--name", "Ivy", "--email", "ivy"], Exit.USAGE, "--email: 'ivy' is not an address"),
    (["contact", "ivy-e", "--email", "ivy@"], Exit.USAGE, "--email: 'ivy@' is not an address"),
    (["contact", "ivy-e"], Exit.REFUSED, "Nothing new is given of ivy-e."),
    (
        ["contact", "ivy-e", "--email", "i@example.org", "--no-email"],
        Exit.REFUSED,
        "ivy-e has no email to take away, or is given a new one.",
    ),
    (["away", "ivy-e", "--cover", "ivy-e"], Exit.REFUSED, "ivy-e can't stand in for themselves."),
    (["away", "ivy-e", "--cover", "ive-e"], Exit.NOT_FOUND, "did you mean ivy-e?"),
    (["end-role", "9999"], Exit.REFUSED, "There is no holding 9999."),
    (["end-role", "0"], Exit.USAGE, "'holding'"),
    (["back", "ivy-e", "--absence", "9999"], Exit.REFUSED, "There is no absence 9999."),
    (["contact", "ivy-e", "--webhook", "http://cases.example.org"], Exit.USAGE, "https://"),
    (["contact", "ivy-e", "--webhook", "https://jo:pw@cases.example.org"], Exit.USAGE, "a user and a password"),
    (["contact", "ivy-e", "--webhook", "https://cases.example.org#a"], Exit.USAGE, "there is a '#'"),
    (["contact", "ivy-e", "--webhook", "https://cases_example.org"], Exit.USAGE, "its host can't be one"),
    (["contact", "ivy-e", "--webhook", "https://10.0.0.1/"], Exit.USAGE, "private network"),
    (["contact", "ivy-e", "--webhook", "cases"], Exit.USAGE, "https://"),
    (["contact", "ivy-e", "--no-webhook"], Exit.REFUSED, "ivy-e has no webhook to take away"),
    (["prefer", "ivy-e", "webhook"], Exit.REFUSED, "ivy-e has no address for the channel webhook."),
    (["rotate-secret", "ivy-e"], Exit.REFUSED, "ivy-e has no address for the channel webhook."),
    (["webhook", "ivy-e"], Exit.NOT_FOUND, "ivy-e has no webhook."),
    (["prefer", "ivy-e"], Exit.REFUSED, "Nothing is said of how ivy-e wants to be told."),
    (["prefer", "ivy-e", "--digest", "--at-once"], Exit.USAGE, "different paces"),
    (["prefer", "ivy-e", "pigeon"], Exit.USAGE, "'channel' can't be 'pigeon'"),
    (["prefer", "ivy-e", "file", "--as", "council.directr"], Exit.USAGE, "did you mean council.director"),
    (["who", "council.directr"], Exit.USAGE, "did you mean council.director"),
    (["who", LEAD, "--on", "2002-06"], Exit.USAGE, "'2002-06' is not one day"),
    (["who", LEAD, "--council", "Leeds", "--engagement", "leeds-1"], Exit.USAGE, "different scopes"),
    (["--role", "council.directr"], Exit.USAGE, "did you mean council.director"),
]


@pytest.fixture(scope="module")
def ivy() -> list[str]:
    return []


@pytest.mark.parametrize(("typed", "code", "said"), PROBLEMS, ids=[" ".join(row[0]) for row in PROBLEMS])
def test_what_is_wrong_is_said_in_a_sentence(
    people: People, new: Callable[[str], str], ivy: list[str], typed: list[str], code: Exit, said: str
) -> None:
    if not ivy:
        ivy.append(new("ivy-e"))
    result = people(*typed)
    assert (result.code, result.out) == (code, ""), result
    assert result.err.startswith("error: ") and said in result.err, result.err


def test_a_refusal_as_json_has_its_rule(people: People, new: Callable[[str], str]) -> None:
    new("kit-j")
    result = people("away", "kit-j", "--cover", "kit-j", "--json")
    assert (result.code, result.json["rule"]) == (Exit.REFUSED, "own-cover")
    assert result.json["reason"] == "kit-j can't stand in for themselves."


def test_what_was_erased_is_shown_as_erased_and_the_ledger_still_verifies(
    run: Run, engine_home: Engine, people: People, new: Callable[[str], str]
) -> None:
    new("lee-x")
    assert people("role", "lee-x", "team.lead-consultant").code == 0
    ledger = Ledger.open(Settings(home=engine_home.home).url)
    try:
        with ledger.writing() as tx:
            assert sealing.erase(tx, datetime.now(UTC), subject="lee-x") == 2
    finally:
        ledger.close()
    found = row(people, "lee-x")
    assert (found["name"], found["email"]) == ("(erased)", "(erased)")
    assert "(erased)" in people("who", "team.lead-consultant").out
    assert run(engine_home.home, "verify").code == 0


def test_the_directory_is_rebuilt_with_the_rest(
    run: Run, engine_home: Engine, people: People, new: Callable[[str], str]
) -> None:
    new("mo-r")
    home = engine_home.home
    assert run(home, "rebuild", "--read-models").code == 0
    assert run(home, "rebuild", "--yes").code == 0
    assert people("role", "mo-r", LEAD).code == 0
    assert run(home, "verify").code == 0


def test_it_reads_without_an_engine_and_says_so_where_one_is_wanted(run: Run, tmp_path: Path) -> None:
    make_ledger(Settings(home=tmp_path, synchronous="OFF"), "production").close()
    listed = run(tmp_path, "people")
    assert (listed.code, listed.out) == (0, "")
    assert "`turnaround people add` adds somebody" in listed.err
    assert json.loads(run(tmp_path, "people", "--json").out) == []
    assert run(tmp_path, "people", "who", LEAD).code == 0
    assert run(tmp_path, "people", "add", "jo-b", "--name", "Jo").code == Exit.UNREACHABLE
