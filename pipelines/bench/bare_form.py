"""The peer of the intake bench: a bare FastAPI form over SQLite, as a careful beginner would write it in an afternoon.

No sealing, no exactly once, no checks, no languages; but durable, as it must be: WAL with full sync. Run as
`python -m pipelines.bench.bare_form PORT DATABASE`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import uuid

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Template

from survey.instrument import Instrument, load_instrument

BAND = "jr"
FORM = Template(
    """<!doctype html><html><head><title>Survey</title></head><body><form method="post">
<input type="text" name="code">
{% for code, text, options in questions %}<fieldset><legend>{{ text }}</legend>
{% for value, label in options %}<label><input type="radio" name="{{ code }}" value="{{ value }}"> {{ label }}</label>
{% endfor %}</fieldset>{% endfor %}<button>Send</button></form></body></html>"""
)


def questions_of(instrument: Instrument) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(field, question, [(value, option)]): a multiple choice as a yes or no to each of its options."""
    found = []
    for item in (item for item in instrument.items.values() if BAND in item.bands):
        options = [(str(option.code), option.zh) for option in instrument.options_of(item.code) if option.is_in(BAND)]
        if item.type == "single":
            found.append((item.code, item.zh, options))
        else:
            found += [(f"{item.code}__{code}", label, [("0", "否"), ("1", "是")]) for code, label in options]
    return found


def build_bare_app(database: str) -> FastAPI:
    """GET / the form, POST / stores one row, GET /done says thanks."""
    app, questions = FastAPI(), questions_of(load_instrument())
    connection = sqlite3.connect(database, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, code TEXT, body TEXT)")

    @app.get("/", response_class=HTMLResponse)
    def form() -> str:
        return FORM.render(questions=questions)

    @app.post("/")
    async def store(request: Request) -> RedirectResponse:
        fields = {name: str(value) for name, value in (await request.form()).items()}
        row = (str(uuid.uuid4()), fields.get("code", ""), json.dumps(fields))
        connection.execute("INSERT INTO answers VALUES (?, ?, ?)", row)
        connection.commit()
        return RedirectResponse("/done", status_code=303)

    @app.get("/done", response_class=HTMLResponse)
    def done() -> str:
        return "<!doctype html><html><body>Thank you.</body></html>"

    return app


if __name__ == "__main__":
    uvicorn.run(build_bare_app(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), access_log=False)
