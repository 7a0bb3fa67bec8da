"""`anxin registry`: the class list, its contacts and local names of places, as versioned snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.contracts import (
    SQL_TYPE,
    ColumnContract,
    TableContract,
    create_tables,
    has_table,
    literal,
    load_contract,
    quoted,
)
from pipelines.files.csv_out import write_csv
from pipelines.files.disk import disk_faults
from pipelines.files.read import Source, open_source, read_chunks
from pipelines.files.row_checks import RowCheck, contract_checks, violations
from pipelines.microdata import open_microdata, transaction
from pipelines.problems import BadInput, Where
from pipelines.words import say
from survey.bands import band_of

TABLES = {"registry": "raw_registry", "contacts": "raw_contact", "places": "raw_place"}
OF_THE_SCHOOL = ("district_id", "district_name", "cluster_id", "school_name", "boarding", "rural")
UNSEEN = r"[\p{Cc}\x{202A}-\x{202E}\x{2066}-\x{2069}]"  # line breaks, tabs, and what turns the text round
LONGEST = 80  # characters of a name: what a slip has room for
TRUE, FALSE = ("1", "true", "yes", "是", "有"), ("0", "false", "no", "否", "无")


@dataclass(frozen=True)
class ImportReport:
    """The snapshot that holds now; `unchanged` where the same content was imported last."""

    snapshot_id: str
    classes: int
    schools: int
    students: int
    contacts: int
    places: int
    unchanged: bool
    warnings: tuple[str, ...]


def import_registry(folder: Path) -> ImportReport:
    """Read registry.csv, contacts.csv and places.csv into a snapshot; the latter two may be absent.

    BadInput names file, row, column and rule of the first fault and stores nothing.
    """
    folder = Path(folder)
    check_folder(folder)
    with disk_faults(folder.name), open_microdata() as connection:
        dropped = [name for table in TABLES for name in given(connection, folder / f"{table}.csv", table)]
        check_registry(connection)
        check_schools(connection, "contacts")
        check_unique(connection, "places", ("school_id", "place"))
        check_schools(connection, "places")
        _add_band(connection)
        snapshot, unchanged = raw_snapshot(connection)
        return _report(connection, snapshot, unchanged, dropped)


def check_folder(folder: Path) -> None:
    """BadInput where there is no registry.csv; a list saved in another form or under a capital name is named."""
    if (folder / "registry.csv").is_file():
        return
    near = [path.name for path in sorted(folder.glob("*")) if path.stem.lower() == "registry"]
    if near:
        rule = say("registry.other_form", name=near[0])
        raise BadInput(rule, where=Where(str(folder)), next_step=say("registry.other_form_step"))
    raise BadInput(say("registry.no_file"), where=Where(str(folder)), next_step=say("registry.no_file_step"))


def given(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> list[str]:
    """One row per row of the file, typed: the temporary table `given_<table>`. Returns what was not taken, in words."""
    contract, name = load_contract(table), f"given_{table}"
    typed = ", ".join(f"{quoted(column)} {SQL_TYPE[spec.type]}" for column, spec in contract.columns.items())
    misfits = ", ".join(f"{quoted('!' + column)} BOOLEAN" for column in contract.columns)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE {name} ("#row" BIGINT, {typed}, {misfits})')
    if not path.is_file():
        return []
    source = open_source(path)
    check_header(source, contract)
    cells = [cell_sql(column, spec) for column, spec in contract.columns.items()]
    odd = [
        f"{quoted(column)} IS NOT NULL AND trim({quoted(column)}) <> '' AND {cell} IS NULL"
        for column, cell in zip(contract.columns, cells, strict=True)
    ]
    with read_chunks(connection, source, list(contract.columns)) as chunks:
        for chunk in chunks:
            connection.execute(f'INSERT INTO {name} SELECT "#row", {", ".join([*cells, *odd])} FROM {chunk}')
    check_rows(connection, source, contract)
    dropped = [column for column in source.columns if column and column not in contract.columns]
    return [say("registry.dropped", file=path.name, columns=", ".join(dropped))] if dropped else []


def check_header(source: Source, contract: TableContract) -> None:
    """BadInput for a column that is missing; columns nobody asked for are left behind."""
    missing = [name for name in contract.columns if name not in source.columns]
    if not missing:
        return
    where = Where(source.path.name, 1, missing[0])
    if len(source.columns) == 1 and any(sign in source.columns[0] for sign in ";\t；，"):
        raise BadInput(say("registry.no_commas"), where=where, next_step=say("file.encoding_step"))
    more = say("columns.and_more", count=len(missing) - 1) if missing[1:] else ""
    raise BadInput(say("registry.missing_column") + more, where=where, next_step=say("registry.missing_column_step"))


def cell_sql(column: str, spec: ColumnContract) -> str:
    """SQL for a text cell as its contract's type; NULL where it is empty or not of that type."""
    cell = f"nullif(trim({quoted(column)}), '')"
    if spec.type != "text":
        cell = f"translate({cell}, '０１２３４５６７８９', '0123456789')"  # as an input method left them
    if spec.type == "boolean":
        true, false = (", ".join(map(literal, words)) for words in (TRUE, FALSE))
        return f"CASE WHEN lower({cell}) IN ({true}) THEN true WHEN lower({cell}) IN ({false}) THEN false END"
    if spec.type in ("integer", "tinyint"):
        return f"TRY_CAST(regexp_extract({cell}, '^([0-9]+)(\\.0+)?$', 1) AS {SQL_TYPE[spec.type]})"
    return cell


def check_rows(connection: duckdb.DuckDBPyConnection, source: Source, contract: TableContract) -> None:
    """BadInput for the first row that breaks the contract, with the number of further faults."""
    if source.unreadable:
        _refuse(source.path.name, next(iter(source.unreadable)), "", say("rule.cells"), len(source.unreadable))
    types = [RowCheck("type", name, quoted("!" + name)) for name in contract.columns]
    checks = types + contract_checks(contract) + [name_check(name) for name in texts(contract)]
    violations(connection, checks, f"given_{contract.table}")
    faults = connection.execute('SELECT "#row", min(check_no) FROM violations GROUP BY 1 ORDER BY 1').fetchall()
    if faults:
        check = checks[faults[0][1]]
        rule = say(f"rule.{check.rule}") + allowed_words(contract, check)
        _refuse(source.path.name, faults[0][0], check.column, rule, len(faults))
    if (
        not connection.execute(f"SELECT 1 FROM given_{contract.table} LIMIT 1").fetchone()
        and contract.table == "registry"
    ):
        raise BadInput(say("file.no_rows"), where=Where(source.path.name), next_step=say("registry.no_file_step"))


def texts(contract: TableContract) -> list[str]:
    """Columns that people write, which stand on slips and pages: text without a pattern or a list."""
    columns = contract.columns.items()
    return [name for name, spec in columns if spec.type == "text" and spec.regex is None and spec.allowed is None]


def name_check(name: str) -> RowCheck:
    """Broken by a line break, a sign that can't be seen or turns the text round, and by a whole paragraph."""
    return RowCheck("name", name, f"length({quoted(name)}) > {LONGEST} OR regexp_matches({quoted(name)}, '{UNSEEN}')")


def allowed_words(contract: TableContract, check: RowCheck) -> str:
    """What a column may hold, where it is a short list or a range; "" else."""
    spec = contract.columns[check.column]
    if check.rule == "code" and spec.allowed:
        return say("registry.allowed", values=" | ".join(map(str, spec.allowed)))
    if check.rule == "range" and spec.min is not None and spec.max is not None:
        return say("registry.allowed", values=f"{spec.min:g}–{spec.max:g}")
    return ""


def check_registry(connection: duckdb.DuckDBPyConnection) -> None:
    """BadInput: a class in two schools, a class twice, a school or cluster that differs from row to row."""
    query = """
        SELECT "#row", first_row FROM (
            SELECT "#row", school_id, min("#row") OVER same AS first_row,
                   min_by(school_id, "#row") OVER same AS expected
            FROM given_registry WINDOW same AS (PARTITION BY class_id))
        WHERE school_id <> expected ORDER BY 1"""
    _refuse_first(connection, query, "class_id", "registry.two_schools")
    check_unique(connection, "registry", ("class_id",))
    for column in OF_THE_SCHOOL:
        check_same_within(connection, "school_id", column, "registry.school_differs")
    check_same_within(connection, "cluster_id", "district_id", "registry.cluster_differs")


def check_same_within(connection: duckdb.DuckDBPyConnection, owner: str, column: str, key: str) -> None:
    """BadInput for the first row whose column differs from that of the owner's first row; no owner, no rule."""
    query = f"""
        SELECT "#row", first_row FROM (
            SELECT "#row", {column}, min("#row") OVER same AS first_row,
                   first_value({column}) OVER (PARTITION BY {owner} ORDER BY "#row") AS expected
            FROM given_registry WHERE coalesce({owner}, '') <> ''
            WINDOW same AS (PARTITION BY {owner}))
        WHERE {column} IS DISTINCT FROM expected ORDER BY 1"""
    _refuse_first(connection, query, column, key)


def check_unique(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> None:
    """BadInput for the second row with the same key."""
    query = f"""
        SELECT * FROM (SELECT "#row", min("#row") OVER (PARTITION BY {", ".join(key)}) AS first_row FROM given_{table})
        WHERE "#row" > first_row ORDER BY 1"""
    _refuse_first(connection, query, key[-1], "registry.duplicate", table)


def check_schools(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """BadInput for a school that registry.csv doesn't have."""
    query = f'SELECT "#row", 0 FROM given_{table} ANTI JOIN given_registry USING (school_id) ORDER BY 1'
    _refuse_first(connection, query, "school_id", "registry.unknown_school", table)


def _refuse_first(
    connection: duckdb.DuckDBPyConnection, query: str, column: str, key: str, table: str = "registry"
) -> None:
    if faults := connection.execute(query).fetchall():
        _refuse(f"{table}.csv", faults[0][0], column, say(key, first=faults[0][1], column=column), len(faults))


def _refuse(file: str, row: int, column: str, rule: str, faults: int) -> None:
    more = say("registry.more", rule=rule, count=faults - 1) if faults > 1 else rule
    raise BadInput(more, where=Where(file, row, column), next_step=say("registry.correct_step"))


def _add_band(connection: duckdb.DuckDBPyConnection) -> None:
    """The instrument's band of each class, from level and grade."""
    connection.execute("ALTER TABLE given_registry ADD COLUMN band TEXT")
    for level, grade in connection.execute("SELECT DISTINCT level, grade FROM given_registry").fetchall():
        values = [band_of(level, grade), level, grade]
        connection.execute("UPDATE given_registry SET band = ? WHERE level = ? AND grade = ?", values)


def raw_snapshot(connection: duckdb.DuckDBPyConnection) -> tuple[str, bool]:
    """One row per import whose content is new. Returns the snapshot's id and whether nothing had changed."""
    content_hash = _content_hash(connection)
    last = None
    if has_table(connection, "main", "raw_snapshot"):
        last = connection.execute("SELECT snapshot_id, content_hash FROM raw_snapshot ORDER BY 1 DESC").fetchone()
    if last and last[1] == content_hash:
        return last[0], True
    snapshot = f"s{int(last[0][1:]) + 1 if last else 1:04d}"
    with transaction(connection):
        create_tables(connection, ["raw_snapshot", *TABLES.values()])
        connection.execute("INSERT INTO raw_snapshot VALUES (?, ?, ?)", [snapshot, content_hash, date.today()])
        for table, kept in TABLES.items():
            names = ", ".join(quoted(name) for name in load_contract(kept).columns if name != "snapshot_id")
            connection.execute(f"INSERT INTO {kept} SELECT ?, {names} FROM given_{table}", [snapshot])
    return snapshot, False


def _content_hash(connection: duckdb.DuckDBPyConnection) -> str:
    """sha256 over the rows of all three tables, whatever their order."""
    texts = []
    for table in TABLES:
        cells = ", ".join(f"coalesce({quoted(name)}::VARCHAR, '')" for name in load_contract(table).columns)
        texts.append(f"SELECT {literal(table)} || chr(31) || concat_ws(chr(31), {cells}) AS line FROM given_{table}")
    query = f"SELECT sha256(string_agg(line, chr(30) ORDER BY line)) FROM ({' UNION ALL '.join(texts)})"
    row = connection.execute(query).fetchone()
    return str(row[0]) if row else ""


def _report(
    connection: duckdb.DuckDBPyConnection, snapshot: str, unchanged: bool, dropped: Sequence[str]
) -> ImportReport:
    def number(query: str) -> int:
        row = connection.execute(query).fetchone()
        return int(row[0] or 0) if row else 0

    return ImportReport(
        snapshot_id=snapshot,
        classes=number("SELECT count(*) FROM given_registry"),
        schools=number("SELECT count(DISTINCT school_id) FROM given_registry"),
        students=number("SELECT sum(enrolled) FROM given_registry"),
        contacts=number("SELECT count(*) FROM given_contacts"),
        places=number("SELECT count(*) FROM given_places"),
        unchanged=unchanged,
        warnings=(*dropped, *_warnings(connection)),
    )


def _warnings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Schools that a wave can't be opened for yet, and classes nobody will ask."""
    found = []
    listed = "SELECT DISTINCT school_id FROM given_registry"
    queries = {
        "registry.no_contacts": f"{listed} ANTI JOIN given_contacts USING (school_id)",
        "registry.no_outside": "SELECT school_id FROM given_contacts GROUP BY school_id HAVING NOT bool_or(outside)",
    }
    for key, query in queries.items():
        if schools := [row[0] for row in connection.execute(f"{query} ORDER BY 1").fetchall()]:
            found.append(say(key, count=len(schools), schools=", ".join(schools[:5]) + (" …" if schools[5:] else "")))
    row = connection.execute("SELECT count(*) FROM given_registry WHERE band IS NULL").fetchone()
    return [*found, say("registry.not_surveyed", count=row[0])] if row and row[0] else found


def write_template(folder: Path) -> tuple[Path, ...]:
    """Write the three files with their header rows and a sheet that explains them; never over an existing file."""
    folder = Path(folder)
    paths = [folder / f"{table}.csv" for table in TABLES] + [folder / "填写说明 how to fill.txt"]
    if taken := next((path for path in paths if path.exists()), None):
        raise BadInput(say("template.exists"), where=Where(taken.name), next_step=say("template.exists_step"))
    folder.mkdir(parents=True, exist_ok=True)
    for table, path in zip(TABLES, paths, strict=False):
        write_csv(path, list(load_contract(table).columns), [])
    paths[-1].write_text(template_text(), encoding="utf-8-sig")
    return tuple(paths)


def template_text() -> str:
    """How to fill the three files, Chinese then English, column by column from the contracts."""
    blocks = []
    for lang in ("zh_CN", "en"):
        blocks += [say("template.how", lang), say("template.ids", lang), ""]
        for table in TABLES:
            blocks += [f"{table}.csv", *_column_lines(load_contract(table), lang), ""]
    return "\n".join(blocks)


def _column_lines(contract: TableContract, lang: str) -> list[str]:
    lines = []
    for name, spec in contract.columns.items():
        meaning = spec.zh if lang == "zh_CN" and spec.zh else spec.meaning
        need = say("template.required" if spec.required else "template.may_be_empty", lang)
        allowed = f" [{' '.join(map(str, spec.allowed))}]" if spec.allowed else ""
        lines.append(f"  {name}: {meaning} ({need}){allowed}")
    return lines
