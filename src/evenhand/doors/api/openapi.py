"""The API's own description, OpenAPI 3.1. The schemas of what comes in are those that check it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from evenhand.doors.api.contacts import answering, only
from evenhand.doors.api.keys import SCOPES
from evenhand.doors.api.problems import as_json
from evenhand.doors.api.schemas import CONTACT, MOST_BYTES, MOST_CONTACTS, Schema

TIME: Schema = {"type": "string", "format": "date-time"}
DURATION: Schema = {
    "type": "string",
    "pattern": r"^P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$",
    "description": "The published standard, ISO 8601. Hours are hours in which the place works, days are days on "
    "which it works; for needs that run at any hour both are what the clock shows.",
}


def _object(description: str = "", optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    said: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }
    return said | ({"description": description} if description else {})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Schema] = {
    "Contact": CONTACT,
    "Promise": _object(
        "The time that the customer was told.",
        kind={"type": "string", "enum": ["answer", "solution", "supervisor", "return"]},
        due_at=TIME,
        standard=DURATION,
        reason={"type": "string", "description": "Why it is longer than the standard; empty where it is not."},
    ),
    "Answer": _object(
        "What the customer may be told at once.",
        optional=("status_url",),
        case={"type": "string", "description": "The reference that customer and staff say to each other."},
        contact={"type": "string", "format": "uuid"},
        owner={"type": "string", "description": "Who answers for it, by name."},
        place={"type": "string"},
        counted_from=TIME | {"description": "The sending time that we believe and count from."},
        promise={"oneOf": [_ref("Promise"), {"type": "null"}], "description": "null where nothing is waited for."},
        status_url={
            "type": "string",
            "format": "uri",
            "description": "The customer's private page. Whoever has it can read and answer: give it to the customer "
            "alone. Each answer holds a new one; missing only in a replay of what has been erased since.",
        },
        is_again={"type": "boolean", "description": "It was let in before, by its external_id; this is how it stands."},
    ),
    "State": _object(
        case={"type": "string"},
        contact={"type": "string", "format": "uuid"},
        owner={"type": "string"},
        place={"type": "string"},
        counted_from=TIME,
        is_solved={"type": "boolean"},
        solved_at={"oneOf": [TIME, {"type": "null"}]},
        promises={"type": "array", "items": _ref("Promise"), "description": "Those that run now."},
        replies={
            "type": "array",
            "items": _object(
                by={"type": "string"},
                kind={"type": "string", "enum": ["answer", "solution", "question"]},
                words={"type": "string"},
                written_at=TIME,
            ),
        },
    ),
    "Problem": _object(
        "RFC 9457. Says what was kept, and repeats nothing that was sent.",
        optional=("errors", "results"),
        type={"type": "string"},
        title={"type": "string"},
        status={"type": "integer"},
        detail={"type": "string"},
        kept={"type": "integer", "minimum": 0, "description": "How many contacts of the request are kept."},
        errors={
            "type": "array",
            "items": _object(
                pointer={"type": "string", "description": "JSON pointer into the contact."}, detail={"type": "string"}
            ),
        },
        results={"type": "array", "items": _ref("Problem"), "description": "For a list: one for each contact."},
    ),
    "Answers": _object(
        "A list's answers, in the order of the list. Valid contacts are kept whatever the others are.",
        kept={"type": "integer", "minimum": 0},
        not_kept={"type": "integer", "minimum": 0},
        results={"type": "array", "items": {"oneOf": [_ref("Answer"), _ref("Problem")]}},
    ),
}


def _json(description: str, schema: Schema, **more: Any) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}, **more}


def _problem(description: str, **headers: str) -> Schema:
    said: Schema = {
        "description": description,
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    if headers:
        said["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return said


ANYWHERE = {
    "401": _problem("No living key: missing, unknown and withdrawn look the same.", WWW_Authenticate="Bearer"),
    "403": _problem("The key lacks the scope."),
    "405": _problem("Another method.", Allow="The methods there are."),
    "429": _problem("The key sends faster than we take.", Retry_After="Seconds."),
    "500": _problem("Something of ours failed."),
    "503": _problem("We cannot keep this now.", Retry_After="Seconds."),
}
EITHER = {"oneOf": [_ref("Answer"), _ref("Answers")]}
LOCATION = {
    "headers": {"Location": {"description": "For one contact: where it is read.", "schema": {"type": "string"}}}
}

PATHS: Schema = {
    "/api/v1/contacts": {
        "post": {
            "operationId": "letIn",
            "summary": "Let in one contact, or a list of them",
            "description": "Answered only once it is on the disk. What is answered 2xx is kept, whatever happens next.",
            "security": [{"key": ["contacts:write"]}],
            "parameters": [
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": False,
                    "description": "Yours, at most 200 printable ASCII characters, a new one for each new request. "
                    "The same request again lets nothing in twice and gets the same answer, with fresh private links.",
                    "schema": {"type": "string", "maxLength": 200},
                }
            ],
            "requestBody": {
                "required": True,
                "description": f"At most {MOST_BYTES:,} bytes.",
                "content": {
                    "application/json": {
                        "schema": {
                            "oneOf": [
                                _ref("Contact"),
                                {
                                    "type": "array",
                                    "items": _ref("Contact"),
                                    "minItems": 1,
                                    "maxItems": MOST_CONTACTS,
                                },
                            ]
                        }
                    }
                },
            },
            "responses": {
                "200": _json("Nothing new: each was known by its external_id.", EITHER, **LOCATION),
                "201": _json("Kept, owned and promised.", EITHER, **LOCATION),
                "207": _json("Some of a list are kept; “results” says which.", _ref("Answers")),
                "400": _problem("No JSON, or an unusable Idempotency-Key."),
                "404": _problem("The place or thread of a single contact is none of this key's."),
                "413": _problem("Too large."),
                "415": _problem("Not application/json."),
                "422": _problem("Not understood, or an Idempotency-Key that was used for another request."),
                **ANYWHERE,
            },
        }
    },
    "/api/v1/contacts/{uid}": {
        "get": {
            "operationId": "state",
            "summary": "What became of a contact that this key let in",
            "security": [{"key": ["contacts:read"]}],
            "parameters": [
                {
                    "name": "uid",
                    "in": "path",
                    "required": True,
                    "description": "“contact” of an earlier answer.",
                    "schema": {"type": "string", "format": "uuid"},
                }
            ],
            "responses": {
                "200": _json("How its case stands now.", _ref("State")),
                "404": _problem("Unknown, or let in by another key: both look the same."),
                **ANYWHERE,
            },
        }
    },
    "/api/v1/openapi.json": {
        "get": {
            "operationId": "description",
            "summary": "This document",
            "security": [],
            "responses": {"200": _json("OpenAPI 3.1.", {"type": "object"}), "405": ANYWHERE["405"]},
        }
    },
}


def described() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.ORGANISATION}: contacts",
            "version": "1",
            "description": "Let contacts in and see what became of them. Whatever the door, a contact stands in the "
            "same line, under the same standard, first come first served.",
        },
        "servers": [{"url": settings.BASE_URL}],
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key of this installation. Scopes: "
                    + "; ".join(f"{scope}, {what}" for scope, what in SCOPES.items())
                    + ".",
                }
            },
        },
    }


@answering
def document(request: HttpRequest) -> HttpResponse:
    only(request, "GET", "HEAD")
    return HttpResponse(as_json(described()), content_type="application/json")
