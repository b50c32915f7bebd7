"""The fingerprint of a request: what decides whether the same key came with the same request."""

import json
from collections.abc import Mapping
from hashlib import sha256

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(method: str, route: str, path: Mapping[str, str], body: Mapping[str, object]) -> bytes:
    """SHA-256 (32 bytes) of the request in canonical form.

    The form is one JSON object with exactly these members in this order, without any space, in UTF-8:
    `{"body":...,"method":"POST","path":{...},"route":"/api/v1/..."}`. All objects have their members sorted
    by name (by code point); strings escape only what JSON must escape; `route` is the template
    ("/purchases/{id}/returns"), `path` its ids as strings. The member `pin` of `body` is left out: a stored
    fingerprint must not let it be guessed, and a replay must be recognised before a PIN is checked.
    """
    content = {
        "body": {name: value for name, value in body.items() if name != "pin"},
        "method": method,
        "path": dict(path),
        "route": route,
    }
    return sha256(CANONICAL.encode(content).encode("utf-8", "surrogatepass")).digest()
