"""A ledger filled in-process, by the same transaction that a workflow runs, without a Temporal server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from activities.messages import Done, Submission, Task
from activities.signatures import Keyring, SigningKey
from activities.transact import Transact
from domain.actors import Actor
from domain.case import Case
from domain.dates import When
from faces.importing import Takeover, drafts
from ledger.store import Ledger
from tests.given import facts_of
from workers.composition import make_ledger, make_shelf
from workers.face import Face, Unsealed, Via
from workers.settings import Settings


@dataclass
class Filled:
    """A production ledger in a folder of its own, and a way to have commands carried out in it."""

    settings: Settings
    ledger: Ledger
    transact: Transact
    face: Face
    at: datetime
    number: int = 0

    @classmethod
    def make(cls, home: Path, at: datetime | None = None) -> "Filled":
        """An empty ledger under `home`, whose commands are carried out at `at`, by default now."""
        settings = Settings(home=home, synchronous="OFF")
        ledger = make_ledger(settings, "production")
        key = SigningKey.kept_in(settings.keys, "command-line")
        transact = Transact(ledger, make_shelf(settings), lambda: Keyring.of_folder(settings.keys))
        return cls(settings, ledger, transact, Face(ledger, None, key), at or datetime.now(UTC))  # type: ignore[arg-type]

    def take_over(self, case: Case, name: str, opened_before: int = 0) -> None:
        """Bring a case in as history, in one batch, as `turnaround import` does. It must be accepted."""
        takeover = Takeover(case, facts_of(case.council), f"case/{name}", live=False, opened_before=opened_before)
        stored = self.face.store(list(drafts(takeover)))
        steps = [
            {"command": signed.ref.model_dump(mode="json"), "line": step.line}
            for signed, step in zip(stored, case.steps, strict=True)
        ]
        body: dict[str, Any] = {"live": False, "source": case.source, "steps": steps}
        role = "department.programme-office"
        self.give(f"council/{case.council}", "import-case", role, id=takeover.id, via="import", **body)
        outcome = self.face.outcome_of(takeover.id)
        assert outcome is not None and outcome.accepted, (name, outcome)

    def give(
        self,
        target: str,
        type: str,
        role: str,
        recorder: str | None = None,
        *,
        on: date | str | None = None,
        id: str | None = None,
        via: Via = "command-line",
        claim: Mapping[str, str] | None = None,
        person: str | None = None,
        fields: Mapping[str, Any] | None = None,
        **body: Any,
    ) -> Done:
        """Have one command carried out, and what it brings about elsewhere. `fields` are those whose names are taken here."""
        self.number += 1
        actor = Actor.parse(role).model_copy(update={"person": person})
        (signed,) = self.face.store(
            [
                Unsealed(
                    id or f"given-{self.number}",
                    target,
                    type,
                    actor,
                    Actor.parse(recorder) if recorder else actor,
                    When.parse(on or self.at.date()),
                    {**body, **(fields or {})},
                    via,
                    claim=claim,
                )
            ]
        )
        done = self._run(target, Submission(command_id=signed.record.id, digest=signed.digest))
        for wake in done.standing.wakes:
            self._run(wake.target, wake.submission)
        return done

    def strike(self, target: str) -> None:
        """Do what the clock owes."""
        self._run(target, None)

    def later(self, **span: float) -> "Filled":
        """The same ledger some time later."""
        self.at += timedelta(**span)
        return self

    def _run(self, target: str, submission: Submission | None) -> Done:
        epoch = self.ledger.about.epoch
        return self.transact.run(Task(target=target, at=self.at, epoch=epoch, submission=submission))
