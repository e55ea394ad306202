"""Which commands ask another machine where TURNAROUND_SERVER says so, and what of it; the others refuse."""

import inspect
import tomllib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from pydantic import ValidationError

from cli import (
    able,
    calendar,
    case,
    checking,
    checkpointing,
    clock,
    digest,
    doctor,
    doing,
    dossier,
    due,
    duties,
    feeds,
    lifecycle,
    listing,
    moving,
    notices,
    pack,
    people,
    privacy,
    rating,
    reading,
    reads,
    receipt,
    reconcile,
    remote_giving,
    remote_lifecycles,
    remote_people,
    remote_privacy,
    remote_reading,
    remote_rounds,
    replay,
    report,
    running,
    timeline,
    tokens,
    webhooks,
    what_if,
    witness,
)
from cli.remote import asking
from cli.remote_reading import Ask
from faces.problems import usage
from workers.settings import Settings

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

BOTH: tuple[str, ...] = tuple(
    f"{each.__module__}.{each.__name__}"
    for each in (
        people.add,
        people.contact,
        people.role,
        people.end_role,
        people.away,
        people.back,
        people.prefer,
        webhooks.rotate_secret,
        feeds.revoke,
    )
)
"""What finds the directory of people wherever it is, by itself."""

OF_THE_MACHINE: Mapping[str, str] = {
    f"{checkpointing.__name__}.checkpoint": "a checkpoint is signed where the signer's key is",
    f"{checking.__name__}.rebuild": "workflows and lists are made again beside the ledger",
    f"{reconcile.__name__}.reconcile": "it reads what the engine holds, beside the ledger",
}
"""What is done on the ledger's own machine alone, and why."""


def remotely(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that asks the server of the settings where there is one, and refuses where that can't be asked."""
    named = f"{function.__module__}.{function.__name__}"
    if function.__module__ in HERE or named in (*HERE, *BOTH):
        return function

    @wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        settings = _settings()
        if settings is None or settings.server is None:
            return function(*args, **given)
        given = inspect.signature(function).bind(*args, **given).arguments
        if named not in ASKED:
            raise usage(
                "this command works on a ledger of this machine alone, and TURNAROUND_SERVER names another machine: "
                f"{OF_THE_MACHINE[named]}.",
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


ASKED: Mapping[str, Ask] = {
    f"{function.__module__}.{function.__name__}": ask
    for function, ask in (
        (listing.portfolio, remote_reading.portfolio),
        (due.due, remote_reading.at("/due", role="role", by="until", late="late", **{"as": "reader"})),
        (calendar.calendar, remote_reading.calendar_of),
        (reading.show, remote_reading.of("", **{"as": "reader"})),
        (dossier.dossier, remote_reading.dossier),
        (
            timeline.timeline,
            remote_reading.of(
                "/timeline", since="since", last="limit", refusals="refusals", engagements="whole", **{"as": "role"}
            ),
        ),
        (replay.replay, remote_reading.replay),
        (duties.duties, remote_reading.duties),
        (reads.reads, remote_reading.at("/reads", **{"as": "reader"})),
        (notices.notices, remote_reading.notices),
        (digest.digest, remote_reading.at("/people/{person}/digest", **{"as": "reader"})),
        (able.can, remote_reading.of("/can", role="role", everything="everything")),
        (doing.do, remote_giving.do),
        (moving.move, remote_giving.move),
        (clock.pause, remote_giving.pause),
        (clock.resume, remote_giving.resume),
        (case.import_case, remote_rounds.take_over),
        (rating.check, remote_rounds.check),
        (rating.publish, remote_rounds.publish),
        (rating.withdraw, remote_rounds.withdraw),
        (what_if.what_if, remote_reading.at("/engagements/{id}/what-if", lifecycle="lifecycle")),
        (report.programme, remote_reading.at("/reports/programme", on="on", **{"as": "reader"})),
        (report.ratings, remote_reading.at("/reports/ratings", on="on", **{"as": "reader"})),
        (report.summary, remote_reading.at("/reports/summary", on="on", **{"as": "reader"})),
        (report.council, remote_reading.at("/reports/councils/{name}", on="on", **{"as": "reader"})),
        (report.indicators, remote_reading.at("/engagements/{id}/indicators", on="on", **{"as": "reader"})),
        (report.interventions, remote_reading.at("/reports/interventions", on="on", **{"as": "reader"})),
        (report.directions, remote_reading.at("/reports/directions", on="on", **{"as": "reader"})),
        (people.people, remote_reading.people),
        (people.who, remote_reading.at("/roles/{role}/holders", council="council", engagement="engagement", on="on")),
        (webhooks.webhook, remote_reading.at("/people/{person}/webhook")),
        (feeds.feeds, remote_reading.feeds),
        (feeds.open_, remote_people.open_feed),
        (privacy.export, remote_privacy.export),
        (privacy.find, remote_privacy.find),
        (privacy.erase, remote_privacy.erase),
        (privacy.due, remote_reading.at("/privacy/due")),
        (privacy.hold, remote_privacy.hold),
        (privacy.lift, remote_privacy.lift),
        (privacy.holds, remote_reading.at("/privacy/holds")),
        (lifecycle.list_, remote_reading.at("/lifecycles")),
        (lifecycle.show, remote_lifecycles.show),
        (lifecycle.publish, remote_lifecycles.publish),
        (lifecycle.diff, remote_reading.at("/lifecycles/{a}/differences", to="b")),
        (checking.verify, remote_reading.verify),
        (pack.pack, remote_reading.pack),
        (receipt.receipt, remote_reading.receipt_of),
    )
}
"""What each command asks, by its function."""
