"""``$filter`` as far as events need it: comparisons, contains, startswith, any(), and, or, not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.vendors.graph.errors import GraphError

Scope = Mapping[str, Any]
Test = Callable[[Scope], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<moment>\d{4}-\d\d-\d\dT[\d:.]+Z?)|(?P<number>-?\d+)"
    r"|(?P<name>[A-Za-z_][\w/]*)|(?P<mark>[(),:]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda whole, part: part in whole,
    "startswith": lambda whole, part: whole.startswith(part),
}
_PROPERTY_ID = re.compile(r"(\w+)\s+(?:\{?([0-9A-Fa-f-]{36})\}?\s+(Name .+|Id 0x[0-9A-Fa-f]+)|(0x[0-9A-Fa-f]+))")


def filter_parse(text: str) -> Test:
    """A test for one item out of a ``$filter`` expression.

    Raises GraphError 400 when it cannot be understood.
    """
    parser = _Parser(text)
    test = parser.either()
    parser.finish()
    return test


def property_ids(expand: str) -> list[str]:
    """The extended properties a ``$expand=singleValueExtendedProperties($filter=id eq '…')`` asks for."""
    match = re.fullmatch(r"\s*singleValueExtendedProperties\s*\(\s*\$filter\s*=(.*)\)\s*", expand, re.S)
    if match is None:
        raise _bad(f"The expand clause '{expand}' is not supported.")
    ids = re.findall(r"\bid\s+eq\s+'((?:[^']|'')*)'", match[1])
    if not ids:
        raise _bad("Expanding singleValueExtendedProperties needs a filter on id.")
    return [property_key(item.replace("''", "'")) for item in ids]


def property_key(text: str) -> str:
    """An extended property's id in one spelling: the GUID without regard to case, the name exactly.

    Raises GraphError 400 when it is not such an id.
    """
    match = _PROPERTY_ID.fullmatch(text.strip())
    if match is None:
        raise _bad(f"The extended property id '{text}' is invalid.")
    kind, guid, name, tag = match.groups()
    return f"{kind} {tag.lower()}" if tag else f"{kind} {{{guid.lower()}}} {name}"


def _bad(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise _bad(f"Invalid filter clause: syntax error at position {position} in '{text}'.")
            self._tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            position = match.end()
        self._text = text
        self._next = 0

    def either(self) -> Test:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return lambda scope: any(test(scope) for test in tests)

    def finish(self) -> None:
        if self._next != len(self._tokens):
            raise self._confused()

    def _both(self) -> Test:
        tests = [self._single()]
        while self._word("and"):
            tests.append(self._single())
        return lambda scope: all(test(scope) for test in tests)

    def _single(self) -> Test:
        if self._word("not"):
            test = self._single()
            return lambda scope: not test(scope)
        if self._mark("("):
            test = self.either()
            self._expect(")")
            return test
        name = self._take("name")
        if name.lower() in _FUNCTIONS and self._mark("("):
            return self._function(_FUNCTIONS[name.lower()])
        if name.lower().endswith("/any"):
            return self._any(name[:-4])
        operator = self._take("name")
        if operator not in _COMPARE:
            raise self._confused()
        return _comparison(name, _COMPARE[operator], self._literal())

    def _function(self, function: Callable[[str, str], bool]) -> Test:
        path = self._take("name")
        self._expect(",")
        part = self._literal()
        self._expect(")")
        return _comparison(path, lambda left, right: function(str(left or ""), str(right)), part)

    def _any(self, path: str) -> Test:
        self._expect("(")
        variable = self._take("name")
        self._expect(":")
        test = self.either()
        self._expect(")")
        return lambda scope: any(test({**scope, variable: item}) for item in _find(scope, path) or [])

    def _literal(self) -> Any:
        if self._next >= len(self._tokens):
            raise self._confused()
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        if kind == "moment":
            return text
        words = {"true": True, "false": False, "null": None}
        if text not in words:
            raise self._confused()
        return words[text]

    def _take(self, kind: str) -> str:
        if self._next >= len(self._tokens) or self._tokens[self._next][0] != kind:
            raise self._confused()
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _word(self, word: str) -> bool:
        found = self._tokens[self._next : self._next + 1] == [("name", word)]
        self._next += found
        return found

    def _mark(self, mark: str) -> bool:
        found = self._tokens[self._next : self._next + 1] == [("mark", mark)]
        self._next += found
        return found

    def _expect(self, mark: str) -> None:
        if not self._mark(mark):
            raise self._confused()

    def _confused(self) -> GraphError:
        return _bad(f"Invalid filter clause: '{self._text}' could not be understood near part {self._next + 1}.")


def _comparison(path: str, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    last = path.rsplit("/", 1)[-1]
    if last.lower().endswith("datetime"):
        moment = _moment(wanted)
        return lambda scope: compare(_moment(_find(scope, path)), moment)
    # Of an extended property, the service compares values without regard to case and names exactly.
    if path.endswith("/id") and isinstance(wanted, str) and _PROPERTY_ID.fullmatch(wanted.strip()):
        wanted = property_key(wanted)
    elif path.endswith("/value") and isinstance(wanted, str):
        wanted = wanted.casefold()
        return lambda scope: compare(str(_find(scope, path) or "").casefold(), wanted)

    def test(scope: Scope) -> bool:
        try:
            return compare(_find(scope, path), wanted)
        except TypeError:
            return False

    return test


def _moment(value: Any) -> datetime:
    try:
        text = re.sub(r"(\.\d{6})\d+", r"\1", str(value)).replace("Z", "+00:00")
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad(f"'{value}' is not a date and time.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _find(scope: Scope, path: str) -> Any:
    value: Any = scope
    for name in path.split("/"):
        if not isinstance(value, Mapping) or name not in value:
            raise _bad(f"Could not find a property named '{name}' in '{path}'.")
        value = value[name]
    return value
