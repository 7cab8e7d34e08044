"""How long files that were sent are kept: their bytes go after the connection's days, their receipt stays.

A wake-up row for each connection comes due daily while files are kept. The last confirmed file is never removed, nor one that is
about to be sent again, nor one that came in and waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from egress.guard import AddressPolicy
from integrations.contract import DeliveryError
from integrations.doors import Doors
from integrations.lanes import LIVE, SHADOW, TEST
from integrations.models import Artifact, Connection, InboundFile, Run
from integrations.registry import connectors
from integrations.services.artifacts import RETENTION, artifact_remove
from tenancy.dispatch import settle
from tenancy.selectors import organization_info
from tenancy.tenant import tenant_transaction

_DAILY = timedelta(days=1)
_AT_ONCE = 1000


def files_forget(*, organization_id: int, connection_id: int, clock: Callable[[], datetime]) -> int:
    """Remove what has been kept long enough. Returns how many files.

    The bytes go first: whoever dies in between leaves a receipt that is put right the next time, never bytes that nobody knows of.
    """
    now = clock()
    with tenant_transaction(organization_id):
        row = Connection.objects.filter(id=connection_id).first()
        if row is None:
            settle(organization_id=organization_id, topic=RETENTION, ref=connection_id)
            return 0
        before = now - timedelta(days=max(row.keep_days, 1))
        old = _old(connection_id, before)
        slug = organization_info().slug
    for artifact in old:
        artifact_remove(organization_id=organization_id, public_id=artifact.public_id)
    _forget_delivered(row, slug, sorted({one.name for one in old}), before, clock)
    with tenant_transaction(organization_id):
        Artifact.objects.filter(id__in=[one.id for one in old], removed_at=None).update(removed_at=clock())
        left = Artifact.objects.filter(connection_id=connection_id, removed_at=None).exists()
        more = now if len(old) == _AT_ONCE else now + _DAILY
        settle(organization_id=organization_id, topic=RETENTION, ref=connection_id, next_due_at=more if left else None)
    return len(old)


def _old(connection_id: int, before: datetime) -> list[Artifact]:
    files = Artifact.objects.filter(connection_id=connection_id, removed_at=None)
    last = [_newest(connection_id, files, lane) for lane in (SHADOW, TEST, LIVE)]
    wanted = Run.objects.filter(
        connection_id=connection_id, state__in=["waiting", "running"], artifact_id__isnull=False
    ).values_list("artifact_id", flat=True)
    running = Run.objects.filter(connection_id=connection_id, state="running").values_list("id", flat=True)
    undecided = InboundFile.objects.filter(
        connection_id=connection_id, origin="server", state__in=["claimed", "stopped"]
    )
    asked = undecided.values_list("artifact_id", flat=True)
    keep = [one for one in (*last, *wanted, *asked) if one is not None]
    rows = files.filter(created_at__lt=before).exclude(id__in=keep).exclude(run_id__in=list(running))
    return list(rows.order_by("id")[:_AT_ONCE])


def _newest(connection_id: int, files: QuerySet[Artifact], lane: str) -> int | None:
    """The last file that a lane's destination confirmed; of shadow, which sends none, the last that it rendered."""
    own = files.filter(run_id__in=Run.objects.filter(connection_id=connection_id, lane=lane).values("id"))
    confirmed = own if lane == SHADOW else own.exclude(sent_at=None)
    return confirmed.order_by("-id").values_list("id", flat=True).first()


def _forget_delivered(
    row: Connection, slug: str, names: list[str], before: datetime, clock: Callable[[], datetime]
) -> None:
    """Where we keep delivered files for their readers ourselves, these go after the same days."""
    declared = connectors().get(row.kind)
    if declared is None or not names:
        return
    doors = Doors(
        connection_id=row.public_id,
        run_token=row.public_id.hex[:16],
        settings=row.settings,
        secrets={},
        policy=AddressPolicy(),
        now=clock,
        before_effect=lambda seconds: None,
        organization=slug,
        authority_file=settings.ROTACAST_AUTHORITY_FILE,
    )
    try:
        declared.forget_files(doors, names=names, before=before)
    except DeliveryError:
        return  # said by the runs and by the connection test, which need the same directory
