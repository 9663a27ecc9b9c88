"""Does a value fit a JSON schema, and what might a value of a schema be? As much of both as our description uses."""

from __future__ import annotations

import json
import re
import string
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from hypothesis import strategies as st

Schema = Mapping[str, Any]
_KNOWN = {
    "$ref",
    "oneOf",
    "type",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "maxProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "default",
    "description",
}
_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def misfits(value: object, schema: Schema, document: Schema, at: str = "") -> list[str]:
    """What of a value does not fit, by its place; nothing where all fits."""
    if unknown := set(schema) - _KNOWN:
        raise ValueError(f"this check knows no {unknown}")
    if "$ref" in schema:
        return misfits(value, resolved(schema["$ref"], document), document, at)
    if "oneOf" in schema:
        tried = [misfits(value, one, document, at) for one in schema["oneOf"]]
        fit = sum(not each for each in tried)
        return [] if fit == 1 else [f"{at}: fits {fit} of {len(tried)}: {tried}"]
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(_is(value, each) for each in types):
            return [f"{at}: is no {types}"]
    wrong: list[str] = []
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{at}: {value!r} is none of {schema['enum']}")
    if isinstance(value, dict):
        wrong += _object(value, schema, document, at)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            wrong.append(f"{at}: holds {len(value)}")
        for i, each in enumerate(value):
            wrong += misfits(each, schema.get("items", {}), document, f"{at}/{i}")
    elif isinstance(value, str):
        wrong += _text(value, schema, at)
    elif _is(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        wrong.append(f"{at}: {value} is out of range")
    return wrong


def resolved(ref: str, document: Schema) -> Schema:
    found: Any = document
    for step in ref.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _is(value: object, name: str) -> bool:
    if name in {"integer", "number"}:
        return isinstance(value, int if name == "integer" else int | float) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])


def _object(value: dict[str, Any], schema: Schema, document: Schema, at: str) -> list[str]:
    wrong = [f"{at}/{name}: is missing" for name in schema.get("required", ()) if name not in value]
    if len(value) > schema.get("maxProperties", len(value)):
        wrong.append(f"{at}: has too many fields")
    for name, each in value.items():
        wrong += misfits(name, schema.get("propertyNames", {}), document, f"{at} (name)")
        if name in schema.get("properties", {}):
            wrong += misfits(each, schema["properties"][name], document, f"{at}/{name}")
        elif schema.get("additionalProperties") is False:
            wrong.append(f"{at}/{name}: is not described")
        elif isinstance(schema.get("additionalProperties"), dict):
            wrong += misfits(each, schema["additionalProperties"], document, f"{at}/{name}")
    return wrong


def _text(value: str, schema: Schema, at: str) -> list[str]:
    wrong = []
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        wrong.append(f"{at}: has {len(value)} characters")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        wrong.append(f"{at}: {value!r} does not match {schema['pattern']}")
    try:
        if schema.get("format") == "date-time" and datetime.fromisoformat(value).tzinfo is None:
            wrong.append(f"{at}: {value!r} has no zone")
        if schema.get("format") == "uuid":
            uuid.UUID(value)
    except ValueError as error:
        wrong.append(f"{at}: {error}")
    if schema.get("format") == "uri" and not value.startswith(("http://", "https://")):
        wrong.append(f"{at}: {value!r} is no address")
    return wrong


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def values_of(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that fit a schema."""
    if "type" in schema and isinstance(schema["type"], list):
        return st.one_of(*(values_of({**schema, "type": each}) for each in schema["type"]))
    match schema["type"]:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "number":
            low, high = schema.get("minimum"), schema.get("maximum")
            return st.integers(low, high) | st.floats(low, high, allow_nan=False)
        case "array":
            return st.lists(values_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=5)
        case "object" if "properties" in schema:
            needed = schema.get("required", ())
            fields = {name: values_of(each) for name, each in schema["properties"].items()}
            return st.fixed_dictionaries(
                {name: each for name, each in fields.items() if name in needed},
                optional={name: each for name, each in fields.items() if name not in needed},
            )
        case "object":
            names = st.from_regex(schema["propertyNames"]["pattern"], fullmatch=True)
            return st.dictionaries(names, values_of(schema["additionalProperties"]), max_size=schema["maxProperties"])
    return _texts(schema)


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    match schema.get("format"):
        case "date-time":
            return st.datetimes(datetime(2000, 1, 2), timezones=st.just(timezone.utc)).map(  # noqa: UP017
                lambda at: at.isoformat().replace("+00:00", "Z")
            )
        case "email":
            names = st.text(string.ascii_letters + string.digits + "._+-", min_size=1, max_size=20)
            return names.map(lambda name: f"{name}@example.org")
    if "pattern" in schema and schema["pattern"] != r"\S":
        return st.from_regex(schema["pattern"], fullmatch=True).filter(
            lambda text: len(text) <= schema.get("maxLength", 10_000)
        )
    some = st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 80), 80))
    return some.filter(lambda text: bool(text.strip()) and text.isprintable()) if "pattern" in schema else some


def mutated(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that nearly fit an object's schema: some of its fields hold anything at all."""
    names = st.sampled_from([*schema["properties"], "colour"])
    return st.tuples(values_of(schema), st.dictionaries(names, ANY_JSON, max_size=3)).map(
        lambda both: both[0] | both[1]
    )


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
