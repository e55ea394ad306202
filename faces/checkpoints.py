"""Checkpoints that were signed of the ledger: the last of each origin, by whom, and which witnesses cosigned it."""

from typing import Any

from sqlalchemy import Connection

from faces import dates
from faces.page import Answer, Cell, note, table
from ledger import checkpoints, events
from ledger.checkpoints import SignedCheckpoint
from ledger.signers import Origin, origins


def last_signed(conn: Connection) -> Answer:
    """The last checkpoint of each origin, the present origin last, with the keys that vouch for it. Raises Tampered."""
    found = [(origin, checkpoints.last(conn, origin.name)) for origin in origins(conn)]
    size = events.last_position(conn)
    rows = [_data(conn, origin, held) for origin, held in found if held is not None]

    def tell() -> None:
        if not rows:
            note("No checkpoint has been signed yet.")
            return
        table(
            ("Signed as", "Events", "Root", "Cosigned by"),
            (
                (row["origin"], Cell(f"{row['size']:,}", str(row["size"])), row["root"], ", ".join(row["cosigned_by"]))
                for row in rows
            ),
        )
        since = size - rows[-1]["size"]
        note(
            f"{dates.plural(f'{since:,}', 'event')} since the last."
            if since
            else "Nothing was recorded since the last."
        )

    return Answer({"events": size, "checkpoints": rows}, tell)


def _data(conn: Connection, origin: Origin, signed: SignedCheckpoint) -> dict[str, Any]:
    held, note_ = signed.checkpoint, checkpoints.cosigned(conn, signed)
    return {
        "origin": held.origin,
        "size": held.size,
        "root": held.root.hex(),
        "at": checkpoints.kept_at(conn, signed),
        "keys": [str(key) for key in origin.keys_at(held.size)],
        "cosigned_by": sorted({one.name for one in note_.signatures if one.name != held.origin}),
        "note": note_.encode().decode(),
    }
