"""Logs: JSON lines on standard error, or in colour on a terminal, with ids on every line and no personal values.

What is logged are ids, kinds, stages, times and counts. Of a failure the kind and the places in the code are kept, never
its message, which may hold what somebody typed.
"""

import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog
from pydantic import ValidationError

from workers.settings import Settings, default_home

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

IDS = (
    "target",
    "engagement",
    "council",
    "command",
    "round",
    "notice",
    "workflow_id",
    "run_id",
    "workflow_type",
    "activity_type",
    "activity_id",
    "attempt",
    "namespace",
    "task_queue",
)
"""What a line from the SDK may carry along: ids and kinds."""


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is when a line is written, as that may be put elsewhere."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    @property
    def stream(self) -> TextIO:
        """Standard error now."""
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """The base class sets it once; it is not kept."""


def configure(settings: Settings, *, least: str | None = None) -> None:
    """Set logging up for this process. `least` is a level below which nothing is said, whatever the settings say."""
    level = max(LEVELS[settings.log_level], LEVELS[least] if least else 0)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _failure,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    plain = not sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(sort_keys=True) if plain else structlog.dev.ConsoleRenderer()
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_ids_of_record, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old, _StandardError):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # What SQLAlchemy logs holds statements with their values; Alembic tells of every plugin.
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # What it logs of a failure are Notify's own words.
    logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)
    # What these log holds addresses of webhooks.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _ids_of_record(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the ids that a line of another library carries, and nothing else of what it carries."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None:
        for name in IDS:
            if isinstance(value := getattr(record, name, None), str | int):
                event[name] = value
        for carried in ("temporal_workflow", "temporal_activity"):
            if isinstance(found := getattr(record, carried, None), Mapping):
                event.update({name: found[name] for name in IDS if name in found})
    event["event"] = str(event["event"]).partition(" ({'")[0]
    return event


def _failure(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A failure as its kind and its places in the code, without its message."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["failure"] = type(error).__name__
        event["at"] = places(error)
        if isinstance(error, ValidationError):
            event["model"] = error.title
    event.pop("stack_info", None)
    event.pop("exception", None)
    return event


def places(error: BaseException) -> list[str]:
    """Where in the code an error passed, the innermost last: `cli/doing.py:41 do`."""
    return [
        f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def keep_failure(error: BaseException, command: str) -> Path | None:
    """Add an unforeseen error of the command line to its log; the log's path, or None when it can't be written."""
    home = Path(os.environ.get("TURNAROUND_HOME") or default_home())
    path = home / "logs" / "command-line.log"
    line = {
        "timestamp": datetime.now(UTC).isoformat(),
        "level": "error",
        "event": "command failed",
        "command": command if command.isascii() and len(command) < 30 else "",
        "failure": type(error).__name__,
        "at": places(error),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    except OSError:
        return None
    return path
