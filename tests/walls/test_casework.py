"""The wall beneath casework: every query names the viewer's condition for every table that it touches."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dashboard.casework import scope, tables

ROOT = Path(__file__).resolve().parents[2]
CASEWORK = ROOT / "dashboard" / "casework"
OPEN = {"taken"}  # names of releases; they belong to no school
TABLES = {name for name, held in vars(tables).items() if held in tables.METADATA.tables.values()} - OPEN
QUERIES, CONDITIONS = {"select", "update", "delete"}, {"visible_to", "counted_for"}
# Outside this folder nobody holds a table or a connection; the doctor asks whether a store is there.
HOLDERS = {"pipelines/care/stores.py"}


def name_of(node: ast.expr) -> str:
    """sign.c.status → sign, tables.school → school, table → table."""
    while isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.value.id == "tables":
            return node.attr
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def touched(call: ast.Call, lists: dict[str, set[str]]) -> set[str]:
    """Tables among a query's arguments; `table` stands for whichever it is, a module's list for those in it."""
    named = {name_of(node) for given in call.args for node in ast.walk(given) if isinstance(node, ast.expr)}
    return (named | set().union(*(lists.get(name, set()) for name in named), set())) & (TABLES | {"table"})


def listed(tree: ast.Module) -> dict[str, set[str]]:
    """Names that a module gives to lists of columns → the tables of those columns."""
    given = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    inside = {node.targets[0].id: node.value for node in given}  # type: ignore[attr-defined]
    return {name: {name_of(n) for n in ast.walk(value) if isinstance(n, ast.expr)} for name, value in inside.items()}


def calls(tree: ast.AST, names: set[str]) -> list[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if isinstance(call.func, ast.Name) and call.func.id in names]


def bare_queries(source: str) -> list[str]:
    """Functions with a query on a table for which they name no condition."""
    faults, tree = [], ast.parse(source)
    lists = listed(tree)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            asked = set().union(*(touched(call, lists) for call in calls(function, QUERIES)), set())
            guarded = {name_of(call.args[1]) for call in calls(function, CONDITIONS)}
            faults += [f"{function.name}: {table}" for table in sorted(asked - guarded)]
    return faults


def sources() -> list[Path]:
    return [path for path in CASEWORK.glob("*.py") if path.name not in ("tables.py", "scope.py")]


def test_every_query_stands_on_the_viewers_condition() -> None:
    found = {path.name: bare_queries(path.read_text(encoding="utf-8")) for path in sources()}
    assert not {name: faults for name, faults in found.items() if faults}
    assert sum(len(calls(ast.parse(path.read_text(encoding="utf-8")), QUERIES)) for path in sources()) > 40


@pytest.mark.parametrize(
    "planted",
    [
        "def f(viewer):\n    return select(sign)",
        "def f(viewer):\n    return select(sign.c.wave).where(visible_to(viewer, case))",
        "def f(viewer):\n    return update(tables.member).values(name='x')",
        "def f(viewer, table):\n    return select(table.c.school_id)",
        "def f(viewer):\n    return select(func.max(incident.c.ref))",
        "HELD = [sign.c.wave]\ndef f(viewer):\n    return select(*HELD)",
    ],
)
def test_control_a_planted_query_without_it_is_found(planted: str) -> None:
    assert bare_queries(planted)


def test_only_counts_may_count_beyond_the_own_school() -> None:
    """`counted_for` opens all schools to the bureau: in one module, where every query groups by school or by rule."""
    users = [path.name for path in sources() if "counted_for" in path.read_text(encoding="utf-8")]
    assert users == ["counts.py"]
    tree = ast.parse((CASEWORK / "counts.py").read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and calls(function, {"counted_for"}):
            text = ast.unparse(function)
            assert "group_by" in text or "select(school)" in text, function.name


def test_no_raw_sql_on_a_table_of_casework() -> None:
    """A string of SQL would pass beneath the search above."""
    for path in sources():
        for call in calls(ast.parse(path.read_text(encoding="utf-8")), {"text"}):
            said = ast.unparse(call.args[0])
            assert not any(f" {table}" in said for table in tables.METADATA.tables), (path.name, said)


def test_nobody_outside_holds_a_table_or_a_connection() -> None:
    """Pages, reports and the line ask casework's functions; none builds a query of its own."""
    inner = ("dashboard.casework.tables", "dashboard.casework.store", "dashboard.casework.scope")
    outside = [
        path
        for top in ("dashboard", "pipelines")
        for path in (ROOT / top).rglob("*.py")
        if CASEWORK not in path.parents
    ]
    found = {
        str(path.relative_to(ROOT))
        for path in outside
        if any(name in path.read_text(encoding="utf-8") for name in inner)
        or "from dashboard.casework import tables" in path.read_text(encoding="utf-8")
    }
    assert found <= HOLDERS, found


def test_every_table_belongs_to_a_school() -> None:
    """A table without a school could not stand on the condition."""
    for table in tables.METADATA.tables.values():
        assert ("school_id" in table.c) == (table.name not in OPEN), table.name


@pytest.mark.parametrize("role", ["lead", "office", "auditor", "operator", "clock", "", "counselor"])
def test_roles_without_a_school_see_nothing(role: str) -> None:
    """Nobody becomes the timer by bearing its role, and a counselor without a school has none."""
    viewer = scope.Viewer("anxin2" if role == "clock" else "x", role, "")
    assert str(scope.visible_to(viewer, tables.sign)) == str(scope.counted_for(viewer, tables.sign)) == "false"
    assert scope.reach(viewer) == scope.NOBODY
