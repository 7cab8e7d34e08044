"""A file connector whose mapping of assignments says which shifts pass, and whose records are about identified people."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from exports.file_connector import FileConnector
from exports.shaping import left_out
from integrations.contract import Desired, MappingValues, ShapeContext, Skipped, Unit
from scheduling.types import PersonInfo, PublishedRow


class AssignmentConnector(FileConnector):
    """Subclasses have the settings `person_field` and `placeholders`, and say what a shift becomes in `records`.

    `identifier` is what the destination calls a person's identifier, as in "the Epic provider id (SER)".
    """

    identifier: ClassVar[str]

    def desired(self, unit: Unit, context: ShapeContext) -> Iterable[Desired | Skipped]:
        """Records of shifts of mapped assignments; open ones and people without an identifier are left out and told of."""
        settings = context.settings
        for row in unit.rows:
            targets = context.mapping.get(row.assignment.id, ())
            if not targets:
                continue
            why_not = left_out(
                unit,
                row,
                person_field=str(self.value(settings, "person_field")),
                placeholders=str(self.value(settings, "placeholders")),
                identifier=self.identifier,
            )
            if why_not is not None:
                yield why_not
                continue
            assert row.person is not None
            yield from self.records(unit, row, row.person, targets, settings)

    @abstractmethod
    def records(
        self,
        unit: Unit,
        row: PublishedRow,
        person: PersonInfo,
        targets: Sequence[MappingValues],
        settings: Mapping[str, Any],
    ) -> Iterable[Desired | Skipped]:
        """What a shift becomes: usually a record for each mapping row of its assignment. Pure."""
