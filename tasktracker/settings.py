"""The settings: the only place that reads the environment, through the typed readers of env.py.

Embedded default and production differ by variables only, never by files. .env.example lists them all.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from tasktracker.env import Environment, generated_secrets

BASE_DIR = Path(__file__).resolve().parent.parent
_data = Path(os.environ.get("TASKTRACKER_DATA", "").strip() or BASE_DIR / "var").expanduser().resolve()
_is_production = os.environ.get("TASKTRACKER_ENVIRONMENT", "").strip() == "production"
env = Environment(os.environ, {} if _is_production else generated_secrets(_data))

# --- where and how we run -----------------------------------------------------------------------------------
TASKTRACKER_ENVIRONMENT = env.choice("TASKTRACKER_ENVIRONMENT", "embedded", "embedded", "production")
TASKTRACKER_DATA = env.folder(
    "TASKTRACKER_DATA", str(_data)
)  # database, files and mails of the embedded form
PORT = env.whole("PORT", "8000", least=1, most=65535)
TASKTRACKER_BASE_URL = env.text("TASKTRACKER_BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
TASKTRACKER_WEB_PROCESSES = env.whole("TASKTRACKER_WEB_PROCESSES", "1", least=1, most=256)

# Django's own debug pages answer HTML to API callers and show settings, so they are never on.
# DEBUG=1 turns on ours: /dev/mail, /dev/push and `sweep --at`.
DEBUG = False
DEVELOPMENT = env.flag("DEBUG")
TASKTRACKER_ALLOW_TIME_TRAVEL = env.flag("TASKTRACKER_ALLOW_TIME_TRAVEL") or DEVELOPMENT

# --- secrets ------------------------------------------------------------------------------------------------
SECRET_KEY = env.secret("SECRET_KEY")
TASKTRACKER_TOKEN_KEYS = env.token_keys("TASKTRACKER_TOKEN_KEYS")  # the first signs, all verify
TASKTRACKER_SEALING_KEYS = env.sealing_keys("TASKTRACKER_SEALING_KEYS")  # the first seals, all open

# --- application --------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "tasktracker.web",  # before allauth, whose templates it replaces
    "tasktracker.apps.StaffAdminConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # for allauth's list of passkeys
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lucide",
    "rest_framework",
    "tasktracker",
    "tasktracker.outbox",
    "accounts",
    "tasks",
    "charges",
]
ROOT_URLCONF = "tasktracker.urls"
WSGI_APPLICATION = "tasktracker.wsgi.application"
APPEND_SLASH = False  # both spellings answer, without a redirect (tasktracker/middleware.py)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
TASKTRACKER_TRUSTED_PROXIES = env.networks("TASKTRACKER_TRUSTED_PROXIES", "")
TASKTRACKER_BEHIND_PROXY = env.flag("TASKTRACKER_BEHIND_PROXY")  # X-Forwarded-* is used
if TASKTRACKER_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tasktracker.middleware.Envelope",
    "tasktracker.middleware.Entrance",
    # From here on for browsers only: programs' calls go straight to their view.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tasktracker.middleware.Sessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tasktracker.middleware.PageBudget",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tasktracker.middleware.Refusals",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "pictures": {  # profile pictures, served by their own view; any storage of Django's fits
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TASKTRACKER_DATA / "pictures", "file_permissions_mode": 0o600},
    },
    "exports": {  # everything of an account, handed out to its owner only; any storage of Django's fits
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TASKTRACKER_DATA / "exports", "file_permissions_mode": 0o600},
    },
}
# Artifacts: on our own disk, unless there is a bucket (ADR 0046). The address is another host of ours, for
# those who want files from strangers to have an origin of their own; empty: TASKTRACKER_BASE_URL.
TASKTRACKER_ARTIFACTS = TASKTRACKER_DATA / "artifacts"
TASKTRACKER_FILES_URL = env.text("TASKTRACKER_FILES_URL").rstrip("/")
S3_BUCKET = env.text("S3_BUCKET")
S3_REGION = env.text("S3_REGION")
S3_ENDPOINT = env.text("S3_ENDPOINT")  # empty: Amazon's own
S3_ACCESS_KEY_ID = env.text("S3_ACCESS_KEY_ID")  # empty: boto3 looks for one, as in a role
S3_SECRET_ACCESS_KEY = env.text("S3_SECRET_ACCESS_KEY")
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # serves from the installed packages: nothing is ever collected
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database -----------------------------------------------------------------------------------------------
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # DEFERRED fails with "locked" under 4 writers (reliability.md M3)
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
}
_POSTGRES_OPTIONS = {
    "options": "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s",
    "server_side_binding": True,
    "prepare_threshold": 0,  # prepared at once: 1.2 to 1.6 times the throughput (PERFORMANCE.md)
}
_database = env.database("DATABASE_URL", f"sqlite:///{TASKTRACKER_DATA / 'tasktracker.sqlite3'}")
_is_sqlite = _database["ENGINE"].endswith("sqlite3")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {**(_SQLITE_OPTIONS if _is_sqlite else _POSTGRES_OPTIONS), **_database.get("OPTIONS", {})},
        "TEST": {"NAME": str(TASKTRACKER_DATA / "test.sqlite3")} if _is_sqlite else {},
    }
}

# --- cache and limits ---------------------------------------------------------------------------------------
CACHE_URL = env.text("CACHE_URL")  # redis://...; empty: counters inside the one web process
CACHES = {
    "default": {"BACKEND": "tasktracker.http.cache.SurvivingRedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # at 300, its default, it forgets django-ratelimit's counts
    }
}
if not CACHE_URL:
    # Its check asks for a shared cache; the embedded form has one web process (accounts for E003, W001).
    SILENCED_SYSTEM_CHECKS = ["django_ratelimit.E003", "django_ratelimit.W001"]
TASKTRACKER_LIMIT_STORE_URL = CACHE_URL
# How long a request waits for a dead or frozen cache, before this process counts by itself (M7).
TASKTRACKER_CACHE_TIMEOUT_SECONDS = env.factor("TASKTRACKER_CACHE_TIMEOUT_SECONDS", "0.05")
TASKTRACKER_LIMIT_SCALE = env.factor("TASKTRACKER_LIMIT_SCALE", "1")  # load tests only
TASKTRACKER_LIMITS: dict[str, tuple[tuple[int, int], ...]] = {  # name: ((count, seconds), ...)
    "account": ((300, 300), (2000, 3600)),  # triggers, mobile and pages together
    "trigger": ((60, 60),),
    "complete": ((60, 60),),
    "todo": ((300, 60),),
    "todo_stranger": ((300, 60),),  # per address, where nobody has to be signed in
    "progress": ((1200, 60),),  # per project key
    "mobile_address": ((120, 60),),  # before authentication
    "agents": ((480, 60), (4800, 3600)),  # for a personal key, or an account's session
    "uploads": ((600, 60),),  # signed up- and downloads, per address
    "documents": ((300, 60),),  # OpenAPI below /api, per address
    "fragment": ((300, 60),),  # live page fragments, which have a budget of their own
    "stakes": ((60, 10),),  # for a key
    "stakes_strangers": ((60, 10),),  # for an address without a valid key
}
TASKTRACKER_GUESS_LIMITS: dict[str, tuple[int, int]] = {  # what is tried: (count, seconds), in the database
    "sign_in.email": (10, 900),
    "sign_in.address": (100, 900),
    "second_factor.account": (10, 900),
    "sign_up.email": (5, 3600),
    "sign_up.address": (30, 3600),
    "code_request.email": (5, 24 * 3600),  # B.1 of the contract's todo.md
    "code_request.address": (100, 3600),
    "code_check.email": (5, 24 * 3600),
    "code_check.address": (100, 3600),
    "reset.email": (5, 3600),
    "reset.address": (30, 3600),
    "change_email.email": (5, 3600),
    "change_email.address": (30, 3600),
    "calendar.address": (100, 900),  # wrong tokens of feeds
    "invite.account": (50, 24 * 3600),  # invitations that one account may mail
}
TASKTRACKER_PUBLIC_PAGE_RATE = env.text(
    "TASKTRACKER_PUBLIC_PAGE_RATE", "300/m"
)  # per address, django-ratelimit

# --- background work and what leaves the building -----------------------------------------------------------
TASKTRACKER_BACKGROUND = env.choice("TASKTRACKER_BACKGROUND", "embedded", "embedded", "celery")
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", CACHE_URL or "memory://")
TASKTRACKER_LEASE_SECONDS = env.whole("TASKTRACKER_LEASE_SECONDS", "30", least=1, most=3600)
TASKTRACKER_RUN_LEASE_SECONDS = env.whole("TASKTRACKER_RUN_LEASE_SECONDS", "60", least=1, most=3600)
TASKTRACKER_DELIVERY_THREADS = env.whole("TASKTRACKER_DELIVERY_THREADS", "16", least=1, most=512)
TASKTRACKER_DELIVERY_DELAYS_SECONDS = env.seconds_list(
    "TASKTRACKER_DELIVERY_DELAYS_SECONDS", "0,5,300,1800,7200,18000,36000,50400,72000,86400"
)
TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS = env.flag("TASKTRACKER_ALLOW_LOOPBACK_WEBHOOKS")
TASKTRACKER_OWN_ADDRESSES = env.networks("TASKTRACKER_OWN_ADDRESSES", "")  # ours, never called by webhooks

# --- push: what is not configured here goes to the log ------------------------------------------------------
TASKTRACKER_VAPID_PRIVATE_KEY = env.push_key("TASKTRACKER_VAPID_PRIVATE_KEY")
TASKTRACKER_VAPID_SUBJECT = env.text("TASKTRACKER_VAPID_SUBJECT", "mailto:admin@example.com")
TASKTRACKER_EXPO_PUSH = env.flag("TASKTRACKER_EXPO_PUSH")
TASKTRACKER_EXPO_ACCESS_TOKEN = env.text("TASKTRACKER_EXPO_ACCESS_TOKEN")
TASKTRACKER_EXPO_URL = env.text("TASKTRACKER_EXPO_URL", "https://exp.host/--/api/v2/push/send")
TASKTRACKER_FCM_ACCOUNT_FILE = env.service_account("TASKTRACKER_FCM_ACCOUNT_FILE")
TASKTRACKER_FCM_URL = env.text("TASKTRACKER_FCM_URL", "https://fcm.googleapis.com")

# --- mail ---------------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.whole("EMAIL_PORT", "587", least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", "1")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = str(TASKTRACKER_DATA / "mail")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
TASKTRACKER_ACTION_MAILS_PER_DAY = env.whole(  # that actions of one organization send to strangers
    "TASKTRACKER_ACTION_MAILS_PER_DAY", "500", least=0, most=1_000_000
)
TASKTRACKER_MAIL_FROM = env.text("TASKTRACKER_MAIL_FROM", "Task Tracker <tasks@localhost>")
DEFAULT_FROM_EMAIL = TASKTRACKER_MAIL_FROM

# --- money --------------------------------------------------------------------------------------------------
# Without a key of its own the embedded form speaks to the practice processor that `make run` starts.
STRIPE_API_KEY = env.text("STRIPE_API_KEY")
STRIPE_API_BASE = env.text("STRIPE_API_BASE")  # empty: Stripe
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
TASKTRACKER_AUTHORISE_AFTER_SECONDS = env.whole(
    "TASKTRACKER_AUTHORISE_AFTER_SECONDS", "86400", most=30 * 86400
)  # after the mail server took the notification; so is the next
TASKTRACKER_CAPTURE_AFTER_SECONDS = env.whole("TASKTRACKER_CAPTURE_AFTER_SECONDS", "172800", most=30 * 86400)
TASKTRACKER_PROCESSOR_SECONDS = 5.0  # for one call
TASKTRACKER_CHARGE_SECONDS = 20.0  # for all of a charge that somebody waits for (reliability.md 4.1)
TASKTRACKER_TWIN_SECONDS = 15.0  # for a replay that came while the first was under way
TASKTRACKER_BEEMINDER_URL = env.text("TASKTRACKER_BEEMINDER_URL", "https://www.beeminder.com/api/v1")

# --- people and sessions ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.rules.passwords.PasswordRule"}]
SESSION_ENGINE = "accounts.operations.sessions"
SESSION_COOKIE_NAME = "sessionid"
SESSION_COOKIE_AGE = 24 * 3600  # seconds, not rolling (todo.md B.1)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/today/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # only so can sign-up keep to itself whether an address is known
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True  # SESSION_COOKIE_AGE for everybody
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "tasktracker.web.adapter.AccountAdapter"
ACCOUNT_RATE_LIMITS = False  # ours count in the database (accounts/operations/guesses.py)
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_FORMS = {
    "login": "tasktracker.web.forms.accounts.LoginForm",
    "signup": "tasktracker.web.forms.accounts.SignupForm",
    "reset_password": "tasktracker.web.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "tasktracker.web.forms.accounts.ResetPasswordKeyForm",
    "user_token": "tasktracker.web.forms.accounts.UserTokenForm",
    "reauthenticate": "tasktracker.web.forms.accounts.ReauthenticateForm",
}
MFA_ADAPTER = "tasktracker.web.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TASKTRACKER_BASE_URL.startswith("https://")  # http://localhost
MFA_FORMS = {
    "authenticate": "tasktracker.web.forms.accounts.CodeForm",
    "reauthenticate": "tasktracker.web.forms.accounts.CodeAgainForm",
}

# --- transport ----------------------------------------------------------------------------------------------
_is_https = TASKTRACKER_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https
CSRF_FAILURE_VIEW = "tasktracker.handlers.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = [
    "tasktracker.http.page_uploads.CappedUploads",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- REST framework -----------------------------------------------------------------------------------------
# Each dialect sets its own authentication, words and renderer (http/dialect.py): no defaults to rely on.
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}

# --- logs ---------------------------------------------------------------------------------------------------
TASKTRACKER_LOG_LEVEL = env.choice("TASKTRACKER_LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR")
TASKTRACKER_LOG_FORMAT = env.choice(
    "TASKTRACKER_LOG_FORMAT", "json" if _is_production else "text", "json", "text"
)
LOGGING_CONFIG = "tasktracker.logs.configure"
LOGGING = {"level": TASKTRACKER_LOG_LEVEL, "format": TASKTRACKER_LOG_FORMAT}

TASKTRACKER_ENVIRONMENT_NAMES = tuple(env.names)  # compared with .env.example in a test
env.finish()
