"""What the code may not do: signals, logic in save(), vendors in the core, SQL anywhere, files without end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from integrations.registry import connectors
from tests.architecture.source import Module, modules, templates, unused

SQL_CALLS = {"execute", "executemany", "copy_expert", "copy_from", "copy_to", "raw", "extra", "RawSQL", "RunSQL"}
SQL_EXEMPT = {
    "integrations/services/requests.py": "INSERT … ON CONFLICT on a partial unique index: the one waiting run of a connection",
    "integrations/services/idle.py": "an idle recurrence in two statements: what is open; the counted run and the connection",
    "integrations/services/ledger.py": "thousands of ledger rows in one statement each: unnest with ON CONFLICT and UPDATE … FROM",
    "integrations/sandbox/store.py": "the sandbox's own SQLite file; the product's database is out of its reach",
    "exports/bulk_file.py": "raw() of an io stream, not of a query",
}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONG_FILES = {}
LONG_FUNCTIONS: dict[str, str] = {}
SAVE_EXEMPT = {
    "integrations/sandbox/vendors/graph/mailboxes.py": "a store of the sandbox, not a model",
}
# Words of vendors that are also ordinary words.
ORDINARY = {"outlook"}


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_are_no_signals() -> None:
    wrong = [
        f"{module.path}:{line} {name}"
        for module in modules()
        for line, name in module.imports()
        if ("django" in name and ".signals" in name) or name.startswith("django.dispatch")
    ]
    wrong += [f"{module.path}:{line}" for module in modules() for line, name in module.calls() if name == "receiver"]
    assert wrong == []


def test_no_model_has_logic_in_save_or_delete() -> None:
    wrong, used = [], set()
    for module in modules():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef):
                continue
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name in (
                    "save",
                    "full_clean",
                    "clean_fields",
                    "save_base",
                ):
                    used.add(module.path)
                    if module.path not in SAVE_EXEMPT:
                        wrong.append(f"{module.path}:{part.lineno} {node.name}.{part.name}")
    assert wrong == []
    assert unused(SAVE_EXEMPT, used) == []


def test_raw_sql_lives_in_selectors_migrations_and_tenancy() -> None:
    wrong, used = [], set()
    for module in modules():
        parts = module.path.split("/")
        home = (
            module.migration
            or module.package == "tenancy"
            or module.package == "config"
            or "selectors" in parts
            or parts[-1] == "selectors.py"
        )
        for line, name in module.calls():
            if name in SQL_CALLS and not home:
                used.add(module.path)
                if module.path not in SQL_EXEMPT:
                    wrong.append(f"{module.path}:{line} {name}()")
    assert wrong == []
    assert unused(SQL_EXEMPT, used) == []


def test_no_vendor_is_known_outside_its_folder() -> None:
    """No branch on a kind, and no connector's name in the core: kinds are folders, and the registry finds them."""
    kinds = set(connectors())
    assert kinds, "the registry finds connectors"
    wrong = []
    for module in modules():
        inside = module.path.startswith(("integrations/connectors/", "exports/formats/", "config/"))
        if inside or module.path.startswith("integrations/sandbox/vendors/"):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in kinds:
                wrong.append(f"{module.path}:{node.lineno} names {node.value!r}")
            if isinstance(node, ast.Compare) and _is_kind(node.left) and _literal(node.comparators) & kinds:
                wrong.append(f"{module.path}:{node.lineno} branches on a kind")
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
                name = node.attr if isinstance(node, ast.Attribute) else node.id
                if name in kinds - ORDINARY:
                    wrong.append(f"{module.path}:{node.lineno} uses {name}")
    assert wrong == []


def _is_kind(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "kind") or (
        isinstance(node, ast.Name) and node.id == "kind"
    )


def _literal(nodes: list[ast.expr]) -> set[str]:
    return {one.value for node in nodes for one in ast.walk(node) if isinstance(one, ast.Constant) and one.value}  # type: ignore[misc]


def test_no_model_lists_the_kinds_of_connectors_as_choices() -> None:
    from django.apps import apps

    for model in apps.get_models():
        for one in model._meta.get_fields():
            choices = getattr(one, "choices", None)
            assert not choices or not {value for value, _ in choices} & set(connectors()), (
                f"{model.__name__}.{one.name}"
            )


def test_files_and_functions_end() -> None:
    files, parts = {}, {}
    for module in modules():
        if module.migration:
            continue
        lines = module.text.count("\n")
        if lines >= LONGEST_FILE:
            files[module.path] = lines
        for node in functions(module):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length >= LONGEST_FUNCTION:
                parts[f"{module.path}:{node.name}"] = length
    assert {path: lines for path, lines in files.items() if path not in LONG_FILES} == {}
    assert {name: lines for name, lines in parts.items() if name not in LONG_FUNCTIONS} == {}
    assert unused(LONG_FILES, set(files)) == []
    assert unused(LONG_FUNCTIONS, set(parts)) == []


INLINE = [
    (re.compile(r"<script\b(?![^>]*\bsrc=)", re.I), "a script without src"),
    (re.compile(r"<script\b[^>]*>\s*[^<\s]", re.I), "a script with a body"),
    (re.compile(r"<style\b", re.I), "a style element"),
    (re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I | re.S), "a style attribute"),
    (re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I | re.S), "an event handler"),
    (re.compile(r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:", re.I), "a javascript: address"),
]


def test_templates_hold_no_inline_script_or_style() -> None:
    """The content security policy would refuse them in the browser; this says where they are."""
    assert len(templates()) > 10
    wrong = []
    for path in templates():
        text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(encoding="utf-8"), flags=re.S)
        wrong += [f"{path.name}: {what}" for pattern, what in INLINE if pattern.search(text)]
    assert wrong == []


def test_markup_made_in_code_holds_no_inline_script_or_style() -> None:
    wrong = []
    for module in modules():
        if not module.path.startswith(("scheduling/pages/", "integrations/pages/", "scheduling/templatetags/")):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "<" in node.value:
                wrong += [
                    f"{module.path}:{node.lineno} {what}" for pattern, what in INLINE if pattern.search(node.value)
                ]
    assert wrong == []


def test_every_clock_below_views_and_tasks_is_an_argument() -> None:
    """`timezone.now()` and its relatives belong to the edges: views, tasks, commands, and the middleware."""
    edges = re.compile(
        r"^config/|/pages/|/views/|/oauth/|/management/|/tasks\.py$|/middleware\.py$|^integrations/sandbox/|/authentication\.py$|^egress/"
    )
    wrong = []
    for module in modules():
        if edges.search(module.path):
            continue
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("now", "utcnow", "today")
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in ("timezone", "datetime", "date")
            ):
                wrong.append(f"{module.path}:{node.lineno}")
    assert wrong == []
