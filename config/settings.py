"""Settings of Second Story. Everything that differs between places comes from the environment;
README.md has the table of variables."""

import logging
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from common import stems
from common.sheet import note_sent
from config import environment as env
from config import logs
from config.schedule import schedule

PRODUCT_NAME = "Second Story"

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
DEBUG = env.flag("DEBUG")

DATABASE_URL = env.text("DATABASE_URL")
REDIS_URL = env.text("REDIS_URL")
ONE_MACHINE = not DATABASE_URL

SECRET_KEY = env.secret_key(DATA_DIR / "secret_key", one_machine=ONE_MACHINE)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Behind the receipt codes of confidential notes, and in no table: docs/confidential-notes.md.
NOTES_PEPPER = env.notes_pepper(SECRET_KEY, one_machine=ONE_MACHINE)

SITE_ORIGIN = env.text("SITE_ORIGIN", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_ORIGIN)
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured("SITE_ORIGIN must look like https://stories.example.org.")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"{_site.hostname},127.0.0.1,localhost")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name hosts; * accepts forged links.")
CSRF_TRUSTED_ORIGINS = [SITE_ORIGIN]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    # It brings six megabytes into every process, and no table.
    *(["allauth.socialaccount.providers.openid_connect"] if env.oidc_issuer() else []),
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "common",
    "people",
    "incidents",
    "postmortems",
    "actions",
    "lessons",
    "alerts",
    "api",
    "config",
]

MIDDLEWARE = [
    "config.logs.RequestIdMiddleware",
    "people.middleware.WhenceMiddleware",
    "config.metrics.RequestsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.policy.PolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "common.middleware.ResponseHeadersMiddleware",
    "common.sheet.SheetMiddleware",
    "common.middleware.LanguageMiddleware",
    "api.middleware.ProblemsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.middleware.BodySizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "people.middleware.WhoMiddleware",
    "people.middleware.FirstRunMiddleware",
    "people.middleware.LogInFirstMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.middleware.ReaderMiddleware",
    "config.pace.PaceMiddleware",
    "config.audit.middleware.TookAlongMiddleware",
    "common.middleware.AnotherTryMiddleware",
]

# Our `i18n` stands in for Django's: common/templatetags/translated.py. What an index holds besides
# is for PostgreSQL, and SQLite does without.
SILENCED_SYSTEM_CHECKS = ["templates.W003", "models.W040"]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "common.template_loading.PerLanguageLoader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "libraries": {"i18n": "common.templatetags.translated"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.product",
            ],
            "builtins": [
                "django.templatetags.static",
                "common.templatetags.icons",
                "common.templatetags.times",
                "common.templatetags.fields",
                "common.templatetags.texts",
                "common.templatetags.remembered",
                "common.templatetags.folded",  # after what it stands in for
            ],
        },
    }
]

# docs/search.md, also for where many search.
SEARCH_LANGUAGE = env.one_of("SEARCH_LANGUAGE", stems.LETTERS, default=stems.ENGLISH)
OPENSEARCH_URL = env.opensearch(DATABASE_URL)
OPENSEARCH_CA = env.text("OPENSEARCH_CA")
OPENSEARCH_PREFIX = env.text("OPENSEARCH_PREFIX", "second-story")

DATABASES = {"default": env.database(DATABASE_URL, DATA_DIR / "db.sqlite3")}
# Who may use what `migrate` makes: config/database_role.py.
PRODUCT_ROLE, PRODUCT_ROLE_PASSWORD = env.product_role()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_in_the_database = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache",
}
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "common.caching.RedisOrDatabaseCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "second-story",
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        },
        "database": _in_the_database,
    }
else:
    CACHES = {"default": _in_the_database}
# What is counted while somebody only reads: config/pace.py. On one machine it must not wait for
# whoever writes to the database.
CACHES["counts"] = (
    {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "counts"),
    }
    if ONE_MACHINE and not REDIS_URL
    else CACHES["default"]
)

# Accounts ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["people.backends.AccountBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 3600
ACCOUNT_ADAPTER = "people.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_FORMS = {
    "login": "people.forms.account.LoginForm",
    "reset_password": "people.forms.account.ResetPasswordForm",
    "reset_password_from_key": "people.forms.account.NewPasswordForm",
    "reauthenticate": "people.forms.second_step.PasswordAgainForm",
}
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/5m/ip,10/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "10/5m/user",
    "policy_report": "30/m/ip",
}
MFA_ADAPTER = "people.second_step.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "people.forms.second_step.CodeForm",
    "reauthenticate": "people.forms.second_step.CodeAgainForm",
    "activate_totp": "people.forms.second_step.FirstCodeForm",
    "add_webauthn": "people.forms.second_step.PasskeyForm",
    "login_webauthn": "people.forms.second_step.PasskeyLoginForm",
    "authenticate_webauthn": "people.forms.second_step.PasskeyStepForm",
    "reauthenticate_webauthn": "people.forms.second_step.PasskeyAgainForm",
}
# Single sign-on, when an issuer is named: docs/accounts.md.
OIDC_ISSUER = env.oidc_issuer()
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME", "single sign-on")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", "groups")
#: {group of the provider: "member", "facilitator" or "admin"}
OIDC_GROUP_ROLES = env.group_roles("OIDC_GROUP_ROLES")
SOCIALACCOUNT_ADAPTER = "people.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = env.oidc_provider(
    OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_NAME
)
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)

# Who may ask for /metrics: whoever sends this token, and these addresses. Nobody, without either.
METRICS_TOKEN = env.token("METRICS_TOKEN")
METRICS_FROM = env.networks("METRICS_FROM")

# Transport, cookies, headers --------------------------------------------------------------------
INSECURE_HTTP = env.flag("INSECURE_HTTP", default=DEBUG)
if INSECURE_HTTP and not ONE_MACHINE and _site.hostname not in {"127.0.0.1", "localhost"}:
    raise ImproperlyConfigured("INSECURE_HTTP=1 is for this machine only. Put a proxy with TLS.")
SECURE_SSL_REDIRECT = not INSECURE_HTTP
# Led on to https, a program would go on sending its token in the open: see api/middleware.py.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$", r"^(api|hooks)/"]
SECURE_HSTS_SECONDS = 0 if INSECURE_HTTP else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not INSECURE_HTTP
SECURE_HSTS_PRELOAD = not INSECURE_HTTP
if env.number("TRUSTED_PROXY_COUNT", 0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_cookie_prefix = "" if INSECURE_HTTP else "__Host-"
SESSION_COOKIE_NAME = f"{_cookie_prefix}sessionid"
CSRF_COOKIE_NAME = f"{_cookie_prefix}csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 7 * 24 * 3600
# Without anything done: people/sessions.py.
SESSION_IDLE_SECONDS = 8 * 3600
SESSION_ENGINE = "people.sessions"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
POLICY_REPORTS = "/policy-reports"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: is for the control icons inside Tabler's style sheet.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The log-in is sent on to the provider.
        "form-action": [SELF, *env.origins(OIDC_ISSUER)],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        # Newer browsers know the second: config/policy.py.
        "report-uri": [POLICY_REPORTS],
        "report-to": ["policy"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
# A pasted timeline is looked over on one page: 500 events with five fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_PERMISSIONS = 0o640
ATTACHMENT_MAX_BYTES = env.size("ATTACHMENT_MAX_MB", 10)
# Several files of a form that is sent without our script, which sends one at a time.
REQUEST_WITH_FILES_MAX_BYTES = 5 * ATTACHMENT_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE

# Language, time, files --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Each in its own words. A language more: docs/languages.md.
LANGUAGES = [("en", "English"), ("sv", "Svenska")]
# What a browser chose before the log-in; then that of the person counts.
LANGUAGE_COOKIE_NAME = f"{_cookie_prefix}language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = not INSECURE_HTTP
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "common.bundles.BundleFinder",
]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": env.file_storage(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_ADD_HEADERS_FUNCTION = note_sent
SHEET_COOKIE_NAME = f"{_cookie_prefix}sheet"

# Mail -------------------------------------------------------------------------------------------
globals().update(env.mail(env.text("EMAIL_URL"), DATA_DIR / "mail"))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{PRODUCT_NAME} <stories@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# How long a worker may hold what it sends before others take it for dead, the longest wait before
# the second attempt (then it doubles), and how often forgotten work is looked for.
DELIVERY_LEASE_SECONDS = env.number("DELIVERY_LEASE_SECONDS", 120)
DELIVERY_WAIT_SECONDS = env.number("DELIVERY_WAIT_SECONDS", 60)
DELIVERY_SWEEP_SECONDS = env.number("DELIVERY_SWEEP_SECONDS", 30)

# What is sent to chats and programs goes to public addresses by https, unless it is said here:
# names or networks inside that may be reached, and whether http is allowed.
OUTBOUND_INSIDE = env.text("OUTBOUND_INSIDE").replace(",", " ").split()
OUTBOUND_HTTP = env.flag("OUTBOUND_HTTP")

# Trackers that are asked for tickets: {host of their API: token}. docs/trackers.md has more.
TRACKER_TOKENS = dict(entry.split("=", 1) for entry in env.words("TRACKER_TOKENS") if "=" in entry)

# Celery: never the truth, only the hands (people/notifications.py keeps what must be told) -------
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Longer than the longest task, or a slow one runs twice.
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
    }
else:
    CELERY_BROKER_TRANSPORT = "config.broker.Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": DATA_DIR / "queue",
        "data_folder_out": DATA_DIR / "queue",
        "control_folder": DATA_DIR / "queue-control",
        "polling_interval": 0.2,
    }
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A task whose broker goes away runs on, and may run twice: each is harmless then. Cancelled, a
# worker would die between the answer of a mail server and the note of it.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
# Everything else goes to the queue "celery".
CELERY_TASK_ROUTES = {"people.tasks.deliver_waiting": {"queue": "mail"}}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# Those that docker-compose.yml has its workers listen to. The clock sends a heartbeat to each:
# see config/readiness.py.
QUEUES = ("celery", "mail")
HEARTBEAT_SECONDS = 30
FEED_SEARCH_SECONDS = 5
CELERY_BEAT_SCHEDULE = schedule(
    queues=QUEUES,
    heartbeat=HEARTBEAT_SECONDS,
    sweep=DELIVERY_SWEEP_SECONDS,
    feed=FEED_SEARCH_SECONDS if OPENSEARCH_URL else None,
)

# A task carries the id of the request that asked for it. Its start and end are for debugging.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": logs.formatter(is_json=env.flag("LOG_JSON", default=not (DEBUG or ONE_MACHINE)))
    },
    "filters": {"confidence": {"()": "config.logs.LeaveOutConfidence"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["confidence"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING").upper()},
}

# Calls that one token of the API has in a minute.
API_CALLS_PER_MINUTE = env.number("API_CALLS_PER_MINUTE", 600)
# Deliveries that one source of alerts has in a minute: docs/alerts.md.
ALERTS_PER_MINUTE = env.number("ALERTS_PER_MINUTE", 120)
# Searches and files (exports, PDFs) that one person has in a minute.
SEARCHES_PER_MINUTE = env.number("SEARCHES_PER_MINUTE", 300)
EXPORTS_PER_MINUTE = env.number("EXPORTS_PER_MINUTE", 30)

# How long somebody who signed a publication can take it back, before anybody is told.
TAKE_BACK = timedelta(minutes=env.number("TAKE_BACK_MINUTES", 10))
