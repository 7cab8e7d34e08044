"""Bind this database to this installation, so that a restored or copied one does not speak."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tenancy.models import Installation


class Command(BaseCommand):
    """Run with the owner's address (DATABASE_URL of the migrator), after migrate."""

    help = "Bind the database to INSTALLATION_ID. After a restore: --after-restore starts a new epoch."

    def add_arguments(self, parser: CommandParser) -> None:
        """--after-restore takes over a database of another installation."""
        parser.add_argument("--after-restore", action="store_true", help="take over a restored or copied database")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Claim, or refuse with what to do."""
        wanted = settings.ROTACAST_INSTALLATION_ID
        row = Installation.objects.select_for_update().order_by("id").first()
        if row is None:
            Installation.objects.create(installation_id=wanted, claimed_at=timezone.now())
        elif row.installation_id == wanted and not options["after_restore"]:
            return
        elif options["after_restore"]:
            Installation.objects.filter(id=row.id).update(
                installation_id=wanted, epoch=F("epoch") + 1, claimed_at=timezone.now()
            )
        else:
            raise CommandError(
                f"The database belongs to installation {row.installation_id}. If it was restored to take over, "
                "run again with --after-restore; otherwise DATABASE_URL points at the wrong database."
            )
        if options["verbosity"]:
            self.stdout.write(f"The database belongs to installation {wanted}.")
