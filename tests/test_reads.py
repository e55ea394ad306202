"""What auditors read is on record before they see it, and there for nobody but the head of their office."""

import shutil
from pathlib import Path

import pytest

from ledger import events
from ledger.verify import verify
from tests.command_line import Run
from tests.given import noon
from tests.ledgers import Filled

CHIEF, OFFICE, AUDITOR, HEAD = (
    "inspectorate.chief-inspector",
    "department.programme-office",
    "auditor.auditor",
    "auditor.head",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("reads")
    filled = Filled.make(home, noon("2002-05-29"))
    filled.give("council/E09000014", "publish-rating", CHIEF, service="social-services", stars=0)
    filled.give("office/people", "register-person", OFFICE, fields={"person": "jo-b", "name": "Jo Bloggs"})
    filled.ledger.close()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def stream_of(home: Path) -> list[tuple[str, str, str, str | None]]:
    """What stands on the stream: what was read, with which command, as whom and by whom."""
    ledger = Filled.make(home).ledger
    with ledger.reading() as conn:
        found = [event.body for event in events.read_stream(conn, "access")]
    assert verify(ledger).first_bad is None
    ledger.close()
    return [(body["what"], body["command"], body["role"], body["person"]) for body in found]


def test_every_read_of_an_auditor_is_on_record_and_the_ledger_verifies(home: Path, run: Run) -> None:
    run(home, "checkpoint")
    for arguments, what, face in (
        (("show", "haringey-1"), "haringey-1", "show"),
        (("show", "Haringey"), "E09000014", "show"),
        (("timeline", "haringey-1"), "haringey-1", "timeline"),
        (("timeline", "Haringey", "--engagements"), "E09000014", "timeline"),
        (("replay", "haringey-1"), "haringey-1", "replay"),
        (("replay", "programme", "--known-on", "2002-06-01"), "programme", "replay"),
        (("dossier", "haringey-1"), "haringey-1", "dossier"),
        (("duties", "haringey-1"), "haringey-1", "duties"),
        (("pack", "haringey-1", "-o", str(home / "pack.zip")), "haringey-1", "pack"),
        (("privacy", "export", "jo-b"), "jo-b", "privacy-export"),
    ):
        before = len(stream_of(home))
        result = run(home, *arguments, "--as", AUDITOR, "--by", "ann")
        assert result.code == 0, (arguments, result.err)
        assert stream_of(home)[before:] == [(what, face, AUDITOR, "ann")], arguments


def test_reads_of_others_are_not_recorded(home: Path, run: Run) -> None:
    assert run(home, "show", "haringey-1").code == 0
    assert run(home, "show", "haringey-1", "--as", CHIEF).code == 0
    assert run(home, "show", "haringey-1", "--as", CHIEF, "--by", "ann").code == 2
    assert run(home, "show", "haringey-1", "--as", AUDITOR, "--by", "Ann Smith").code == 2
    assert run(home, "show", "nowhere-1", "--as", AUDITOR).code == 3
    assert stream_of(home) == []


def test_only_the_head_of_the_auditors_office_sees_the_list_and_looking_is_recorded_too(home: Path, run: Run) -> None:
    run(home, "show", "haringey-1", "--as", AUDITOR)
    for role in ((), ("--as", AUDITOR), ("--as", OFFICE)):
        refused = run(home, "reads", *role)
        assert (refused.code, refused.out) == (1, "")
        assert "there is no such list for you" in refused.err and "haringey" not in refused.err
    seen = run(home, "reads", "--as", HEAD, "--by", "ann", "--json").json
    assert [(each["what"], each["command"], each["role"], each["person"]) for each in seen] == [
        ("haringey-1", "show", AUDITOR, None)
    ]
    assert stream_of(home)[-1] == ("reads", "reads", HEAD, "ann")
    assert "haringey-1\tshow\tauditor.auditor" in run(home, "reads", "--as", HEAD).out


def test_what_was_read_is_in_nothing_that_others_are_told(home: Path, run: Run) -> None:
    run(home, "checkpoint")
    run(home, "show", "haringey-1", "--as", AUDITOR, "--by", "jo-b")
    run(home, "checkpoint")
    for arguments in (
        ("timeline", "haringey-1", "--json"),
        ("timeline", "Haringey", "--engagements", "--json"),
        ("replay", "haringey-1", "--json"),
        ("replay", "programme", "--json"),
        ("privacy", "export", "jo-b"),
    ):
        told = run(home, *arguments)
        assert told.code == 0 and "record-read" not in told.out and "auditor" not in told.out, arguments
        assert '"access"' not in told.out, arguments
    assert run(home, "timeline", "access").code == 3
    pack = home / "pack.zip"
    assert run(home, "pack", "haringey-1", "-o", str(pack)).code == 0
    from zipfile import ZipFile

    with ZipFile(pack) as file:
        for name in file.namelist():
            content = file.read(name)
            assert b"record-read" not in content and b"auditor.auditor" not in content, name


def test_an_auditor_reads_no_bids_and_gives_no_commands(home: Path, run: Run) -> None:
    assert run(home, "can", "haringey-1", "--as", AUDITOR).code == 2
