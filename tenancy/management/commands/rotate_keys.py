"""Seal every secret of every organisation with the first key of DATA_KEYS."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tenancy.sealing import SealBroken, primary_key_id
from tenancy.secrets import secrets_rotate
from tenancy.selectors import organizations_listed
from tenancy.tenant import tenant_transaction


class Command(BaseCommand):
    """The operator's role says which organisations there are; the application's role opens each, one at a time, behind its wall.

    Nobody sees two organisations' secrets at once and the owner's role is not needed. It may be stopped and run again at any time.
    """

    help = (
        "Re-seal secrets that older keys sealed. Put the new key first in DATA_KEYS, restart, run this, and then remove the old "
        "key once no stored artifact is older than the change: artifacts keep the key they were sealed with."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the organisations; one that cannot be opened is named and the others go on."""
        if "operator" not in settings.DATABASES:
            raise CommandError("OPERATOR_DATABASE_URL is not set: only the operator's role may list organisations.")
        rotated, broken = 0, []
        for organization_id, slug in organizations_listed():
            try:
                with tenant_transaction(organization_id):
                    count = secrets_rotate()
            except SealBroken as problem:
                broken.append(f"{slug}: {problem}")
                continue
            rotated += count
            if count:
                self.stdout.write(f"{slug}: {count} sealed again")
        self.stdout.write(f"{rotated} secrets sealed again with key {primary_key_id()}.")
        if broken:
            raise CommandError("Nothing was changed for these organisations:\n" + "\n".join(broken))
