"""A browser without script: follows links, fills in forms as they stand in the page, and submits them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag


class PlainBrowser:
    """One person's session over real HTTP."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False
        self.url = base
        self.page = BeautifulSoup("", "html.parser")
        self.status = 0

    def open(self, path: str) -> PlainBrowser:
        return self._show(self.session.get(urljoin(self.base, path), timeout=60))

    def form(self, *, action: str = "", holding: str = "") -> Tag:
        """The form with `action` in its address, or the one that holds a control of that name."""
        for form in self.page.find_all("form"):
            if action and action not in urljoin(self.url, form.get("action", "")):
                continue
            if holding and form.find(attrs={"name": holding}) is None:
                continue
            return form
        raise AssertionError(f"no form {action or holding!r} on {self.url}:\n{self.text[:2000]}")

    def submit(self, form: Tag, files: dict[str, Path] | None = None, **values: str) -> PlainBrowser:
        """Send a form with what it holds already and `values` on top."""
        data: list[tuple[str, str]] = []
        for control in form.find_all(["input", "select", "textarea"]):
            name, kind = control.get("name"), control.get("type", "text")
            if not name or name in values or kind in ("file", "submit") or control.has_attr("disabled"):
                continue
            if kind in ("checkbox", "radio") and not control.has_attr("checked"):
                continue
            data.append((name, _value(control)))
        data += list(values.items())
        target = urljoin(self.url, form.get("action") or self.url)
        attached = {name: (path.name, path.read_bytes()) for name, path in (files or {}).items()}
        if form.get("method", "get").lower() == "get":
            return self._show(self.session.get(target, params=data, timeout=60))
        headers = {"Referer": self.url}
        return self._show(self.session.post(target, data=data, files=attached or None, headers=headers, timeout=120))

    def sign_in(self, email: str, password: str) -> PlainBrowser:
        self.open("/signin")
        return self.submit(self.form(holding="password"), email=email, password=password)

    @property
    def text(self) -> str:
        return " ".join(self.page.get_text(" ").split())

    def _show(self, answer: requests.Response) -> PlainBrowser:
        self.url, self.status = answer.url, answer.status_code
        self.page = BeautifulSoup(answer.text, "html.parser")
        return self


def _value(control: Tag) -> str:
    if control.name == "select":
        chosen = control.find("option", selected=True) or control.find("option")
        return chosen.get("value", chosen.get_text()) if chosen else ""
    if control.name == "textarea":
        return control.get_text()
    return control.get("value", "on" if control.get("type") == "checkbox" else "")
