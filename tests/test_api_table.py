"""The command line and the HTTP API side by side: every command has its operations, or a reason why it needs none."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from cli.main import make_command
from cli.remote_commands import ASKED, BOTH, HERE, OF_THE_MACHINE
from console.api.app import make_api
from console.site import Site

GIVE = ("POST /engagements/{id}/commands/{command}", "POST /councils/{id}/commands/{command}")
OFFICE = ("POST /office/{register}/commands/{command}",)

OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "portfolio": ("GET /engagements",),
    "due": ("GET /due",),
    "calendar": ("GET /engagements/{id}/calendar",),
    "show": ("GET /engagements/{id}", "GET /councils/{id}"),
    "dossier": ("GET /engagements/{id}/dossier", "GET /engagements/{id}/dossier/{part}"),
    "timeline": ("GET /engagements/{id}/timeline", "GET /councils/{id}/timeline"),
    "replay": (
        "GET /engagements/{id}/replay",
        "GET /engagements/{id}/steps",
        "GET /councils/{id}/replay",
        "GET /programme",
    ),
    "duties": ("GET /engagements/{id}/duties",),
    "reads": ("GET /reads",),
    "notices": ("GET /notices", "GET /engagements/{id}/notices", "GET /councils/{id}/notices"),
    "digest": ("GET /people/{id}/digest",),
    "can": ("GET /engagements/{id}/can", "GET /councils/{id}/can"),
    "do": (*GIVE, "GET /command-types", "GET /command-types/{id}"),
    "move": GIVE[:1],
    "what-if": ("GET /engagements/{id}/what-if",),
    "import": ("POST /imports",),
    "verify": (
        "GET /verification",
        "GET /engagements/{id}/verification",
        "POST /verification/against",
        "POST /receipts/check",
    ),
    "pack": ("GET /engagements/{id}/pack", "GET /councils/{id}/pack"),
    "receipt": ("GET /commands/{command}/receipt",),
    "clock pause": GIVE[:1],
    "clock resume": GIVE[:1],
    "rating check": ("POST /rating-rounds/check",),
    "rating publish": ("POST /rating-rounds", "GET /rating-rounds/{id}", "GET /rating-rounds/{id}/results"),
    "rating withdraw": ("POST /rating-rounds/{id}/withdrawal",),
    "report programme": ("GET /reports/{report}",),
    "report ratings": ("GET /reports/{report}",),
    "report summary": ("GET /reports/{report}",),
    "report council": ("GET /reports/councils/{id}",),
    "report indicators": ("GET /engagements/{id}/indicators",),
    "report interventions": ("GET /reports/{report}",),
    "report directions": ("GET /reports/{report}",),
    "people": ("GET /people",),
    "people add": OFFICE,
    "people contact": OFFICE,
    "people role": OFFICE,
    "people end-role": OFFICE,
    "people away": OFFICE,
    "people back": (*OFFICE, "GET /people"),
    "people prefer": OFFICE,
    "people who": ("GET /roles/{id}/holders",),
    "people webhook": ("GET /people/{id}/webhook",),
    "people rotate-secret": OFFICE,
    "people feed": ("GET /feeds",),
    "people feed open": OFFICE,
    "people feed revoke": OFFICE,
    "lifecycle list": ("GET /lifecycles",),
    "lifecycle show": ("GET /lifecycles/{id}",),
    "lifecycle diff": ("GET /lifecycles/{id}/differences",),
    "lifecycle publish": OFFICE,
    "privacy export": ("GET /privacy/people/{id}",),
    "privacy find": ("POST /privacy/search",),
    "privacy erase": (*OFFICE, "GET /privacy/engagements/{id}"),
    "privacy due": ("GET /privacy/due",),
    "privacy hold": OFFICE,
    "privacy lift": OFFICE,
    "privacy holds": ("GET /privacy/holds",),
}
"""What of the API does each command."""

NONE: Mapping[str, str] = {
    "up": "it starts the engine and the server itself",
    "demo": "it plays on a ledger of its own, on this machine",
    "rehearse": "it plays on a ledger of its own, on this machine",
    "checkpoint": "a checkpoint is signed where the signer's key is; GET /checkpoints has the last",
    "rebuild": "workflows and lists are made again beside the ledger",
    "reconcile": "it reads what the engine holds, beside the ledger",
    "doctor": "it looks at this machine; GET /status has what concerns others",
    "link": "it signs somebody in on this machine",
    "tokens make": "who asks the API can't let others in",
    "tokens list": "who asks the API can't let others in",
    "tokens revoke": "who asks the API can't let others in",
    "witness key": "a witness is another's machine",
    "witness run": "a witness is another's machine",
    "lifecycle new": "it writes a file on this machine",
    "lifecycle check": "it reads a file on this machine; publishing checks it again",
    "lifecycle schema": "it writes a file on this machine",
}
"""What is of a machine itself, and why no operation does it."""


def commands(group: Any = None, before: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command of the command line by the words that call it, with its function."""
    group = group or make_command()
    for name, found in group.commands.items():
        words = (*before, name)
        inner = hasattr(found, "commands")
        if not inner or found.invoke_without_command:
            yield " ".join(words), found.callback
        if inner:
            yield from commands(found, words)


def test_every_command_has_its_operations_or_a_reason() -> None:
    assert sorted(name for name, _ in commands()) == sorted([*OPERATIONS, *NONE])


def test_every_operation_that_is_named_is_there() -> None:
    found = make_api(cast(Site, None)).openapi()["paths"]
    there = {f"{method.upper()} {path}" for path, operations in found.items() for method in operations}
    assert {name for names in OPERATIONS.values() for name in names} <= there


def test_every_command_with_an_operation_asks_it_from_another_machine() -> None:
    """And no other does: what is of a machine is done there, or refused with its reason."""
    asks = {*ASKED, *BOTH}
    for name, function in commands():
        named = f"{function.__wrapped__.__module__}.{function.__wrapped__.__name__}"
        here = function.__wrapped__.__module__ in HERE or named in HERE
        assert (named in asks) == (name in OPERATIONS), name
        assert name in OPERATIONS or here or named in OF_THE_MACHINE, name
