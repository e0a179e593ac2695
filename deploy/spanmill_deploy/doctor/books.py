"""Is everything there that was acknowledged?"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from spanmill_deploy.doctor.findings import Finding, State
from spanmill_store.client import Store
from spanmill_store.ingest_ledger import Account, open_accounts
from spanmill_store.removal import progress

SETTLED_S: Final = 120
"""What was acknowledged later than this may be on its way."""

SHOWN: Final = 10


def accounts(store: Store, within_s: int) -> Iterator[Finding]:
    """Whether received = stored + refused + dead-lettered + removed, in each minute of the last *within_s* seconds."""
    is_under_way = progress.is_under_way(store)
    wrong = open_accounts(store, within_s=within_s, settled_s=SETTLED_S)
    if not wrong:
        text = f"every item received in the last {within_s // 3600} hours is stored, removed, refused or a dead letter"
        yield Finding("books", State.GOOD, text)
        return
    if is_under_way or progress.is_under_way(store):
        text = (
            "rows are being removed by retention or forgetting; if whoever did was killed, the planner finishes it "
            "within three minutes. Ask again then: until it is finished the books do not balance"
        )
        yield Finding("books", State.NOTICE, text)
        return
    for account in islice(wrong, SHOWN):
        yield Finding("books", State.BAD, _told(account))
    if len(wrong) > SHOWN:
        text = f"{len(wrong) - SHOWN} more minutes do not balance: see them in the view ingest_accounts"
        yield Finding("books", State.BAD, text)


def _told(account: Account) -> str:
    whose = f"{account.minute:%Y-%m-%d %H:%M}, {account.signal} of project {account.project}"
    if account.key_id:
        whose += f", key {account.key_id}"
    sums = (
        f"received {account.received} = stored {account.stored} + refused {account.refused} "
        f"+ dead letters {account.dead_lettered}"
    )
    if account.expired or account.deleted:
        sums += f" + expired {account.expired} + deleted {account.deleted}"
    if account.unaccounted > 0:
        return f"{whose}: {sums} + {account.unaccounted} on their way or lost; a log that still waits explains them"
    return f"{whose}: {sums} - {-account.unaccounted} stored more often than received"
