"""Who is asking: members and staff sign in at /login with e-mail and password; wrong tries are slowed in a table.

Known and unknown addresses take the same path and get the same answer, in the same time.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from config.language import local_path
from loyalty.db import db, transact
from loyalty.models.people import Member, Profile
from loyalty.people import passwords, throttle
from loyalty.people.throttle import Limit
from partners.models import Staff

FROM_ONE_PLACE = Limit(40, timedelta(minutes=10), timedelta(minutes=1))  # a shop's whole staff is one address
blueprint = Blueprint("login", __name__)
manager = LoginManager()


@dataclass(frozen=True, slots=True)
class Caller(UserMixin):
    """Somebody signed in. `kind` is member or staff; `role` is member, owner, staff, accountant or admin."""

    kind: str
    id: UUID
    role: str
    name: str
    mark: str  # of the password they signed in with: a new password ends all other sessions
    wallet_id: UUID | None = None
    partner_id: UUID | None = None

    def get_id(self) -> str:
        return f"{self.kind}:{self.id}:{self.mark}"

    @property
    def home(self) -> str:
        """Where this caller starts."""
        return {"member": "/", "admin": "/admin"}.get(self.role, "/office")

    def keep_language(self, open_session: Session, language: str) -> None:
        """Remember the language for letters and the next sign-in."""
        if self.kind == "member":
            change = update(Profile).where(Profile.member_id == self.id)
        else:
            change = update(Staff).where(Staff.id == self.id)
        open_session.execute(change.values(language=language))


def _mark(password_hash: str) -> str:
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _members() -> Select[Any]:
    return (
        select(
            Member.id,
            Member.wallet_id,
            Profile.first_name,
            Profile.last_name,
            Profile.password,
            Profile.language,
        )
        .join(Profile, Profile.member_id == Member.id)
        .where(Member.erased_at.is_(None), Profile.password.is_not(None))
    )


def _member(row: Row[Any]) -> Caller:
    name = f"{row.first_name} {row.last_name}".strip()
    return Caller("member", row.id, "member", name, _mark(row.password), wallet_id=row.wallet_id)


def _staff(row: Staff) -> Caller:
    return Caller("staff", row.id, row.role, row.name, _mark(row.password), partner_id=row.partner_id)


@manager.user_loader
def load(key: str) -> Caller | None:
    """The caller behind a session, or None when they left, were erased or have a new password."""
    kind, _colon, rest = key.partition(":")
    ident, _colon, mark = rest.partition(":")
    try:
        number = UUID(ident)
    except ValueError:
        return None
    caller = None
    if kind == "member":
        row = db.session.execute(_members().where(Member.id == number)).first()
        caller = _member(row) if row else None
    elif kind == "staff":
        person = db.session.scalar(select(Staff).where(Staff.id == number, Staff.left_at.is_(None)))
        caller = _staff(person) if person else None
    return caller if caller and hmac.compare_digest(caller.mark, mark) else None


def find(email: str, password: str) -> tuple[Caller, str] | None:
    """Who this is, and the language they like; None when address or password is wrong. Always two hashes of work."""
    with Session(db.engine) as open_session:
        person = open_session.scalar(select(Staff).where(Staff.email == email, Staff.left_at.is_(None)))
        row = open_session.execute(_members().where(Profile.email == email)).first()
    is_staff = passwords.matches(person.password if person else None, password)
    is_member = passwords.matches(row.password if row else None, password)
    if person and is_staff:
        return _staff(person), person.language
    return (_member(row), row.language) if row and is_member else None


def _admit(address: str, place: str, at: datetime) -> datetime | None:
    """Count the try before the password is looked at; until when this address or place is closed, or None.

    The lock makes parallel guesses queue up: without it they would all read an open bucket.
    """

    def work(open_session: Session) -> datetime | None:
        open_session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(address, 0))))
        closed = throttle.blocked(open_session, place, at) or throttle.blocked(open_session, address, at)
        if closed is None:
            throttle.note(open_session, address, at, throttle.LOGIN)
        return closed

    return transact(work)


def _form(status: int, email: str = "", problem: str | None = None, wait_s: int = 0) -> Response:
    target = local_path(request.values.get("next"), "")
    page = render_template("login.html", email=email, problem=problem, next=target)
    answer = Response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    if wait_s:
        answer.headers["Retry-After"] = str(wait_s)
    return answer


@blueprint.get("/login")
def form() -> Response:
    """The sign-in page; who is in already goes home."""
    if current_user.is_authenticated:
        return redirect(current_user.home)
    return _form(200)


@blueprint.post("/login")
def enter() -> Response:
    """Sign in, by the same steps whether the address is known or not."""
    email = request.form.get("email", "").replace("\0", "")[:254].strip().lower()
    password = request.form.get("password", "")
    at = datetime.now(UTC)
    key: bytes = current_app.config["CARD_KEY"]
    address = throttle.bucket(key, "login", email)
    place = throttle.bucket(key, "login-from", request.remote_addr or "")
    closed = _admit(address, place, at)
    if closed:
        wait_s = int((closed - at).total_seconds()) + 1
        return _form(429, email, _("Too many tries. Please wait a little and try again."), wait_s)
    found = find(email, password)
    if found is None:
        transact(lambda open_session: throttle.note(open_session, place, at, FROM_ONE_PLACE))
        return _form(401, email, _("E-mail address or password is not right."))
    transact(lambda open_session: throttle.clear(open_session, address))
    return _welcome(*found)


def _welcome(caller: Caller, language: str) -> Response:
    """A new session for the caller, in the language chosen on this device or, kept with the person, elsewhere.

    German is everybody's default and so no choice: then the browser goes on deciding.
    """
    chosen = session.get("language") or (language if language != "de" else None)
    session.clear()
    if chosen:
        session["language"] = chosen
    login_user(caller)
    session.permanent = True
    return redirect(local_path(request.form.get("next"), caller.home), 303)


@blueprint.post("/logout")
def leave() -> Response:
    """Sign out; the language stays."""
    chosen = session.get("language")
    logout_user()
    session.clear()
    if chosen:
        session["language"] = chosen
    return redirect(url_for("login.form"), 303)


@manager.unauthorized_handler
def ask() -> Response:
    """Who is not signed in is asked to, and comes back to where they wanted to go."""
    wanted = request.full_path if request.query_string else request.path
    target = wanted if request.method == "GET" and wanted != "/" else None
    return redirect(url_for("login.form", next=target))


def _home_of_caller() -> dict[str, str]:
    return {"home_of_caller": current_user.home if current_user.is_authenticated else "/login"}


def init_app(app: Flask) -> None:
    """The sign-in pages and the caller of each request."""
    manager.init_app(app)
    manager.session_protection = (
        None  # addresses of phones change all day; the cookie is HttpOnly, Lax and signed
    )
    app.register_blueprint(blueprint)
    app.context_processor(_home_of_caller)
