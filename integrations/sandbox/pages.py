"""The pages: what every stand-in holds now, refreshed by a small script that asks for the fragment again."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path

from integrations.sandbox.messages import HTML_TYPE, Answer, Request, html_answer
from integrations.sandbox.vendor import Vendor

_ASSETS = Path(__file__).parent / "assets"
_PRODUCT_CSS = Path(__file__).resolve().parents[2] / "static" / "css"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_STYLES = ("tokens.css", "rotacast.css")
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Pages:
    """``/``, one page per vendor, and the files they need."""

    def __init__(self, vendors: Mapping[str, Vendor]) -> None:
        self._vendors = vendors
        self._files = {f"/assets/{path.name}": path for path in _ASSETS.iterdir() if path.suffix in _TYPES}
        # The product's own style sheets when the sandbox runs from its repository; plain but legible without.
        self._styles = [name for name in _STYLES if (_PRODUCT_CSS / name).is_file()]
        self._files |= {f"/static/css/{name}": _PRODUCT_CSS / name for name in self._styles}

    def answer(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return html_answer("Nothing here takes that method.", 405)
        if request.path in self._files:
            path = self._files[request.path]
            return Answer(200, path.read_bytes(), {"Content-Type": _TYPES[path.suffix], "Cache-Control": "no-cache"})
        parts = request.segments
        if not parts:
            return self._page("Sandbox", self._index(), "/fragment")
        if parts == ["fragment"]:
            return html_answer(self._index())
        vendor = self._vendors.get(parts[0])
        if vendor and parts[1:] == ["fragment"]:
            return html_answer(vendor.fragment())
        if vendor and not parts[1:]:
            return self._page(vendor.title, vendor.fragment(), f"/{vendor.name}/fragment")
        return self._page(
            "Not found",
            '<p class="lede">There is no such page. <a class="link" href="/">All stand-ins</a></p>',
            None,
            404,
        )

    def _index(self) -> str:
        rows = "".join(
            f'<tr><th scope="row"><a class="link" href="/{escape(vendor.name)}">'
            f"{escape(vendor.title)}</a></th>"
            f"<td>{escape(vendor.summary())}</td></tr>"
            for vendor in self._vendors.values()
        )
        return (
            '<div class="panel"><table class="table"><caption class="vh">Stand-ins</caption><thead><tr>'
            '<th scope="col">Stand-in</th><th scope="col">Holds now</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )

    def _page(self, title: str, content: str, fragment: str | None, status: int = 200) -> Answer:
        styles = "".join(f'<link rel="stylesheet" href="/static/css/{name}">' for name in self._styles)
        live = f' data-fragment="{fragment}" aria-live="off"' if fragment else ""
        home = "" if title == "Sandbox" else '<a class="link" href="/">All stand-ins</a>'
        text = f"""<!doctype html>
<html lang="en-US">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Rotacast sandbox</title>
{styles}<link rel="stylesheet" href="/assets/sandbox.css">
<script type="module" src="/assets/sandbox.js"></script>
</head>
<body>
<main class="page page--pad" id="main">
<div class="page__head"><div><h1 class="page__title">{escape(title)}</h1>
<p class="lede">A stand-in for trials and tests. Nothing here reaches a real vendor.</p></div>
<div class="row row--wrap"><span class="stamp" id="stamp"></span>{home}</div></div>
<div id="live"{live}>{content}</div>
</main>
</body>
</html>
"""
        answer = html_answer(text, status)
        headers = {"Content-Type": HTML_TYPE, "Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return Answer(answer.status, answer.body, headers)
