"""How a call is declared: one decorator that says who may call, what it takes, what it answers and refuses.

From that come the route, the check of the key and the OpenAPI document. Around a view there is one thin layer.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from flask_smorest import Blueprint

from partners.api import auth
from partners.api.answers import ProblemOut
from partners.api.problem_table import TABLE
from partners.api.problems import MEDIA_TYPE

View = TypeVar("View", bound=Callable[..., Any])
ALWAYS = ("unauthorized", "partner_left", "rate_limited", "internal_error", "unavailable")
WITH_BODY = ("json_invalid", "body_too_large", "media_type_unsupported", "validation_failed")
WITH_KEY = (
    "idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused", "in_flight", "member_erased",
)  # fmt: skip
KEY_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": r"^[\x21-\x7e]+$"},
    "description": "Names this call. Sent again with the same request, it is answered again and not done again.",
}


def call(
    blueprint: Blueprint,
    method: str,
    path: str,
    answer: Any,
    status: int = 200,
    scope: str | None = None,
    body: Any = None,
    body_required: bool = True,
    path_parameters: Iterable[dict[str, Any]] = (),
    query: Any = None,
    keyed: bool = False,
    winding_up: bool = False,
    refuses: Iterable[str] = (),
    **doc: Any,
) -> Callable[[View], View]:
    """Declare a view. It gets the Authority first, then the path's ids.

    `winding_up`: a partner that left may call it until its cut-off.
    """
    codes = [*refuses, *ALWAYS]
    if scope:
        codes.append("scope_missing")
    if body:
        codes.extend(WITH_BODY)
        doc["requestBody"] = {"required": body_required, "content": {"application/json": {"schema": body}}}
    if query:
        codes.append("validation_failed")
    if keyed:
        codes.extend(WITH_KEY)
    doc["parameters"] = [*path_parameters]
    doc["parameters"] += [KEY_HEADER] if keyed else []
    doc["parameters"] += [{"in": "query", "schema": query}] if query else []
    words = "Done." if method == "POST" else "Found."
    good = {"description": words, "content": {"application/json": {"schema": answer}}}
    doc["responses"] = {str(status): good, **_refusals(codes)}

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**ids: Any) -> Any:
            return view(auth.authority(scope, winding_up), **ids)

        guarded._apidoc = {"manual_doc": doc}  # type: ignore[attr-defined]
        blueprint.add_url_rule(path, view_func=guarded, methods=[method])
        return view

    return decorate


def _refusals(codes: Iterable[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(TABLE[code].status, []).append(code)
    return {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in found),
            "content": {MEDIA_TYPE: {"schema": ProblemOut}},
        }
        for status, found in sorted(by_status.items())
    }
