"""How pages look and travel: the coalition's name and colour, numbers in words, static files that may be kept."""

import gzip
import hashlib
import mimetypes
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from babel.numbers import format_currency
from flask import Blueprint, Flask, Response, abort, request
from flask_babel import (
    format_date,
    format_datetime,
    format_decimal,
    format_time,
    get_locale,
    to_user_timezone,
)
from sqlalchemy import select
from werkzeug.security import safe_join

from loyalty.db import db
from loyalty.models.coalition import Coalition
from partners import refusals

STATIC = Path(__file__).parent / "static"
KEPT_S = 10
YEAR_S = 31_536_000
SQUEEZED = {".css", ".js", ".svg", ".txt", ".md"}
blueprint = Blueprint("look", __name__)


@dataclass(frozen=True, slots=True)
class Face:
    """What every page shows of the coalition. `accent` is #rrggbb or None for Emma's own red."""

    name: str = "Emma"
    accent: str | None = None
    time_zone: str = "Europe/Berlin"


_kept: tuple[float, Face] | None = None


def face() -> Face:
    """The coalition's name, colour and time zone, kept in the process for a few seconds."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT_S:
        row = db.session.execute(select(Coalition.name, Coalition.accent, Coalition.time_zone)).first()
        _kept = (time.monotonic(), Face(*row) if row else Face())
    return _kept[1]


def points(number: int) -> str:
    """1234 -> 1.234 in German, 1,234 in English."""
    return format_decimal(number)


def signed(number: int) -> str:
    """With its sign, a true minus: +14, −3."""
    return ("+" if number > 0 else "−" if number < 0 else "") + format_decimal(abs(number))


def euros(cents: int) -> str:
    """Whole cents as money in the reader's language."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=get_locale())


def long_day(at: datetime) -> str:
    """31. Dezember 2026 / December 31, 2026, in the coalition's time zone."""
    return format_date(at, "long")


def day_and_hour(at: datetime) -> str:
    """So., 8. Nov. 2026, 14:57, in the coalition's time zone."""
    return format_datetime(at, "E, d. MMM y, HH:mm" if str(get_locale()) == "de" else "E d MMM y, HH:mm")


def hour(at: datetime) -> str:
    """Time of day, 09:15, in the coalition's time zone."""
    return format_time(at, "HH:mm")


def by_day(entries: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Things with `entry.at` under their local day in words, in the order they come."""
    return [
        (day, list(group))
        for day, group in groupby(
            entries, lambda shown: format_date(to_user_timezone(shown.entry.at), "full")
        )
    ]


def grouped(number: str) -> str:
    """A card number in groups of four, as printed."""
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


@lru_cache(maxsize=256)
def _file(name: str, changed_ns: int) -> tuple[bytes, bytes | None, str]:
    """Content, gzipped content where that pays, and a short hash. `changed_ns` only tells versions apart."""
    path = STATIC / name
    content = path.read_bytes()
    small = gzip.compress(content, 9, mtime=0) if path.suffix in SQUEEZED else None
    return content, small, hashlib.sha256(content).hexdigest()[:10]


def _load(name: str) -> tuple[bytes, bytes | None, str] | None:
    path = safe_join(str(STATIC), name)
    if path is None or not Path(path).is_file():
        return None
    return _file(name, Path(path).stat().st_mtime_ns)


def send_static(filename: str) -> Response:
    """A file of `static/`, gzipped for who can read it; kept for a year when its address holds its hash."""
    loaded = _load(filename)
    if loaded is None:
        abort(404)
    content, small, digest = loaded
    squeeze = small is not None and request.accept_encodings["gzip"] > 0
    answer = Response(small if squeeze else content, mimetype=mimetypes.guess_type(filename)[0])
    if squeeze:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.set_etag(f"{digest}{'z' if squeeze else ''}")
    lasting = request.args.get("v") == digest or filename.startswith("fonts/")
    answer.headers["Cache-Control"] = (
        f"public, max-age={YEAR_S}, immutable" if lasting else "public, max-age=300"
    )
    return answer.make_conditional(request)


def _add_hash(endpoint: str, values: dict[str, object]) -> None:
    if endpoint == "static" and "v" not in values:
        loaded = _load(str(values.get("filename", "")))
        values["v"] = loaded[2] if loaded else None


@blueprint.get("/accent/<colour>.css")
def accent(colour: str) -> Response:
    """The coalition's colour as a style sheet: inline styles are forbidden by the page's policy."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", colour):
        abort(404)
    answer = Response(f":root {{ --accent: #{colour}; }}\n", mimetype="text/css")
    answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return answer


def init_app(app: Flask) -> None:
    """Filters, the coalition in every template, and static files. Call after Flask made its `static` route."""
    app.register_blueprint(blueprint)
    app.view_functions["static"] = send_static
    app.url_default_functions.setdefault(None, []).append(_add_hash)
    app.jinja_env.filters.update(
        points=points,
        signed=signed,
        euros=euros,
        long_day=long_day,
        day_and_hour=day_and_hour,
        hour=hour,
        by_day=by_day,
        grouped=grouped,
        told=refusals.words,
    )
    app.context_processor(lambda: {"coalition": face(), "language": str(get_locale() or "de")})
