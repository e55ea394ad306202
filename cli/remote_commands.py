"""Which commands ask another machine where TURNAROUND_SERVER says so, and what of it; the others refuse."""

import inspect
import tomllib
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from cli import (
    able,
    calendar,
    checking,
    digest,
    doctor,
    doing,
    dossier,
    due,
    duties,
    lifecycle,
    listing,
    moving,
    notices,
    pack,
    people,
    reading,
    reads,
    receipt,
    remote_giving,
    replay,
    report,
    running,
    timeline,
    tokens,
    what_if,
    witness,
)
from cli.output import emit_json
from cli.remote import Server, asking, path
from faces.page import note, say
from faces.problems import Exit, Problem, not_found, usage
from faces.replay import PROGRAMME
from workers.settings import Settings

Given = Mapping[str, Any]
Ask = Callable[[Server, Given], None]

HERE: tuple[str, ...] = (
    running.__name__,
    doctor.__name__,
    tokens.__name__,
    witness.__name__,
    f"{lifecycle.__name__}.new",
    f"{lifecycle.__name__}.schema",
    f"{lifecycle.__name__}.check",
)
"""What is done on this machine wherever the ledger is: modules, and single commands of others."""


def remotely(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that asks the server of the settings where there is one, and refuses where that can't be asked."""
    named = f"{function.__module__}.{function.__name__}"
    if function.__module__ in HERE or named in HERE:
        return function

    @wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        settings = _settings()
        if settings is None or settings.server is None:
            return function(*args, **given)
        given = inspect.signature(function).bind(*args, **given).arguments
        if named not in ASKED:
            raise usage(
                "this command works on a ledger of this machine alone, and TURNAROUND_SERVER names another machine.",
                "run it there, or unset TURNAROUND_SERVER",
            )
        if given.get("auditor") is not None:
            raise usage("--by: who reads is known by their token.", "leave it out")
        with asking(settings) as server:
            return ASKED[named](server, given)

    return command


def _settings() -> Settings | None:
    """The settings; None where they can't be read, which the command itself will tell."""
    try:
        return Settings()
    except (ValidationError, tomllib.TOMLDecodeError, OSError):
        return None


# Reading


def _get(where: str, **query: str) -> Ask:
    """A question at a fixed address, or about what an argument names; each parameter is taken from the option it names."""

    def ask(server: Server, given: Given) -> None:
        filled = where.format(**{name: path(str(value))[1:] for name, value in given.items() if isinstance(value, str)})
        server.show(filled, {name: given.get(option) for name, option in query.items()}, as_json=given["as_json"])

    return ask


def _of(what: str, **query: str) -> Ask:
    """A question about an engagement or a council, whichever the name means."""

    def ask(server: Server, given: Given) -> None:
        wanted = {name: given.get(option) for name, option in query.items()}
        about, _ = server.meant(given["id"], {"as": wanted.get("as")})
        server.show(about + what, wanted, as_json=given["as_json"])

    return ask


def _portfolio(server: Server, given: Given) -> None:
    if given["closed"] and given["everything"]:
        raise usage("--closed and --all ask for different lists.", "give one of them")
    query = {name: given[name] for name in ("stage", "region", "model", "service", "late")}
    which = "all" if given["everything"] else "closed" if given["closed"] else "open"
    server.show("/engagements", {**query, "which": which, "as": given["reader"]}, as_json=given["as_json"])


def _notices(server: Server, given: Given) -> None:
    query = {"undelivered": given["undelivered"], "as": given["reader"]}
    about = server.meant(given["id"], {"as": given["reader"]})[0] if given["id"] is not None else ""
    server.show(f"{about}/notices", query, as_json=given["as_json"])


def _dossier(server: Server, given: Given) -> None:
    part = path(given["part"]) if given["part"] is not None else ""
    server.show(path("engagements", given["id"]) + "/dossier" + part, {"as": given["reader"]}, as_json=given["as_json"])


def _duties(server: Server, given: Given) -> None:
    where, query = path("engagements", given["id"]) + "/duties", {"as": given["reader"]}
    server.show(where, query, as_json=given["as_json"])
    if server.data(where, query)["findings"]:
        raise typer.Exit(1)


def _replay(server: Server, given: Given) -> None:
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


def _people(server: Server, given: Given) -> None:
    if given["ctx"].invoked_subcommand is None:
        server.show(
            "/people", {name: given[name] for name in ("role", "council", "everything")}, as_json=given["as_json"]
        )


def _lifecycle(server: Server, given: Given) -> None:
    if given["graph"] is not None or given["as_yaml"]:
        raise usage("over TURNAROUND_SERVER a lifecycle is shown in words or as JSON.", "leave --graph and --yaml out")
    server.show(path("lifecycles", given["which"]), as_json=given["as_json"])


def _verify(server: Server, given: Given) -> None:
    if given["receipt"] is not None or given["checkpoint"] or given["key"] or given["witness"] or given["need"]:
        raise usage(
            "over TURNAROUND_SERVER nothing is held against files of yours.", "POST them to the API: docs/api.md"
        )
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


def _calendar(server: Server, given: Given) -> None:
    where = path("engagements", given["id"]) + "/calendar"
    content = server.send("GET", where, params={"as": given["reader"]} if given["reader"] else None).content
    if given["file"] is None:
        typer.echo(content.decode(), nl=False)
        return
    calendar.write(given["file"], content)
    note(f"Written: {given['file']}")


def _pack(server: Server, given: Given) -> None:
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


def _receipt(server: Server, given: Given) -> None:
    if given["output"] is not None:
        receipt.writable(given["output"])
    found = server.data(path("commands", given["id"]) + "/receipt")
    receipt.put_out(found, given["output"], as_json=given["as_json"])


ASKED: Mapping[str, Ask] = {
    f"{function.__module__}.{function.__name__}": ask
    for function, ask in (
        (listing.portfolio, _portfolio),
        (due.due, _get("/due", role="role", by="until", late="late", **{"as": "reader"})),
        (calendar.calendar, _calendar),
        (reading.show, _of("", **{"as": "reader"})),
        (dossier.dossier, _dossier),
        (
            timeline.timeline,
            _of("/timeline", since="since", last="limit", refusals="refusals", engagements="whole", **{"as": "role"}),
        ),
        (replay.replay, _replay),
        (duties.duties, _duties),
        (reads.reads, _get("/reads", **{"as": "reader"})),
        (notices.notices, _notices),
        (digest.digest, _get("/people/{person}/digest", **{"as": "reader"})),
        (able.can, _of("/can", role="role", everything="everything")),
        (doing.do, remote_giving.do),
        (moving.move, remote_giving.move),
        (what_if.what_if, _get("/engagements/{id}/what-if", lifecycle="lifecycle")),
        (report.programme, _get("/reports/programme", on="on", **{"as": "reader"})),
        (report.ratings, _get("/reports/ratings", on="on", **{"as": "reader"})),
        (report.summary, _get("/reports/summary", on="on", **{"as": "reader"})),
        (report.council, _get("/reports/councils/{name}", on="on", **{"as": "reader"})),
        (report.indicators, _get("/engagements/{id}/indicators", on="on", **{"as": "reader"})),
        (report.interventions, _get("/reports/interventions", on="on", **{"as": "reader"})),
        (report.directions, _get("/reports/directions", on="on", **{"as": "reader"})),
        (people.people, _people),
        (people.who, _get("/roles/{role}/holders", council="council", engagement="engagement", on="on")),
        (lifecycle.list_, _get("/lifecycles")),
        (lifecycle.show, _lifecycle),
        (lifecycle.diff, _get("/lifecycles/{a}/differences", to="b")),
        (checking.verify, _verify),
        (pack.pack, _pack),
        (receipt.receipt, _receipt),
    )
}
"""What each command asks, by its function."""
