"""Of `turnaround replay`: a stream step by step, what each event changed, what decided it, and what was refused between."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain import council
from domain.council import Council
from domain.engagement import Engagement, Rules
from domain.part import History
from domain.records import CommandRecord, Recorded, instant_text
from domain.refusals import CommandRefused
from domain.summary import Difference, Summary, council_summary, differences, engagement_summary
from faces import dates, telling
from faces.desk import Desk, Target
from faces.differing import line, said
from faces.dossier_record import in_words, opened, with_printed_dates
from faces.grounds import Ground, ground
from faces.problems import one_line, usage
from faces.prose import refused
from faces.timeline import EVERY, Cut, Told, places_of, tell_of, who
from faces.words import Words
from ledger import commands, events
from ledger.events import Place

State = Engagement | Council
Line = tuple[str, str]
"""What a line is about, and what it says."""


@dataclass(frozen=True)
class HeldTo:
    """The version of the lifecycle an engagement was held to, with its hash as the engagement was opened and as published."""

    model: str
    sha256: str
    published: str

    @property
    def text(self) -> str:
        """The model with the beginning of its hash, and whether the document that is published has the same."""
        found = "as published" if self.sha256 == self.published else f"but published is {self.published[:16]}..."
        return f"{self.model}, sha256 {self.sha256[:16]}..., {found}"

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        return {"model": self.model, "sha256": self.sha256, "as_published": self.sha256 == self.published}


@dataclass(frozen=True)
class Step:
    """An event with the state after it, or a command that was refused: then it changed nothing."""

    told: Told
    state: Summary
    changed: tuple[Difference, ...]
    stands: str
    ground: Ground
    held_to: HeldTo | None
    reported: date | None
    corrects: Mapping[str, Any] | None
    asked: Mapping[str, Any] | None

    @property
    def number(self) -> str:
        """Its version, or a dash where it was refused."""
        return "-" if self.asked is not None else str(self.told.event.version)

    def data(self, words: Words) -> dict[str, Any]:
        """All of it as plain data."""
        event, rule = self.told.event, None
        if self.asked is not None:
            why = refused(event.body["rule"], event.body["details"], words)
            rule = {"rule": event.body["rule"], "details": event.body["details"], "asked": self.asked}
            rule |= {"sentence": why.sentence, "hint": why.hint}
        return {
            "step": "refused" if rule else "event",
            **self.told.data(),
            "known_on": self.reported,
            "release": event.release,
            "held_to": self.held_to.data() if self.held_to else None,
            "decided": self.ground.data,
            "decided_words": [self.ground.text, *self.ground.gate],
            "corrects": self.corrects,
            "refused": rule,
            "changed": [
                {"what": d.what, "of": d.of, "before": d.before, "after": d.after, "words": line(d, words)}
                for d in self.changed
            ],
            "state": [{"what": what, "of": of, "value": value} for (what, of), value in self.state.items()],
        }

    def lines(self, words: Words) -> Iterator[Line]:
        """All of it in words, but for the title."""
        event = self.told.event
        yield "happened", dates.when(event.occurred)
        recorded = f"{dates.moment(event.recorded_at)} ({instant_text(event.recorded_at)}), position {event.position}"
        if self.reported is not None:
            yield "known", f"as reported, {dates.day(self.reported)}"
        yield "recorded", recorded
        yield "by", who(event, words).shown
        yield "command", event.command.id + (f", by {self.told.via}" if self.told.via else "")
        held = f"; {self.held_to.text}" if self.held_to else ""
        yield "rules", f"release {event.release}{held}"
        if self.asked is not None:
            yield from self._refusal(words)
            return
        yield "decided", self.ground.text
        for said_of_gate in self.ground.gate:
            yield "gate", said_of_gate
        for remark in self.told.remarks():
            yield "says", remark
        if self.corrects is not None:
            yield "corrects", _correction(self.corrects)
        for difference in self.changed:
            yield "changed", line(difference, words)
        if not self.changed:
            yield "changed", "nothing in the state"
        yield "stands", self.stands

    def _refusal(self, words: Words) -> Iterator[Line]:
        body = self.told.event.body
        why = refused(body["rule"], body["details"], words)
        yield "refused", f"rule {body['rule']}: {why.sentence}"
        if why.hint:
            yield "hint", why.hint
        for name, value in (self.asked or {}).items():
            yield "asked", one_line(f"{name}: {in_words(value)}")
        yield "changed", "nothing: it was refused"


# Drawing the steps


def steps(
    desk: Desk,
    conn: Connection,
    target: Target,
    places: Sequence[Place],
    reported: Mapping[int, date],
    *,
    bids: bool,
    cut: Cut = EVERY,
) -> Iterator[Step]:
    """The events of a stream, each with the state after it, and the commands refused between them: those at the `places`
    (see `with_refusals`) that a cut leaves. What comes before them is only followed, and what comes after is not read.
    """
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    words = desk.words(conn, rules)
    found = list(events.read_at(conn, [place.position for place in cut.of(places)]))
    told = tell_of(conn, target.stream, found, words, bids=bids)
    given = _commands(conn, found)
    passed = [place.position for place in places[: cut.after] if place.stream == target.stream]
    state = _after(_nothing(target), events.read_at(conn, passed))
    before = _summary(state) if passed else {}
    for event, one in zip(found, told, strict=True):
        earlier, refusal = state, event.type == CommandRefused.type
        state = state if refusal else _after(state, [event])
        record, after = given.get(event.command.id), _summary(state)
        asked = record.body if record else {}
        yield Step(
            told=one,
            state=after,
            changed=differences(before, after),
            stands=stands(state, words),
            ground=ground(event, record, _may(record, rules), _stage(earlier, words), words),
            held_to=_held_to(desk, state),
            reported=None if refusal else reported.get(event.version),
            corrects=_corrects(conn, event, earlier.history, state.history, words, bids=bids),
            asked=_opened(asked, telling.values_of(conn, [asked], bids=bids)) if refusal else None,
        )
        before = after


def with_refusals(desk: Desk, conn: Connection, target: Target, until: int | None = None) -> list[Place]:
    """Where the events up to a version stand, and the refusals before the next one, in the order of the ledger.

    Raises Problem where there is no such version.
    """
    found = places_of(desk, conn, target, refusals=True)
    own = [place for place in found if place.stream == target.stream]
    if until is not None and until > len(own):
        raise usage(
            f"--until: {target.name} has no version {until}.",
            f"its last is {len(own)}" if own else "nothing of it is recorded",
        )
    end = own[until].position if until is not None and until < len(own) else None
    return [place for place in found if end is None or place.position < end]


def _commands(conn: Connection, found: Sequence[Recorded]) -> dict[str, CommandRecord]:
    """The commands of some events by their ids, those that are stored."""
    ids = list(dict.fromkeys(event.command.id for event in found if event.command.digest))
    return {stored.record.id: stored.record for stored in commands.stored_commands(conn, ids)}


def _may(record: CommandRecord | None, rules: Rules | None) -> tuple[str, ...] | None:
    """The roles that may give a command, by the lifecycle; of a council's, by the release. None where neither says."""
    if record is None:
        return None
    if record.target.startswith("council/"):
        return council.MAY.get(record.type)
    return rules.lifecycle.who_may(_named(record)) if rules else None


def _stage(state: State, words: Words) -> str | None:
    """Where an engagement stood when a command came."""
    if not isinstance(state, Engagement) or state.stage is None:
        return None
    return "after the end" if state.closed else f"in the stage {words.stage(state.stage)}"


def _named(record: CommandRecord) -> str:
    return f"record-{record.body['record']}" if record.type == "record-item" else record.type


def _nothing(target: Target) -> State:
    return Engagement(target.name) if target.family == "engagement" else Council.new(target.name)


def _after(state: State, found: Iterable[Recorded]) -> State:
    if isinstance(state, Engagement):
        return folding.fold_engagement(state, found)
    return folding.fold_council(state, found)


def _summary(state: State) -> Summary:
    return engagement_summary(state) if isinstance(state, Engagement) else council_summary(state)


def stands(state: State, words: Words) -> str:
    """A state in a line."""
    if isinstance(state, Council):
        found = council_summary(state)
        rated = [
            f"{telling.service(of)} {said(what, value, words)}"
            for (what, of), value in found.items()
            if what == "stars"
        ]
        open_ = [f"{of} open" for (what, of), value in found.items() if what == "engagement" and value == "open"]
        return "; ".join((*rated, *open_)) or "nothing of it is on record"
    if state.stage is None:
        return "opened"
    where = f"over, {words.stage(state.closed)}" if state.closed else words.stage(state.stage)
    late = sum(held.passed for held in state.obligations.values())
    owed = f"{dates.plural(len(state.obligations), 'thing')} owed, {late} late" if state.obligations else "nothing owed"
    return f"{where}, since {dates.when(state.stage_since)}; {owed}" if state.stage_since else where


def _held_to(desk: Desk, state: State) -> HeldTo | None:
    if not isinstance(state, Engagement) or state.opening is None:
        return None
    return HeldTo(state.model, state.lifecycle_sha256, desk.library.sha256(state.model))


# Corrections


def _corrects(
    conn: Connection, event: Recorded, before: History, after: History, words: Words, *, bids: bool
) -> dict[str, Any] | None:
    """What a correction, a choice or a withdrawal is about: what that said before, and what it says now."""
    kinds = {"event-corrected": "version", "event-withdrawn": "version", "fact-chosen": "version"}
    place = event.body.get({**kinds, "rating-withdrawn": "rating"}.get(event.type, ""))
    was = before.at(place) if isinstance(place, int) else None
    if was is None:
        return None
    now = after.at(was.version) if event.type in ("event-corrected", "fact-chosen") else None
    old, new = was.event.model_dump(mode="json"), now.event.model_dump(mode="json") if now else {}
    changes = [(name, old.get(name), new.get(name)) for name in event.body.get("changes", {})] if now else []
    if now is not None and str(now.occurred) != str(was.occurred):
        changes.append(("its date", str(was.occurred), str(now.occurred)))
    values = telling.values_of(conn, [old, new], bids=bids)
    return {
        "version": was.version,
        "type": was.event.type,
        "title": telling.title(was.event.type, old, words),
        "occurred": str(was.occurred),
        "said": _opened(old, values),
        "withdrawn": now is None,
        "fields": [
            {"field": name, "before": _opened(one, values), "after": _opened(other, values)}
            for name, one, other in changes
        ],
    }


def _opened(value: Any, values: Mapping[str, Any]) -> Any:
    return opened(with_printed_dates(value), values)


def _correction(about: Mapping[str, Any]) -> str:
    said_before = f"{about['version']}, {dates.on(about['occurred'])}: {about['title']}"
    if about["withdrawn"]:
        return f"withdraws {said_before}"
    fields = [
        f"{field['field']} was {_day_or(field['before'])}, is {_day_or(field['after'])}" for field in about["fields"]
    ]
    return f"{said_before}; {'; '.join(fields) or 'nothing of it reads otherwise'}"


def _day_or(value: Any) -> str:
    return dates.printed(value) if isinstance(value, str) else in_words(value)
