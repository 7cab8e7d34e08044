"""Bring the database to this version: migrate, then bind it to this installation. Run as the owner, before web and workers."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """One command for the demo, the tests and a deployment."""

    help = "Migrate and claim the database (DATABASE_URL of the migrator)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, then claim; the claim refuses a database that belongs to another installation."""
        call_command("migrate", interactive=False, verbosity=options["verbosity"])
        call_command("claim_installation", verbosity=options["verbosity"])
