"""The office and the ledger itself: refusals, holds and erasure, signers, documents, digests, stuck clocks."""

from faces import dates
from faces.prose import refused
from faces.said import Body
from faces.words import Words, all_of


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    match event:
        case "command-refused":
            return f"Refused: {b['command']}. {refused(b['rule'], b['details'], words).sentence}"
        case "legal-hold-placed":
            return f"Legal hold {b['hold']} on {b.get('subject') or b.get('engagement')}"
        case "legal-hold-lifted":
            return f"Legal hold {b['hold']} lifted"
        case "values-erased":
            of = f" of {b.get('subject') or b.get('engagement')}" if not b.get("commitments") else ""
            return f"Erased: {dates.plural(b['values'], 'sealed value')}{of}"
        case "heads-recorded":
            return f"Heads of {dates.plural(b['streams'], 'stream')} recorded"
        case "signer-started":
            return f"Checkpoints are signed as {b['origin']}"
        case "signer-key-rotated":
            return f"Checkpoints are signed with a new key ({b['because']})"
        case "signer-origin-succeeded":
            return (
                f"Checkpoints are signed as {b['origin']}: {b['old_origin']} ended at {b['extends']} ({b['because']})"
            )
        case "receipt-key-named":
            return f"Receipts are signed as {b['key'].partition('+')[0]}"
        case "receipt-key-revoked":
            name = b["key"].partition("+")[0]
            return f"Receipts signed as {name} vouch for the first {b['size']:,} events and no later ({b['because']})"
        case "witness-objected":
            return f"The witness {b['witness'].partition('+')[0]} objects: it holds another tree ({b['why']})"
        case "lifecycle-published":
            return f"Lifecycle published: {b['id']}@{b['version']}"
        case "calendar-published":
            return f"Calendar published: {b['id']}@{b['version']}"
        case "digests-compiled":
            return f"Digests of {dates.printed(b['day'])} for {all_of(b['people']) if b['people'] else 'nobody'}"
        case "engagement-stuck":
            return f"The clock of {b['engagement']} keeps failing ({b['failure']})"
    return None
