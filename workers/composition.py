"""The composition root: everything a process is made of, put together once from the settings."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.checkpointing import Checkpointing
from activities.delivery import Channel, Delivery, FileChannel, Recipients
from activities.digests import Digesting
from activities.invitations import Inviting
from activities.library import Library, publish_shipped, read_register
from activities.mail import EmailChannel
from activities.notify import NotifyChannel
from activities.publishing import Publication
from activities.receipts import Receipts, receipt_key
from activities.recipients import of_directory
from activities.signatures import Keyring, SigningKey, public_half
from activities.signer import Signer
from activities.starting import TASK_TIMEOUT, Starter, Starting
from activities.transact import Transact
from activities.webhook_secrets import Secrets
from activities.webhooks import WebhookChannel
from activities.witnesses import Witnesses
from activities.work import Shelf
from ledger.store import Kind, Ledger
from workers.digests import DigestLetters
from workers.face import Clock, Face
from workers.notices import Letters, Templates
from workers.settings import Settings
from workflows.checkpoint import CheckpointWorkflow
from workflows.council import CouncilWorkflow
from workflows.digest import DigestWorkflow
from workflows.engagement import EngagementWorkflow
from workflows.notification import NotificationWorkflow
from workflows.office import OfficeWorkflow
from workflows.rating_round import RatingRoundWorkflow
from workflows.sweep import SweepWorkflow

WORKFLOWS = (
    EngagementWorkflow,
    CouncilWorkflow,
    OfficeWorkflow,
    NotificationWorkflow,
    RatingRoundWorkflow,
    SweepWorkflow,
    DigestWorkflow,
    CheckpointWorkflow,
)

SEARCH_ATTRIBUTES = {"Council": "Keyword", "Stage": "Keyword", "Model": "Keyword", "Due": "Datetime"}

RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules("workflows")
"""The sandbox stays on for what a workflow calls, but does not load the modules anew for every run: that takes a third of
the memory of an open engagement. What it would have found while loading, the bans in workflows/ruff.toml find.
"""

TO_FINISH = timedelta(seconds=10)
"""How long a worker that is told to stop lets its activities finish before it cancels them. Those that write to the ledger
in a thread are never broken off (`no_thread_cancel_exception`): in the middle of a transaction that leaves the database
locked, and whoever waits for it waiting, the worker's own end with them.
"""

RELEASE = f"turnaround {version('turnaround')}"


def make_ledger(settings: Settings, kind: Kind, at: datetime | None = None) -> Ledger:
    """Open the ledger, made and migrated where it has to be, with the shipped documents published into it.

    `at` is when a rehearsal's clock starts. Raises DatabaseUnavailable.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    now = at or datetime.now(UTC)
    ledger = Ledger.create(
        settings.url,
        origin=f"turnaround/{kind}",
        kind=kind,
        authentication="unauthenticated",
        at=now,
        synchronous=settings.synchronous,
    )
    with ledger.writing() as tx:
        if at is not None and tx.clock is None:
            tx.set_clock(at)
        publish_shipped(tx, now, RELEASE)
    return ledger


async def connect(settings: Settings, address: str | None) -> Client:
    """A client of the Temporal server at an address, or of the one that the settings' profile names.

    Raises RuntimeError (of the SDK) when it can't be reached.
    """
    options: dict[str, Any] = {"target_host": address, "namespace": settings.temporal_namespace}
    if address is None:
        options = dict(ClientConfig.load_client_connect_config(profile=settings.temporal_profile))
    return await Client.connect(**options, data_converter=pydantic_data_converter)


def make_shelf(settings: Settings) -> Shelf:
    """What transactions draw on, with the worker's own key."""
    return Shelf(Library(), read_register(), SigningKey.kept_in(settings.keys, "worker"), RELEASE)


@dataclass(frozen=True)
class Process:
    """A worker's activities over one ledger and one server, and the face of the same process."""

    ledger: Ledger
    starter: Starter
    transact: Transact
    activities: Sequence[Callable[..., Any]]
    cached_workflows: int
    checkpointing: Checkpointing

    def worker(self, **options: Any) -> Worker:
        """The worker. `options` are the SDK's, for tests and benches that need other limits."""
        return Worker(
            self.starter.client,
            task_queue=self.starter.task_queue,
            workflows=list(WORKFLOWS),
            activities=list(self.activities),
            activity_executor=ThreadPoolExecutor(16, thread_name_prefix="activity"),
            workflow_runner=SandboxedWorkflowRunner(restrictions=RESTRICTIONS),
            # A worker killed between two commands holds the next caller up no longer than this (ten seconds by default).
            **{
                "sticky_queue_schedule_to_start_timeout": TASK_TIMEOUT,
                "graceful_shutdown_timeout": TO_FINISH,
                "max_cached_workflows": self.cached_workflows,
                **options,
            },
        )


def make_channels(settings: Settings, kind: Kind, origin: str) -> dict[str, Channel]:
    """The ways in which notices go out, from the ledger of an origin. A rehearsal mails and calls nobody: what it tells is
    told in files alone.

    Raises KeyUnusable when webhooks can't be signed.
    """
    channels: dict[str, Channel] = {"file": FileChannel(settings.outbox)}
    if kind == "rehearsal":
        return channels
    if settings.mail_server is not None:
        channels["email"] = EmailChannel(settings.mail_server)
    if settings.notify is not None:
        channels["email"] = NotifyChannel(settings.notify)
    channels["webhook"] = WebhookChannel(origin, Secrets.kept_in(settings.keys), settings.webhook_allow)
    return channels


def make_checkpointing(settings: Settings, ledger: Ledger) -> Checkpointing:
    """What makes the ledger's checkpoints, with the signer of the settings."""
    signer, publication = Signer(settings.signer), Publication(settings.checkpoints)
    public = public_half(settings.keys, "worker")
    receipts = receipt_key(ledger.about.kind, public) if public is not None else None
    return Checkpointing(ledger, signer, publication, Clock(ledger).now, RELEASE, receipts)


def make_witnesses(settings: Settings, ledger: Ledger, checkpointing: Checkpointing) -> Witnesses:
    """What asks the witnesses of the settings. A rehearsal asks nobody."""
    asked = settings.witnesses if ledger.about.kind == "production" else ()
    return Witnesses(ledger, asked, Publication(settings.checkpoints), checkpointing.record, Clock(ledger).now)


def make_receipts(settings: Settings, ledger: Ledger) -> Receipts:
    """What makes receipts of outcomes, signed with the worker's key."""
    return Receipts(ledger, SigningKey.kept_in(settings.keys, "worker"))


def compose(
    settings: Settings,
    ledger: Ledger,
    client: Client,
    recipients: Recipients | None = None,
    channels: Mapping[str, Channel] | None = None,
) -> Process:
    """Put a process together. Raises TemplateWrong when a notice's template can't be used.

    `recipients` says who notices go to; without it the directory of people does. `channels` are the ways in which they go
    out; without it those of the settings, which in a rehearsal mail nobody.
    """
    starter = Starter(client, settings.task_queue)
    transact = Transact(ledger, make_shelf(settings), lambda: Keyring.of_folder(settings.keys))
    clock = Clock(ledger)
    templates = Templates.shipped()
    organiser = settings.mail_from if settings.mail_server is not None else None  # GOV.UK Notify carries no invitations
    letters = DigestLetters(ledger, templates, Letters(ledger, templates, clock.now, organiser))
    ways = channels or make_channels(settings, ledger.about.kind, ledger.about.origin)
    delivery = Delivery(ledger, ways, letters.write, RELEASE, clock.now, recipients or of_directory(ledger))
    starting = Starting(ledger, starter, clock.offset, Inviting(ledger, RELEASE, clock.now, ways).renew)
    checkpointing = make_checkpointing(settings, ledger)
    return Process(
        ledger,
        starter,
        transact,
        (
            transact.transact,
            transact.mark_stuck,
            delivery.deliver,
            delivery.give_up,
            delivery.follow,
            starting.start_notices,
            starting.wake,
            starting.ask_for_checkpoint,
            checkpointing.checkpoint,
            make_witnesses(settings, ledger, checkpointing).ask_witnesses,
            starting.round_rows,
            starting.submit_row,
            starting.sweep,
            Digesting(ledger, RELEASE, clock.now).compile_digests,
        ),
        settings.cached_workflows,
        checkpointing,
    )


def make_face(settings: Settings, ledger: Ledger, client: Client) -> Face:
    """The command line's face on this machine."""
    return Face(ledger, Starter(client, settings.task_queue), SigningKey.kept_in(settings.keys, "command-line"))
