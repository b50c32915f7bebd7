"""The OpenAPI 3.1 document at /api/openapi.json, made from the schemas by flask-smorest; problems as RFC 9457."""

from typing import Any

import marshmallow as ma
from flask import Flask
from flask_smorest import Api

from partners.api.answers import ProblemOut
from partners.api.problems import MEDIA_TYPE

VERSION = "1"
DESCRIPTION = """Tills post purchases, returns and redemptions here. Amounts are whole cents, points whole numbers,
times ISO 8601 with offset. Unknown members of a body are ignored; wrong types are refused."""
SETTINGS = {
    "API_TITLE": "Emma: till API",
    "API_VERSION": VERSION,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": DESCRIPTION},
        "security": [{"tillKey": []}],
        "components": {
            "securitySchemes": {
                "tillKey": {"type": "http", "scheme": "bearer", "description": "A till's key: emma_till_…"}
            }
        },
    },
}


class TillApi(Api):
    """flask-smorest with problem+json, and with nobody but `config.errors` answering errors."""

    ERROR_SCHEMA = ProblemOut

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = MEDIA_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def _register_error_handlers(self) -> None:
        """None of its own: one table answers for pages and for tills."""


def make(app: Flask) -> TillApi:
    """The document, still empty."""
    app.config.update(SETTINGS)
    api = TillApi(app)
    assert api.ma_plugin.converter is not None
    api.ma_plugin.converter.add_attribute_function(_bounded_float)
    return api


def _bounded_float(_self: Any, field: ma.fields.Field[Any], **_kwargs: Any) -> dict[str, Any]:
    step = field.metadata.get("multipleOf")
    return {"multipleOf": step} if step else {}
