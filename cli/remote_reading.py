"""What commands that read ask of another machine, and put out as here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from cli import calendar, checking, receipt
from cli.output import emit_json
from cli.remote import Given, Server, path, told
from faces.page import note, say
from faces.problems import Exit, Problem, not_found, usage
from faces.replay import PROGRAMME

Ask = Callable[[Server, Given], None]


def at(where: str, **query: str) -> Ask:
    """A question at a fixed address, or about what an argument names; each parameter is taken from the option it names."""

    def ask(server: Server, given: Given) -> None:
        filled = where.format(**{name: path(str(value))[1:] for name, value in given.items() if isinstance(value, str)})
        server.show(filled, {name: given.get(option) for name, option in query.items()}, as_json=given["as_json"])

    return ask


def of(what: str, **query: str) -> Ask:
    """A question about an engagement or a council, whichever the name means."""

    def ask(server: Server, given: Given) -> None:
        wanted = {name: given.get(option) for name, option in query.items()}
        about, _ = server.meant(given["id"], {"as": wanted.get("as")})
        server.show(about + what, wanted, as_json=given["as_json"])

    return ask


def portfolio(server: Server, given: Given) -> None:
    """`turnaround portfolio`. Raises Problem."""
    if given["closed"] and given["everything"]:
        raise usage("--closed and --all ask for different lists.", "give one of them")
    query = {name: given[name] for name in ("stage", "region", "model", "service", "late")}
    which = "all" if given["everything"] else "closed" if given["closed"] else "open"
    server.show("/engagements", {**query, "which": which, "as": given["reader"]}, as_json=given["as_json"])


def notices(server: Server, given: Given) -> None:
    """`turnaround notices`. Raises Problem."""
    query = {"undelivered": given["undelivered"], "as": given["reader"]}
    about = server.meant(given["id"], {"as": given["reader"]})[0] if given["id"] is not None else ""
    server.show(f"{about}/notices", query, as_json=given["as_json"])


def dossier(server: Server, given: Given) -> None:
    """`turnaround dossier`. Raises Problem."""
    part = path(given["part"]) if given["part"] is not None else ""
    server.show(path("engagements", given["id"]) + "/dossier" + part, {"as": given["reader"]}, as_json=given["as_json"])


def duties(server: Server, given: Given) -> None:
    """`turnaround duties`. Raises Problem."""
    where, query = path("engagements", given["id"]) + "/duties", {"as": given["reader"]}
    server.show(where, query, as_json=given["as_json"])
    if server.data(where, query)["findings"]:
        raise typer.Exit(1)


def replay(server: Server, given: Given) -> None:
    """`turnaround replay`. Raises Problem."""
    query = {name: given[name] for name in ("true_on", "known_on", "as_reported", "until")} | {"as": given["role"]}
    if given["id"].strip().lower() == PROGRAMME:
        if not (given["true_on"] or given["known_on"]):
            raise usage("of the programme there are no steps over TURNAROUND_SERVER.", "give --true-on or --known-on")
        server.show("/programme", {**query, "until": None}, as_json=given["as_json"])
        return
    about, _ = server.meant(given["id"], {"as": given["role"]})
    if given["true_on"] or given["known_on"]:
        server.show(f"{about}/replay", query, as_json=given["as_json"])
    else:
        server.steps(f"{about}/steps", {"until": given["until"], "as": given["role"]}, as_json=given["as_json"])


def people(server: Server, given: Given) -> None:
    """`turnaround people`. Raises Problem."""
    if given["ctx"].invoked_subcommand is None:
        server.show(
            "/people", {name: given[name] for name in ("role", "council", "everything")}, as_json=given["as_json"]
        )


def feeds(server: Server, given: Given) -> None:
    """`turnaround people feed`. Raises Problem."""
    if given["ctx"].invoked_subcommand is None:
        server.show("/feeds", as_json=given["as_json"])


def verify(server: Server, given: Given) -> None:
    """`turnaround verify`. Raises Problem."""
    if given["receipt"] is not None:
        if given["id"] is not None or any(given[name] for name in ("checkpoint", "witness", "tree", "need")):
            raise usage("a receipt is checked alone.", "give --receipt with --key only, and verify the rest by itself")
        held = {"receipt": given["receipt"].read_text(encoding="utf-8"), "keys": checking.lines_of(given["key"] or [])}
        _posted(server, "/receipts/check", held, as_json=given["as_json"])
        return
    if given["key"] and not given["checkpoint"]:
        raise usage("--key says whose checkpoints to trust, and there is none.", "give one with --checkpoint FILE")
    if given["checkpoint"] or given["witness"] or given["need"]:
        if given["id"] is not None or given["tree"]:
            raise usage(
                "over TURNAROUND_SERVER checkpoints are held against the whole ledger.", "leave out --tree and the id"
            )
        held = {
            "checkpoints": [file.read_text(encoding="utf-8") for file in given["checkpoint"] or ()],
            "keys": checking.lines_of(given["key"] or []),
            "witnesses": checking.lines_of(given["witness"] or []),
            "need": given["need"],
        }
        _posted(server, "/verification/against", held, as_json=given["as_json"])
        return
    about = server.meant(given["id"])[0] if given["id"] is not None else ""
    where, query = f"{about}/verification", {"tree": given["tree"]}
    found = server.data(where, query)
    if given["as_json"]:
        emit_json(found)
    elif found["ok"]:
        server.show(where, query, as_json=False)
    if not found["ok"]:
        bad = found["first_bad"]
        at = f"position {bad['position']}" if bad["position"] is not None else "the ledger"
        raise Problem(
            Exit.NOT_VERIFIED,
            f"{at} does not verify: {bad['why']}.",
            "keep this copy as it is, and compare it with a backup or a pack taken earlier",
        )


def _posted(server: Server, where: str, held: Mapping[str, Any], *, as_json: bool) -> None:
    sent = {name: value for name, value in held.items() if value is not None}
    answer = server.send("POST", where, json=sent, headers={} if as_json else told())
    emit_json(answer.json()) if as_json else server.tell(answer)


def calendar_of(server: Server, given: Given) -> None:
    """`turnaround calendar`. Raises Problem."""
    where = path("engagements", given["id"]) + "/calendar"
    content = server.send("GET", where, params={"as": given["reader"]} if given["reader"] else None).content
    if given["file"] is None:
        typer.echo(content.decode(), nl=False)
        return
    calendar.write(given["file"], content)
    note(f"Written: {given['file']}")


def pack(server: Server, given: Given) -> None:
    """`turnaround pack`. Raises Problem."""
    if given["since"]:
        raise usage("over TURNAROUND_SERVER a pack proves nothing against files of yours.", "leave --since out")
    if given["as_json"]:
        raise usage("over TURNAROUND_SERVER a pack comes without JSON about it.", "leave --json out")
    output: Path = given["output"]
    if output.exists() and not given["force"]:
        raise usage(f"{output} is there already.", "choose another name, or write over it with --force")
    if not output.parent.is_dir():
        raise not_found(f"there is no folder {output.parent}.", "make it first")
    about, _ = server.meant(given["id"], {"as": given["role"]})
    query = {name: value for name, value in (("public", given["public"] or None), ("as", given["role"])) if value}
    output.write_bytes(server.send("GET", f"{about}/pack", params=query).content)
    say(f"Wrote {output}.")
    note("Verify it with auditor/verify.py, and with a key that you did not get with the pack.")


def receipt_of(server: Server, given: Given) -> None:
    """`turnaround receipt`. Raises Problem."""
    if given["output"] is not None:
        receipt.writable(given["output"])
    found = server.data(path("commands", given["id"]) + "/receipt")
    receipt.put_out(found, given["output"], as_json=given["as_json"])
