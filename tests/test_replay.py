"""Committed histories replay under today's workflows: what runs somewhere goes on after an upgrade.

They were recorded by tests.record_histories, which says when to add one.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from workers.composition import WORKFLOWS

FOLDER = Path(__file__).resolve().parent / "histories"
COMPATIBLE = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem != "incompatible")


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"recorded/{name}", (FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter)


@pytest.mark.parametrize("name", COMPATIBLE)
async def test_it_replays(name: str) -> None:
    await replayer().replay_workflow(recorded(name))


async def test_one_that_was_made_incompatible_on_purpose_does_not_replay() -> None:
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(recorded("incompatible"))


def test_every_workflow_and_every_way_that_a_run_ends_or_waits_is_among_them() -> None:
    kinds, events = Counter[str](), Counter[str]()
    for name in COMPATIBLE:
        history = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["events"]
        kinds[history[0]["workflowExecutionStartedEventAttributes"]["workflowType"]["name"]] += 1
        events.update(event["eventType"].removeprefix("EVENT_TYPE_") for event in history)

    assert set(kinds) == {"EngagementWorkflow", "CouncilWorkflow", "OfficeWorkflow", "NotificationWorkflow"} | {
        "RatingRoundWorkflow",
        "SweepWorkflow",
        "DigestWorkflow",
        "CheckpointWorkflow",
    }
    assert set(events) >= {
        "WORKFLOW_EXECUTION_COMPLETED",
        "WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "WORKFLOW_EXECUTION_UPDATE_COMPLETED",
        "TIMER_FIRED",
        "TIMER_CANCELED",
        "ACTIVITY_TASK_FAILED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    }
