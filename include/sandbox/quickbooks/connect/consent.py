"""The consent page: an app asks, a person chooses a company and agrees or not (reference 1.2).

Only an answer the app may get goes to its redirect address. What is wrong with the request itself is shown to the
person and goes nowhere, so that nobody is sent to an address that is not on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader

from include.sandbox.quickbooks.connect.loopback import is_loopback
from include.sandbox.quickbooks.connect.oauth import CLIENT_ID, SCOPES

APP_NAME = "The app of this sandbox"
PAGES = Environment(loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True)


class Unanswerable(Exception):
    """The request cannot be answered to the app; the message is for the person before the page."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What an app asks for. Make one with `read_request`."""

    client_id: str
    response_type: str
    scope: str
    redirect_uri: str
    state: str
    code_challenge: str = ""
    code_challenge_method: str = "plain"

    @property
    def scopes(self) -> list[str]:
        """The scopes one by one."""
        return self.scope.split()

    @property
    def has_valid_scope(self) -> bool:
        """Whether there are scopes, all of them known."""
        return bool(self.scopes) and all(scope in SCOPES for scope in self.scopes)

    def answer(self, **values: str) -> str:
        """The address that brings an answer to the app, `state` echoed."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode({**values, 'state': self.state})}"


def read_request(asked: Mapping[str, str]) -> AuthorizationRequest:
    """The request in an address or a form; values it does not know are passed over. Raises Unanswerable."""
    known = {name: asked.get(name, "") for name in AuthorizationRequest.__slots__}
    known["code_challenge_method"] = known["code_challenge_method"] or "plain"
    request = AuthorizationRequest(**known)
    if request.client_id != CLIENT_ID:
        raise Unanswerable("There is no app with this client_id.")
    if not is_loopback(request.redirect_uri):
        raise Unanswerable("The redirect_uri is missing, or it is not an address on this machine (loopback).")
    if request.response_type != "code":
        raise Unanswerable("The response_type must be code.")
    if not request.state:
        raise Unanswerable("The state is missing.")
    if request.code_challenge_method not in ("plain", "S256"):
        raise Unanswerable("The code_challenge_method must be S256 or plain.")
    return request


def consent_page(request: AuthorizationRequest, companies: Sequence[Mapping[str, str]]) -> str:
    """The page that asks. `companies` have realm and name."""
    return _page(
        "consent.html",
        app=APP_NAME,
        scopes=[SCOPES[scope] for scope in request.scopes],
        companies=companies,
        kept={name: value for name, value in asdict(request).items() if value},
    )


def problem_page(problem: str) -> str:
    """The page that says why there is nothing to agree to."""
    return _page("problem.html", problem=problem)


def _page(name: str, **values: Any) -> str:
    return PAGES.get_template(name).render(**values)
