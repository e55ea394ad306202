"""`turnaround dossier`: everything on record about an engagement, part by part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from domain.engagement import Engagement, Rules
from faces import telling
from faces.desk import Desk, Target
from faces.dossier_board import board, show_board
from faces.dossier_change import change_control, show_change_control
from faces.dossier_days import days, show_days
from faces.dossier_disputes import disputes, show_disputes, sources
from faces.dossier_engaging import conditions, decision, show_conditions, show_decision
from faces.dossier_exit import show_exit, the_exit
from faces.dossier_franchise import show_franchise, the_franchise
from faces.dossier_handover import final_days, show_final_days
from faces.dossier_indicators import indicators, show_indicators
from faces.dossier_intervention import intervention, show_intervention
from faces.dossier_items import items, show_items
from faces.dossier_measures import improvement_plan, show_improvement_plan, show_special_measures, special_measures
from faces.dossier_participation import participation, show_participation
from faces.dossier_partner import (
    directions,
    final_report,
    partner_contracts,
    show_directions,
    show_final_report,
    show_partner_contracts,
)
from faces.dossier_people import people, show_people
from faces.dossier_project import show_project, the_project
from faces.dossier_record import OnRecord, Part, heading, opened, phases
from faces.dossier_scope import scope, show_scope
from faces.dossier_tender import award, bidding, show_award, show_bidding
from faces.dossier_work import show_work, the_work
from faces.listing import tell_kind
from faces.page import Answer, say
from faces.problems import usage
from faces.readers import note_read
from faces.words import Words

PARTS: Mapping[str, Part] = {
    "special-measures": Part("Special measures", special_measures, show_special_measures),
    "plan": Part("The improvement plan", improvement_plan, show_improvement_plan),
    "conditions": Part("Conditions for engagement", conditions, show_conditions),
    "decision": Part("The decision", decision, show_decision, by_phase=True),
    "scope": Part("The scope", scope, show_scope, by_phase=True),
    "tender": Part("The tender", bidding, show_bidding, by_phase=True),
    "award": Part("The award", award, show_award, by_phase=True),
    "project": Part("The project", the_project, show_project, by_phase=True),
    "people": Part("People", people, show_people),
    "board": Part("The board", board, show_board, by_phase=True),
    "change": Part("Change control", change_control, show_change_control, by_phase=True),
    "days": Part("Days and money", days, show_days, by_phase=True),
    "work": Part("The work and its results", the_work, show_work, by_phase=True),
    "final-days": Part("Council-led final days", final_days, show_final_days, by_phase=True),
    "franchise": Part("The franchise", the_franchise, show_franchise),
    "direction": Part("Statutory directions", directions, show_directions),
    "partner-contract": Part("Contracts with the strategic partner", partner_contracts, show_partner_contracts),
    "chair-report": Part("The independent chair's final report", final_report, show_final_report),
    "indicators": Part("Indicators", indicators, show_indicators),
    "participation": Part("Participation", participation, show_participation),
    "exit": Part("Exit and follow-up", the_exit, show_exit, by_phase=True),
    "intervention": Part("Notice, directions and reports", intervention, show_intervention),
    "records": Part("Records of this model's own", items, show_items),
    "disputes": Part("Disputed facts", disputes, show_disputes),
}
"""The parts of a dossier by name, in the order in which they are told."""


def complete_part(incomplete: str) -> list[str]:
    return [name for name in PARTS if name.startswith(incomplete)]


def drawn(part: Part, record: OnRecord) -> Any:
    """The data of a part: one object, or one for each phase that has something on record; None where there is nothing."""
    if not part.by_phase:
        return part.data(record)
    found = [(number, part.data(upto)) for number, upto in phases(record)]
    return [{"phase": number, **data} for number, data in found if data is not None] or None


def show_dossier(data: Mapping[str, Any], words: Words) -> None:
    for name, said in data.items():
        part = PARTS[name]
        if said is None:
            say(f"{part.title}: nothing is on record.")
            continue
        several = part.by_phase and said[-1]["phase"] > 1
        for one in said if part.by_phase else [said]:
            heading(f"{part.title}, phase {one['phase']}" if several else part.title)
            part.show(one, words)


def say_if_empty(desk: Desk, target: Target, data: Mapping[str, Any]) -> None:
    if not data:
        say(f"Nothing is on record about {target.name} beyond what `turnaround show {target.name}` says.")
    tell_kind(desk)


def on_record(desk: Desk, conn: Connection, id: str, part: str | None = None, auditor: str | None = None) -> Answer:
    """Everything on record about an engagement, or one part of it. Raises Problem."""
    return let_in(desk, conn, id, part, auditor).answer()


@dataclass(frozen=True)
class Dossier:
    """The dossier of an engagement for whoever was let in; it is drawn when it is asked for."""

    desk: Desk
    conn: Connection
    target: Target
    state: Engagement
    rules: Rules
    part: str | None

    def answer(self) -> Answer:
        """Everything on record, or the part of it that is asked for."""
        wanted = PARTS if self.part is None else {self.part: PARTS[self.part]}
        desk, target, words = self.desk, self.target, self.desk.words(self.conn, self.rules)
        said_by = sources(self.conn, target.stream, self.state.history) if "disputes" in wanted else {}
        record = OnRecord(self.state.history, desk.today, said_by)
        found = {name: drawn(each, record) for name, each in wanted.items()}
        data: dict[str, Any] = opened(found, telling.values_of(self.conn, [found]))
        if self.part is None:
            data = {name: said for name, said in data.items() if said is not None}

        def tell() -> None:
            show_dossier(data, words)
            say_if_empty(desk, target, data)

        return Answer(data, tell)

    def parts(self) -> frozenset[str]:
        """The parts in which anything is on record."""
        record = OnRecord(self.state.history, self.desk.today)

        def draw(_: Sequence[str]) -> Iterator[tuple[str, frozenset[str]]]:
            yield self.state.id, frozenset(name for name, each in PARTS.items() if drawn(each, record) is not None)

        standing = {self.state.id: self.state.version}
        return self.desk.kept.each(("parts", self.desk.today), standing, draw)[self.state.id]


def let_in(desk: Desk, conn: Connection, id: str, part: str | None, auditor: str | None) -> Dossier:
    """The dossier of an engagement, or a part of it, once it is on record that an auditor reads it. Raises Problem."""
    if part is not None and part not in PARTS:
        raise usage(f"there is no part '{part[:60]}'.", f"parts are {', '.join(PARTS)}")
    target = desk.resolve(conn, id)
    if target.family == "council":
        raise usage("a dossier is of an engagement, not of a council.", f"see `turnaround show {target.name}`")
    state, rules = desk.engagement(conn, target.name)
    note_read(desk, target.name, "dossier", auditor)
    return Dossier(desk, conn, target, state, rules, part)
