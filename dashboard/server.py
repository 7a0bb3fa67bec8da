"""The dashboard's process: Streamlit's ASGI app behind our gate, with our sign-in pages beside it."""

from __future__ import annotations

import gc
from typing import Any

from dashboard.look import DARK, FONT, LIGHT, Palette
from dashboard.render import load_templates
from dashboard.settings import HERE
from dashboard.words import LANGUAGES, catalogue


def serve(host: str, port: int) -> None:
    """Serve until stopped. Heavy imports happen here, once, before the first visitor comes."""
    import uvicorn

    app = build_app(host, port)
    warm_up()
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning", server_header=False)


def build_app(host: str = "127.0.0.1", port: int = 8501) -> Any:
    """The ASGI app. Options are set before Streamlit reads them; no config file of the working directory counts."""
    from starlette.middleware import Middleware
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles
    from streamlit.starlette import App
    from streamlit.web import bootstrap

    from dashboard import drawing, exports, oidc, signin, store
    from dashboard.gate import Gate
    from dashboard.page import show_error
    from dashboard.reports.build import BUILDERS

    store.engine()
    store.signing_key()
    bootstrap.load_config_options(streamlit_options(host, port))
    routes = [
        *signin.routes(),
        *oidc.routes(),
        *exports.routes(BUILDERS),
        *drawing.routes(),
        Mount("/look", StaticFiles(directory=HERE / "assets")),
    ]
    return App(HERE / "app.py", routes=routes, middleware=[Middleware(Gate)], on_script_error=show_error)


def warm_up() -> None:
    """Import and load what a first view needs, so that the first visitor does not wait for it.

    All of it stays for good. Frozen, it is left out when Python looks for garbage: of some half a million objects
    that took longer than drawing a page does.
    """
    import duckdb  # noqa: F401

    from dashboard import drawing, figures, page  # noqa: F401

    figures.window_trend([], LIGHT, "").to_json()
    for language in LANGUAGES:
        catalogue(language)
    load_templates()
    drawing.load_plotly()
    gc.collect()
    gc.freeze()


def streamlit_options(host: str, port: int) -> dict[str, Any]:
    """Streamlit's options: nothing is sent out, no error shows its inside, only our own buttons export."""
    options: dict[str, Any] = {
        "browser.gatherUsageStats": False,
        "client.disableDataExport": True,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.showSidebarNavigation": False,
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "runner.postScriptGC": False,  # Python looks for garbage when some has come together, not after each click
        "server.address": host,
        "server.enableAgentApi": False,
        "server.enableStaticServing": False,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.maxUploadSize": 10,  # MB, as evidence may be
        "server.port": port,
        "server.runOnSave": False,
        "ui.hideTopBar": True,
        "theme.font": FONT,
        "theme.headingFont": FONT,
        "theme.baseRadius": "6px",
    }
    return options | _theme("light", LIGHT) | _theme("dark", DARK)


def _theme(name: str, palette: Palette) -> dict[str, str]:
    return {
        f"theme.{name}.primaryColor": palette.accent,
        f"theme.{name}.backgroundColor": palette.paper,
        f"theme.{name}.secondaryBackgroundColor": palette.card,
        f"theme.{name}.textColor": palette.ink,
        f"theme.{name}.borderColor": palette.line,
        f"theme.{name}.linkColor": palette.accent,
    }
