"""Rounds of ratings and case files on another machine: the file is sent there, and what came of it put out as here."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from cli.output import confirm, emit_json, progress, terminal
from cli.publishing import put_out_summary, say_waiting
from cli.rating import reason_of, service_of
from cli.remote import Given, Refused, Server, path, refused_as_json, told
from cli.remote_sending import AWAITING, waits
from faces import blocks, dates, giving, importing
from faces.fields import read_text
from faces.giving import OutcomeUnknown
from faces.page import Table
from faces.problems import Exit, Problem
from faces.rounds import LARGEST, Wrong

PACE = 0.5
"""Seconds between two looks at how far a round has come."""


def check(server: Server, given: Given) -> None:
    """`turnaround rating check`. Raises Problem."""
    found = _checked(server, given)
    if given["as_json"]:
        emit_json(found)
    else:
        server.tell(_sent(server, "/check", given, told()))
    if found["wrong"] or any(row["refusal"] for row in found["rows"]):
        raise typer.Exit(Exit.REFUSED)


def publish(server: Server, given: Given) -> None:
    """`turnaround rating publish`. Raises Problem."""
    found, as_json = _checked(server, given), given["as_json"]
    if not as_json:
        for block in blocks.read(_sent(server, "/check", given, told()).json()):
            if terminal() or not isinstance(block, Table):  # of two tables no other program could make sense
                server.put(block)
    rows = found["rows"]
    if not rows:
        raise Problem(
            Exit.REFUSED, f"{given['file'].name} has no row that can be published.", "mend the rows and try again"
        )
    opening = sum(row["opens"] is not None for row in rows)
    question = f"Publish {dates.plural(len(rows), 'rating')}, opening {dates.plural(opening, 'engagement')}?"
    confirm(question, yes=given["yes"], as_json=as_json)
    answer = _sent(server, "", given, {}).json()
    round_id, wrong = found["round"], [Wrong(**each) for each in found["wrong"]]
    if answer.get("state") == AWAITING:
        raise OutcomeUnknown(
            Exit.UNREACHABLE, waits(server, f"the round {round_id}", answer), "give the same command again to ask"
        )
    hour = answer["waiting_until"]
    if hour is not None:
        say_waiting(round_id, datetime.fromisoformat(hour), len(rows), as_json=as_json)
        if wrong:
            raise typer.Exit(Exit.REFUSED)
        return
    _put_out(server, round_id, found, wrong, as_json=as_json)


def withdraw(server: Server, given: Given) -> None:
    """`turnaround rating withdraw`. Raises Problem."""
    reason, found = reason_of(given["reason"]), _checked(server, given)
    round_id, as_json = found["round"], given["as_json"]
    published = _accepted(server, round_id)
    if not published:
        raise Problem(
            Exit.NOT_FOUND,
            f"no rating of {given['file'].name} was published in the round {round_id}.",
            "give the day of its publication with --on",
        )
    confirm(f"Withdraw {dates.plural(len(published), 'rating')} of {round_id}?", yes=given["yes"], as_json=as_json)
    back = server.send("POST", path("rating-rounds", round_id) + "/withdrawal", json={"reason": reason}).json()["round"]
    _put_out(server, back, found, [Wrong(**each) for each in found["wrong"]], as_json=as_json)


def take_over(server: Server, given: Given) -> None:
    """`turnaround import`. Raises Problem."""
    file, as_json = given["file"], given["as_json"]
    text = read_text(file, importing.LARGEST)
    query = {"file": file.name, **({"live": "true"} if given["live"] else {})}

    def sent(headers: Mapping[str, str], **rest: str) -> Any:
        kind = {"Content-Type": "application/yaml", **headers}
        return server.send("POST", "/imports", params={**query, **rest}, content=text.encode(), headers=kind)

    announced = sent({}, dry_run="true").json()
    if not announced["taken_over_before"]:
        if not as_json:
            server.tell(sent(told(), dry_run="true"))
        confirm(importing.question(announced), yes=given["yes"], as_json=as_json)
    try:
        answer = sent({} if as_json else told())
    except Refused as refused:
        if not as_json:
            raise
        raise refused_as_json(refused) from None
    if answer.status_code == 202:
        raise OutcomeUnknown(
            Exit.UNREACHABLE,
            "whether the case was taken over is not known yet: no worker has answered.",
            "give the same command again: nothing is done twice",
        )
    emit_json(answer.json()) if as_json else server.tell(answer)


def _sent(server: Server, where: str, given: Given, headers: Mapping[str, str]) -> Any:
    file: Path = given["file"]
    query = {"file": file.name, "on": given["on"], "service": service_of(given["service"]), "at": given.get("at")}
    return server.send(
        "POST",
        f"/rating-rounds{where}",
        params={name: value for name, value in query.items() if value is not None},
        content=read_text(file, LARGEST).encode(),
        headers={"Content-Type": "text/csv", **headers},
    )


def _checked(server: Server, given: Given) -> dict[str, Any]:
    found: dict[str, Any] = _sent(server, "/check", given, {}).json()
    return found


def _accepted(server: Server, round_id: str) -> list[str]:
    try:
        ratings = server.data(path("rating-rounds", round_id)).get("ratings", ())
    except Problem as problem:
        if problem.code != Exit.NOT_FOUND:
            raise
        return []
    return [row["council"] for row in ratings if row["accepted"]]


def _put_out(server: Server, round_id: str, found: Mapping[str, Any], wrong: list[Wrong], *, as_json: bool) -> None:
    """Watch a round until each row has an outcome, and put out what came of them. Raises Problem."""
    with progress(round_id) as show:
        _watch(server, round_id, show)
    line_of = {row["council"]: row for row in found["rows"]}
    results = []
    for row in server.data(path("rating-rounds", round_id) + "/results"):
        line = line_of.get(row["council"])
        if line is not None:
            before = line["done_before"] and not round_id.endswith("-withdrawn")
            results.append({"line": line["line"], **row, "done_before": before})
    results.sort(key=lambda row: row["line"])
    left_out = [{"line": each["line"], "council": each["council"]} for each in found["left_out"]]
    put_out_summary(round_id, results, wrong, left_out, as_json=as_json)


def _watch(server: Server, round_id: str, show: Any) -> None:
    seen, moved = -1, time.monotonic()
    while True:
        now = server.data(path("rating-rounds", round_id))
        if now["done"] > seen:
            seen, moved = now["done"], time.monotonic()
            show(now["done"], now["rows"])
        if now["done"] == now["rows"]:
            return
        if time.monotonic() - moved > giving.PATIENCE:
            raise Problem(
                Exit.UNREACHABLE,
                f"how the round ends is not known yet: no worker has done anything for {giving.PATIENCE:.0f} seconds.",
                "the round goes on by itself, and the same command tells of it again",
            )
        time.sleep(PACE)
