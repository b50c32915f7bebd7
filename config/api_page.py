"""/api/docs: the OpenAPI document as a page to read, drawn here, with nothing from another host."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template

METHODS = ("get", "put", "post", "patch", "delete")
BOUNDS = (
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("minLength", "≥ {} characters"),
    ("maxLength", "≤ {} characters"),
    ("minItems", "≥ {} entries"),
    ("maxItems", "≤ {} entries"),
    ("pattern", "{}"),
    ("default", "default {}"),
)
blueprint = Blueprint("api_page", __name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type in words; `schema` is the name of the component it points to, if it does."""

    words: str
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One member of an object, or one parameter of a call."""

    name: str
    kind: Kind
    required: bool
    bounds: str
    text: str
    place: str = "body"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: what it takes, and what it answers by status."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    takes: Kind | None
    example: str
    answers: tuple[tuple[str, str, Kind | None], ...]

    @property
    def anchor(self) -> str:
        return f"{self.method}-{self.path.strip('/').translate(str.maketrans('/{}', '---'))}"


def document() -> dict[str, Any]:
    """The document of the till API as it is served at /api/openapi.json."""
    apis = current_app.extensions["flask-smorest"]["apis"]
    spec: dict[str, Any] = next(iter(apis.values()))["ext_obj"].spec.to_dict()
    return spec


def kind(schema: dict[str, Any]) -> Kind:
    """`{"type": "array", "items": {"$ref": …/Line}}` as `list of Line`."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return Kind(name, name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            kinds = [kind(part) for part in schema[several]]
            return Kind(
                " or ".join(part.words for part in kinds), next((k.schema for k in kinds if k.schema), None)
            )
    if schema.get("type") == "array":
        items = kind(schema.get("items", {}))
        return Kind(f"list of {items.words}", items.schema)
    if "enum" in schema:
        return Kind(" | ".join(json.dumps(value) for value in schema["enum"]))
    types = schema.get("type", "any")
    words = " or ".join(types) if isinstance(types, list) else str(types)
    return Kind(f"{words} ({schema['format']})" if "format" in schema else words)


def fields(schema: dict[str, Any]) -> tuple[Field, ...]:
    """The members of an object."""
    needed = schema.get("required", ())
    return tuple(
        Field(name, kind(part), name in needed, _bounds(part), part.get("description", ""))
        for name, part in schema.get("properties", {}).items()
    )


def operations(spec: dict[str, Any]) -> Iterator[Operation]:
    """All calls in the order of the document."""
    for path, item in spec.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _operation(method, path, item[method], item.get("parameters", []), spec)


def _operation(
    method: str, path: str, call: dict[str, Any], shared: list[dict[str, Any]], spec: dict[str, Any]
) -> Operation:
    content = _content(call.get("requestBody", {}))
    schema = content.get("schema")
    return Operation(
        method=method.upper(),
        path=path,
        summary=call.get("summary", ""),
        description=call.get("description", ""),
        parameters=_parameters((*shared, *call.get("parameters", [])), spec),
        takes=kind(schema) if schema else None,
        example=_example(content),
        answers=tuple(_answers(call.get("responses", {}), spec)),
    )


def _answers(responses: dict[str, Any], spec: dict[str, Any]) -> Iterator[tuple[str, str, Kind | None]]:
    for status, response in sorted(responses.items()):
        response = _resolved(response, spec)
        schema = _content(response).get("schema")
        yield status, response.get("description", ""), kind(schema) if schema else None


def _parameters(given: Iterable[Any], spec: dict[str, Any]) -> tuple[Field, ...]:
    """What a call says of a parameter replaces what its path says."""
    told = {(field.place, field.name): field for field in (_parameter(_resolved(one, spec)) for one in given)}
    return tuple(told.values())


def _parameter(parameter: dict[str, Any]) -> Field:
    schema = parameter.get("schema", {})
    text = parameter.get("description") or schema.get("description", "")
    required = bool(parameter.get("required"))
    return Field(parameter["name"], kind(schema), required, _bounds(schema), text, parameter["in"])


def _bounds(schema: dict[str, Any]) -> str:
    return ", ".join(words.format(schema[name]) for name, words in BOUNDS if schema.get(name) is not None)


def _resolved(thing: Any, spec: dict[str, Any]) -> dict[str, Any]:
    """Responses and parameters may be references, also by bare name."""
    if isinstance(thing, str):
        thing = {"$ref": f"#/components/responses/{thing}"}
    found: Any = thing
    if "$ref" in thing:
        found = spec
        for step in thing["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return dict(found)


def _content(holder: dict[str, Any]) -> dict[str, Any]:
    return next(iter(holder.get("content", {}).values()), {})


def _example(content: dict[str, Any]) -> str:
    example = content.get("example") or content.get("schema", {}).get("example")
    return json.dumps(example, indent=2, ensure_ascii=False) if example else ""


@blueprint.get("/api/docs")
def page() -> Response:
    """Calls first, then the shapes they point to."""
    spec = document()
    schemas = spec.get("components", {}).get("schemas", {})
    shapes = [
        (name, schema.get("description", ""), fields(schema)) for name, schema in sorted(schemas.items())
    ]
    html = render_template(
        "docs/api.html", info=spec["info"], operations=list(operations(spec)), shapes=shapes
    )
    answer = Response(html)
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Vary"] = "Accept-Language"
    return answer


def init_app(app: Flask) -> None:
    """The page beside the document."""
    app.register_blueprint(blueprint)
