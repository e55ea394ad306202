"""An engagement of each shipped model, just opened, and the commands that people give in each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from domain import engagement
from faces.able import ONLY_IN_FILES
from ledger import read_models
from tests.given import shipped
from tests.ledgers import Filled
from tests.web import Web, console_over

OFFICE = "department.programme-office"
MODELS = {
    "performance-action-team": ("E09000014", "social-services", None),
    "best-value-intervention": ("E06000023", "whole-council", "auditor"),
    "franchise": ("E06000030", "social-services", "request"),
    "statutory-direction": ("E08000025", "children", "inspection"),
    "sector-led-help": ("E08000035", "children", "self"),
}
"""A council and a service for each shipped model, and what opens it there."""


@contextmanager
def console_of_models(home: Path) -> Iterator[tuple[Web, dict[str, str]]]:
    """The console over an engagement of each shipped model, with their ids."""
    filled, ids = Filled.make(home, datetime(2026, 3, 2, 11, tzinfo=UTC)), {}
    for model, (gss, service, trigger) in MODELS.items():
        if trigger is None:
            done = filled.give(
                f"council/{gss}", "publish-rating", "inspectorate.chief-inspector", service=service, stars=0
            )
        else:
            done = filled.give(
                f"council/{gss}",
                "open-engagement",
                OFFICE,
                service=service,
                model=model,
                trigger=trigger,
                reason="It is needed.",
            )
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    filled.ledger.close()
    with console_over(home) as web:
        with web.site.ledger.reading() as conn:
            for row in read_models.portfolio(conn):
                ids[row.model.partition("@")[0]] = row.id
        yield web, ids


def commands_of_every_model() -> list[tuple[str, str]]:
    """Every command that people give in each shipped model."""
    return [
        (model, name)
        for model in MODELS
        for name, kind in engagement.commands_of(shipped(model).lifecycle).items()
        if not kind.derived and shipped(model).lifecycle.who_may(name) and name not in ONLY_IN_FILES
    ]


def role_for(model: str, name: str) -> str:
    """A role that gives a command, or records it for the one that does."""
    lifecycle = shipped(model).lifecycle
    role = lifecycle.who_may(name)[0]
    return role if lifecycle.roles[role].signs_in else lifecycle.roles[role].recorded_by[0]
