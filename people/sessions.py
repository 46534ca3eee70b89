"""Sessions with a row that says whose they are, so that one can see and end one's own.

Django's session is a closed box: who is in it stands only inside. This engine is the one that keeps
them in the database, and writes a people.OpenSession beside each that somebody is logged in with.
No cache stands in front: one that could not be reached when a session was ended would let it live
on. allauth.usersessions would keep addresses, whole user agents and the second of
every request; here the day is kept, and the device in plain words.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop

from common.prepared import Prepared
from common.readonly import is_read_only
from people.models import OpenSession

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from people.models import User

_DEVICE, _USED_ON, _ENDS_AT = "device", "used_on", "ends_at"  # in the session
_LAST_USE = f"{settings.SESSION_COOKIE_NAME}_used"
_NOTED_EVERY = 600  # seconds

_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", gettext_noop("a Mac")),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
]
# The first one that is found: each of the later ones is also named by those before it.
_BROWSERS = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]


def _with_key(key: str) -> QuerySet[Session]:
    """The session, and who is logged in with it."""
    return Session.objects.filter(session_key=key).select_related("open__user")


_WITH_KEY = Prepared(_with_key, key=str)


class SessionStore(DatabaseSessions):
    #: Whose it was when it was read, for people/backends.py.
    user: User | None = None

    def _get_session_from_db(self) -> Session | None:
        """As Django does, by a statement that is put together once."""
        for kept in _WITH_KEY.objects(key=self.session_key):
            if kept.expire_date > timezone.now():
                self.user = kept.open.user if hasattr(kept, "open") else None
                return kept
        self._session_key = None
        return None

    def save(self, must_create: bool = False) -> None:
        """Keep it, and whose it is. It ends SESSION_COOKIE_AGE after the log-in, however often it
        is saved meanwhile."""
        user_id = self.get(SESSION_KEY)
        if user_id is None:
            super().save(must_create)
            return
        now = timezone.now()
        if _ENDS_AT not in self:
            self[_ENDS_AT] = (now + timedelta(seconds=settings.SESSION_COOKIE_AGE)).isoformat()
            self[_USED_ON] = _day(now)
        ends_at = datetime.fromisoformat(self[_ENDS_AT])
        self.set_expiry(ends_at)
        super().save(must_create)
        OpenSession.objects.bulk_create(
            [
                OpenSession(
                    session_id=self.session_key,
                    user_id=int(user_id),
                    device=self.get(_DEVICE, ""),
                    since=_day(ends_at - timedelta(seconds=settings.SESSION_COOKIE_AGE)),
                    used_on=self[_USED_ON],
                )
            ],
            update_conflicts=True,
            unique_fields=["session"],
            update_fields=["user", "device", "used_on"],
        )


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def note_use(request: HttpRequest) -> None:
    """Remember that it was used today: at most one write a day, and none that would stop a page
    while the database can only be read."""
    today = _day(timezone.now())
    if request.session.get(_USED_ON, today) != today and not is_read_only():
        request.session[_USED_ON] = today


# Idle ---------------------------------------------------------------------------------------------
def is_idle(request: HttpRequest) -> bool:
    """Nothing was done in it for too long, by the cookie of its last use; without one, since the
    log-in. That is kept in the browser alone: here, a time of day would be one more trace."""
    last = _last_use(request)
    if last is None and _ENDS_AT in request.session:
        ends_at = datetime.fromisoformat(request.session[_ENDS_AT])
        last = ends_at.timestamp() - settings.SESSION_COOKIE_AGE
    return last is not None and _now() - last > settings.SESSION_IDLE_SECONDS


def remember_use(request: HttpRequest, response: HttpResponse) -> None:
    """A page that asks by itself whether there is news is no use of it."""
    if request.method in {"GET", "HEAD"} and "HX-Request" in request.headers:
        return
    last = _last_use(request)
    if last is not None and _now() - last < _NOTED_EVERY:
        return
    response.set_signed_cookie(
        _LAST_USE,
        str(int(_now())),
        salt=_salt(request),
        max_age=settings.SESSION_IDLE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _last_use(request: HttpRequest) -> float | None:
    known = request.get_signed_cookie(_LAST_USE, default="", salt=_salt(request))
    return float(known) if known else None


def _salt(request: HttpRequest) -> str:
    """The cookie of one session says nothing about another."""
    return f"last use of {request.session.session_key}"


def _now() -> float:
    return timezone.now().timestamp()


def name_device(request: HttpRequest) -> None:
    """Goes along when the session is written anyway, as at the log-in."""
    if not request.session.modified or not request.user.is_authenticated:
        return
    if _DEVICE not in request.session:
        request.session[_DEVICE] = device_in_words(request.headers.get("User-Agent", ""))


def device_in_words(user_agent: str) -> str:
    """Such as "Firefox on Linux": enough to know one's own devices by. It is kept in English;
    OpenSession.device_shown is for its reader."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or gettext_noop("Another program")


def handle_of(session: OpenSession) -> str:
    """Names it in a page. The key itself opens the session, and is never shown."""
    return salted_hmac("people.sessions", session.pk).hexdigest()[:20]


def end(sessions: list[OpenSession]) -> int:
    """Log them out there, at once. The number of sessions that were ended."""
    for session in sessions:
        # The row goes with the session.
        SessionStore(session.pk).delete()
    return len(sessions)


def end_all(user: User, *, but: str | None = None) -> int:
    """Every session of theirs, but for the one with this key."""
    return end(list(OpenSession.objects.filter(user=user).exclude(pk=but or "")))
