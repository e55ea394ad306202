"""Of a dossier: the scope of a team's work, and how the parties came to agree or not."""

from collections.abc import Iterator

from domain import comments as a_comment
from domain import scope as a_scope
from domain.diagnosis import DiagnosisDecided
from domain.exit import FurtherPhaseStarted
from domain.part import History
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    day,
    done,
    facts,
    listed,
    named,
    number,
    role,
    told_if,
    who,
    yes_or_no,
)
from faces.words import CONCERNS, Words, all_of

LOCATIONS = {
    "services": "in certain services",
    "department": "in the whole department",
    "council": "in the whole council",
}


def scope(record: OnRecord) -> Data | None:
    """The scope of a phase: where failure lies, areas, diagnosis, comments, and every disagreement with a draft."""
    history = record.history
    stands = a_scope.scope_standing(history)
    diagnosis = history.in_phase(DiagnosisDecided)
    comments, disagreements = a_comment.comments(history), _disagreements(history)
    if stands is None and not (diagnosis or comments or disagreements):
        return None
    draft = told_if(stands.drafted) if stands else None
    if draft:
        draft["areas"].sort(key=lambda area: (area["priority"] is None, area["priority"]))
    return {
        "drafted": draft,
        "rounds": stands.rounds if stands else 0,
        "drafts": [
            {"draft": entry.event.draft, "on": str(entry.occurred), "said_by": who(entry)}
            for entry in history.in_phase(a_scope.ScopeDrafted)
        ],
        "agreed": list(stands.agreed) if stands else [],
        "disputed": list(stands.disputed) if stands else [],
        "diagnosis": told_if(diagnosis[-1] if diagnosis else None),
        "comments": [
            {
                "comment": said.number,
                "draft": said.draft,
                "version": said.version,
                "on": str(said.occurred),
                "said_by": said.role,
                "text": said.text,
                "taken": said.taken,
                "answer": said.answer,
            }
            for said in comments
        ],
        "disagreements": disagreements,
    }


def _disagreements(history: History) -> list[Data]:
    phase = 1 + len(history.all(FurtherPhaseStarted))
    return [
        {
            "draft": said.draft,
            "version": said.version,
            "on": str(said.occurred),
            "said_by": said.role,
            "reason": said.reason,
            "agreed_to": said.agreed_to,
        }
        for said in a_scope.disagreements(history)
        if said.phase == phase
    ]


def show_scope(data: Data, words: Words) -> None:
    """The scope on the page."""
    draft, diagnosis = data["drafted"], data["diagnosis"]
    if draft:
        facts(_scope_facts(data, draft, words))
        listed(
            "Areas, in order of priority",
            ("Priority", "Concern", "Action", "Outcome"),
            (
                (
                    number(area["priority"]),
                    named(area["concern"], CONCERNS),
                    area["action"],
                    area["outcome"],
                )
                for area in draft["areas"]
            ),
        )
    if diagnosis:
        facts(
            (
                ("Further diagnosis", done(diagnosis, "needed" if diagnosis["needed"] else "not needed")),
                ("What is known is", diagnosis["quality"]),
                ("The newest of it", day(diagnosis["newest"])),
                ("Method", diagnosis["method"]),
                ("Why", diagnosis["reason"]),
            ),
            "Diagnosis",
        )
    listed(
        "Comments",
        ("#", "Draft", "On", "Who", "Comment", "Taken up", "Answer"),
        (
            (
                str(said["comment"]),
                str(said["draft"]),
                day(said["on"]),
                role(said["said_by"], words),
                said["text"],
                yes_or_no(said["taken"]) or "not answered",
                said["answer"],
            )
            for said in data["comments"]
        ),
    )
    listed(
        "Disagreements",
        ("Draft", "On", "Who", "Why", "Since then"),
        (
            (
                str(said["draft"]),
                day(said["on"]),
                role(said["said_by"], words),
                said["reason"],
                f"agreed to version {said['agreed_to']}" if said["agreed_to"] else "not agreed",
            )
            for said in data["disagreements"]
        ),
    )


def _scope_facts(data: Data, draft: Data, words: Words) -> Iterator[tuple[str, Values]]:
    yield "Draft", done(draft, f"version {draft['draft']}, {data['rounds']} in this phase")
    yield "By", role(draft["said_by"], words)
    yield "The failure lies", named(where, LOCATIONS) if (where := draft["failure_location"]) else None
    yield "In the services", ", ".join(draft["services"])
    yield "Concerns", "; ".join(CONCERNS.get(name, name) for name in draft["concerns"])
    yield "Actions", draft["actions"]
    yield "Outcomes", draft["outcomes"]
    yield "Agreed by", all_of(words.party(name) for name in data["agreed"]) if data["agreed"] else "nobody"
    yield "Disputed by", all_of(words.party(name) for name in data["disputed"]) if data["disputed"] else None
