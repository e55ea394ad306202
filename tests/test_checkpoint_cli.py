"""`turnaround checkpoint`, and what `turnaround verify` proves with checkpoints and keys that a reader has from elsewhere."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.command_line import Run
from tests.ledgers import Filled

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HARINGEY, SWINDON = "council/E09000014", "council/E06000030"


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    filled = Filled.make(tmp_path / "home", NOON)
    rate(filled, HARINGEY)
    return filled


def rate(filled: Filled, council: str) -> None:
    filled.give(council, "publish-rating", "inspectorate.chief-inspector", service="social-services", stars=0)


def on_database(filled: Filled, *statements: str) -> None:
    with closing(sqlite3.connect(filled.settings.home / "ledger.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_checkpoint_says_what_was_signed_and_what_to_hand_out(run: Run, filled: Filled) -> None:
    home = filled.settings.home
    made = run(home, "checkpoint", "--json").json
    assert (
        made["new"] and made["origin"].startswith("turnaround/production/") and made["key"].startswith(made["origin"])
    )
    assert Path(made["file"]).read_text().startswith(f"{made['origin']}\n{made['size']}\n")
    assert (home / "checkpoints" / "latest").read_bytes() == Path(made["file"]).read_bytes()
    again = run(home, "checkpoint")
    assert again.code == 0 and again.out.startswith(f"Nothing new since: {made['size']} events of {made['origin']}\n")
    for said in (made["root"], made["key"], made["file"]):
        assert said in again.out


def test_verify_says_which_of_the_things_it_proved(run: Run, filled: Filled, tmp_path: Path) -> None:
    home = filled.settings.home
    made = run(home, "checkpoint", "--json").json
    rate(filled, SWINDON)
    alone = run(home, "verify", "--json").json
    assert (alone["proved"], alone["retained"], alone["given"]) == (["self-consistent"], 1, 0)
    assert alone["covered"] == made["size"] < alone["events"]
    assert "not that nobody made it anew" in run(home, "verify").out

    keys = tmp_path / "trusted.keys"
    keys.write_text(made["key"] + "\n")
    held = shutil.copy(made["file"], tmp_path / "held")
    for key in (made["key"], str(keys)):
        given = run(home, "verify", "--checkpoint", str(held), "--key", key, "--json").json
        assert (given["proved"], given["given"]) == (["self-consistent", "extends-given-checkpoint"], 1)
    said = run(home, "verify", "--checkpoint", str(held), "--key", str(keys)).out
    assert "extends 1 checkpoint that you gave" in said and "ledger itself names" not in said
    assert "ledger itself names" in run(home, "verify", "--checkpoint", str(held)).out

    tree = run(home, "verify", "--tree", "--json").json
    assert (tree["ok"], tree["root"], tree["commands"], tree["retained"]) == (True, alone["root"], None, 1)
    one = run(home, "verify", "haringey-1", "--checkpoint", str(held), "--json").json
    assert (one["stream"], one["proved"][-1], one["covered"]) == (
        "engagement/haringey-1",
        "extends-given-checkpoint",
        made["size"],
    )
    assert "by the heads recorded in it they are all there were" in run(home, "verify", "haringey-1").out


def test_a_ledger_made_anew_is_shown_by_a_checkpoint_alone(run: Run, filled: Filled, tmp_path: Path) -> None:
    home = filled.settings.home
    made = run(home, "checkpoint", "--json").json
    held = str(shutil.copy(made["file"], tmp_path / "held"))
    filled.ledger.close()
    shutil.rmtree(home)
    other = Filled.make(home, NOON)
    rate(other, SWINDON)
    run(home, "checkpoint")
    assert run(home, "verify").code == 0
    result = run(home, "verify", "--checkpoint", held, "--key", made["key"])
    assert result.code == 5 and "does not say that it ever was that" in result.err, result
    own = run(home, "verify", "--checkpoint", held)
    assert own.code == 5 and "no key that this ledger names" in own.err, own


def test_a_ledger_that_was_cut_off_is_refused_and_begun_anew_with_what_is_lost(
    run: Run, filled: Filled, tmp_path: Path
) -> None:
    home = filled.settings.home
    first = run(home, "checkpoint", "--json").json
    rate(filled, SWINDON)
    lost = run(home, "checkpoint", "--json").json
    filled.ledger.close()
    cut = first["size"] + 1
    on_database(
        filled,
        f"DELETE FROM event WHERE position > {cut}",
        f"DELETE FROM checkpoint WHERE size > {cut}",
        f"DELETE FROM outcome WHERE position > {cut}",
    )
    refused = run(home, "checkpoint")
    assert refused.code == 5 and f"the ledger ends at {cut}, and {lost['size']} events" in refused.err, refused
    assert "--succeed restored" in refused.err
    result = run(home, "verify", "--checkpoint", lost["file"])
    assert result.code == 5 and f"position {cut + 1} does not verify: the ledger ends before it" in result.err, result

    asked = run(home, "checkpoint", "--succeed", "restored")
    assert asked.code == 2 and "--yes" in asked.err
    made = run(home, "checkpoint", "--succeed", "restored", "--yes", "--json").json
    assert made["origin"] != first["origin"]
    assert run(home, "verify").code == 0
    assert run(home, "verify", "--checkpoint", first["file"]).code == 0
    result = run(home, "verify", "--checkpoint", lost["file"])
    assert result.code == 5, result
    assert f"position {cut} does not verify: the ledger says itself that it lost" in result.err, result
    again = run(home, "checkpoint", "--succeed", "restored", "--yes")
    assert again.code == 1 and "nothing to succeed" in again.err


def test_a_key_is_rotated(run: Run, filled: Filled) -> None:
    home = filled.settings.home
    first = run(home, "checkpoint", "--json").json
    second = run(home, "checkpoint", "--rotate", "scheduled", "--yes", "--json").json
    assert second["origin"] == first["origin"] and second["key"] != first["key"] and second["new"]
    assert run(home, "verify", "--checkpoint", first["file"], "--key", first["key"]).code == 0
    result = run(home, "verify", "--checkpoint", second["file"], "--key", first["key"])
    assert result.code == 5 and "no key that you named signed it" in result.err, result


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"no checkpoint\n", "not a text, an empty line and signatures"),
        (b"", "not a text"),
    ],
)
def test_a_file_that_is_no_checkpoint_is_told_in_a_sentence(
    run: Run, filled: Filled, tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "held"
    file.write_bytes(content)
    result = run(filled.settings.home, "verify", "--checkpoint", str(file))
    assert result.code == 5 and f"{file}: this checkpoint can't be trusted" in result.err and why in result.err, result


def test_an_altered_or_truncated_checkpoint_is_not_trusted(run: Run, filled: Filled, tmp_path: Path) -> None:
    home = filled.settings.home
    made = run(home, "checkpoint", "--json").json
    data = Path(made["file"]).read_bytes()
    text, signature = data.split(b"\n\n")
    size = str(made["size"]).encode()
    for altered in (
        text.replace(b"\n" + size + b"\n", b"\n1\n") + b"\n\n" + signature,
        data[:-10],
        data + b"trailing\n",
        data.replace(b"\xe2\x80\x94", b"-"),
    ):
        file = tmp_path / "altered"
        file.write_bytes(altered)
        result = run(home, "verify", "--checkpoint", str(file), "--key", made["key"])
        assert result.code == 5 and "can't be trusted" in result.err, (altered, result)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verify", "--key", "x"], "--key says whose checkpoints to trust"),
        (["verify", "haringey-1", "--tree"], "--tree is for the whole ledger"),
        (["verify", "--checkpoint", "nowhere"], "does not exist"),
        (["checkpoint", "--rotate", "scheduled", "--succeed", "forked"], "not both"),
        (["checkpoint", "--rotate", "boredom"], "boredom"),
    ],
)
def test_a_wrong_call_is_told_so(run: Run, filled: Filled, arguments: list[str], said: str) -> None:
    result = run(filled.settings.home, *arguments)
    assert result.code == 2 and said in result.err, result


def test_a_key_that_is_none_is_told_so(run: Run, filled: Filled) -> None:
    made = run(filled.settings.home, "checkpoint", "--json").json
    result = run(filled.settings.home, "verify", "--checkpoint", made["file"], "--key", made["key"][:-3])
    assert result.code == 2 and "is not a key" in result.err, result


def test_a_signer_that_is_elsewhere_is_named(
    run: Run, filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = filled.settings.home
    run(home, "checkpoint")
    monkeypatch.setenv("TURNAROUND_SIGNER_HOME", str(tmp_path / "elsewhere"))
    result = run(home, "checkpoint")
    assert result.code == 5 and "here is nothing of that signer" in result.err and "state-lost" in result.err, result
    monkeypatch.setenv("TURNAROUND_SIGNER_HOME", str(home / "signer"))
    monkeypatch.setenv("TURNAROUND_CHECKPOINT_FOLDER", str(tmp_path / "share"))
    assert Path(run(home, "checkpoint", "--json").json["file"]).is_relative_to(tmp_path / "share")
