"""Settings of the portal. Everything a deployment may change is read from the environment through `env`."""

import os
import sys
from pathlib import Path

import environ
from celery.schedules import crontab
from django_guid.integrations import CeleryIntegration

from qianjiang_portal import embedded, env, errors

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.data_dir()

DEBUG = env.flag("DEBUG", default=True)
TESTING = "pytest" in sys.modules
SECRET_KEY = env.secret("SECRET_KEY", debug=DEBUG)
# What telephone numbers and second factors are sealed with in their columns, and older keys that still open them. Keep
# it elsewhere than the database and its backups; without it those texts are lost.
FIELD_KEY = env.field_key("FIELD_KEY", debug=DEBUG)
FIELD_KEYS_OLD = env.hex_keys("FIELD_KEYS_OLD")
FIELD_CIPHER = env.one_of("FIELD_CIPHER", ("aes", "sm4"))
ALLOWED_HOSTS = env.text("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in env.text("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

# A demonstration may move its clock and shows 演示数据 on every page; a district's own portal does neither.
PORTAL_DEMO = env.flag("PORTAL_DEMO", default=DEBUG)
PORTAL_CLOCK = env.text("PORTAL_CLOCK", f"file:{DATA_DIR / 'clock'}" if PORTAL_DEMO and DEBUG and not TESTING else "")
# Proxies in front that add to X-Forwarded-For: from the right place on, its addresses are believed.
PROXY_COUNT = env.number("PROXY_COUNT", 0)
PORTAL_PUBLIC_URL = env.text("PORTAL_PUBLIC_URL", "")
PORTAL_OFFICE = env.text("PORTAL_OFFICE", "黔江区农业农村委员会")
PORTAL_OFFICE_PHONE = env.text("PORTAL_OFFICE_PHONE", "023-0000 0114")

INSTALLED_APPS = [
    "qianjiang_portal.administration.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "django_guid",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "qianjiang_portal.foundation",
    "qianjiang_portal.pages",
    "villages",
    "points",
    "demos",
    "reports",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "qianjiang_portal.foundation.origin.OriginMiddleware",
    "qianjiang_portal.foundation.origin.PermissionsPolicyMiddleware",
    "qianjiang_portal.pages.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "qianjiang_portal.foundation.compressed.CompressedMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "qianjiang_portal.pages.large.LargePrintMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qianjiang_portal.foundation.history.HistoryMiddleware",
    "villages.middleware.SlidingSessionMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qianjiang_portal.foundation.htmx.SessionExpiredMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "villages.middleware.FirstPasswordMiddleware",
    "villages.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "qianjiang_portal.foundation.addresses.NullCharacterMiddleware",
    "qianjiang_portal.pages.not_found.NotOpenedMiddleware",
    "qianjiang_portal.pages.not_found.NotFoundMiddleware",
]

ROOT_URLCONF = "qianjiang_portal.urls"
WSGI_APPLICATION = "qianjiang_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qianjiang_portal.pages.context.frame",
            ],
        },
    }
]

DATABASES = {"default": environ.Env.db_url_config(env.text("DATABASE_URL", "") or embedded.database_url())}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
}
# A server that is switched off answers nothing at all: say so soon, instead of when the network gives up.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
if env.flag("PGBOUNCER"):
    # Transaction pooling: nothing may outlive a transaction, neither a connection's cursor nor the connection.
    DATABASES["default"] |= {"DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 0}
if replica_url := env.text("PORTAL_REPLICA_URL", ""):
    # Read by the pages that `foundation.replica` is asked for, never written to.
    DATABASES["replica"] = (
        DATABASES["default"]
        | environ.Env.db_url_config(replica_url)
        | {"OPTIONS": {"connect_timeout": 2}, "TEST": {"MIRROR": "default"}}
    )
    DATABASE_ROUTERS = ["qianjiang_portal.foundation.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", "") or embedded.redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
SESSION_ENGINE = "villages.sessions"

AUTH_USER_MODEL = "villages.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "villages.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "villages:sign-in"
LOGIN_REDIRECT_URL = "index"
LOGOUT_REDIRECT_URL = "index"

# Five tries, then fifteen minutes, counted for the account and the address together: a whole township shares one
# address, so the address alone must never lock.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_CLIENT_IP_CALLABLE = "qianjiang_portal.foundation.origin.address_of"
AXES_LOCKOUT_CALLABLE = "villages.views.accounts.locked_out"
AXES_VERBOSE = False
# Its lists are in English, and nothing in them helps: a locked account opens by itself.
AXES_ENABLE_ADMIN = False

# For visitors; whoever signs in has the district's setting `idle_minutes`.
SESSION_COOKIE_AGE = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS", default=not DEBUG)
# Behind a proxy that ends TLS and sets this header itself.
if env.flag("PROXY_TLS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=not DEBUG)
# Probes come from inside, in the clear.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# What a browser could hand to a page, and who may have it; copying a token and full screen are the portal's own.
PERMISSIONS_POLICY = dict.fromkeys(
    (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    ),
    "",
) | {"clipboard-write": "self", "fullscreen": "self"}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# Levels of a message by the kinds of note the pages know.
MESSAGE_TAGS = {10: "info", 20: "info", 25: "ok", 30: "warn", 40: "err"}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
# A whole version of rules is changed in one form: eighty items of sixteen fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# Several hosts have to see the same stored files: then a folder they share.
FILES_DIR = env.text("PORTAL_FILES", "") or DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TESTING
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SOFT_TIME_LIMIT = 15 * 60
CELERY_TASK_TIME_LIMIT = 20 * 60
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the hard time limit, so that no running task is handed out twice.
    "visibility_timeout": 30 * 60,
    # Nobody at a page waits for a broker that is away: the sweeper brings the message.
    "max_retries": 1,
    "interval_start": 0.2,
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE

# The API. A token may ask so often a minute; whoever reads without one shares the limit of their address.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["villages.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["qianjiang_portal.foundation.api.bodies.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "qianjiang_portal.foundation.api.paging.Pages",
    "DEFAULT_THROTTLE_CLASSES": [
        "qianjiang_portal.foundation.api.throttling.ReadThrottle",
        "qianjiang_portal.foundation.api.throttling.WriteThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "read": f"{env.number('API_READS_A_MINUTE', 600)}/min",
        "write": f"{env.number('API_WRITES_A_MINUTE', 120)}/min",
        "public": f"{env.number('API_PUBLIC_READS_A_MINUTE', 6000 if TESTING else 60)}/min",
    },
    "DEFAULT_SCHEMA_CLASS": "qianjiang_portal.foundation.api.schema.Described",
    "NUM_PROXIES": PROXY_COUNT,
    "EXCEPTION_HANDLER": "qianjiang_portal.foundation.api.errors.answer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "黔江区乡村治理积分管理平台接口",
    "VERSION": "1",
    "DESCRIPTION": "读写积分、公示、存折和汇总数字。能做的事不超过令牌所有人的任职。",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_GENERATOR_CLASS": "qianjiang_portal.foundation.api.schema.KeptGenerator",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # What a change of a row must carry is required in the schema too.
    "COMPONENT_SPLIT_PATCH": False,
    # States of different things have the same field name: each set of them is called what it is the state of.
    "ENUM_NAME_OVERRIDES": {
        "HouseholdState": "villages.models.households.Household.State",
        "ClaimState": "points.models.batches.State",
        "RuleSetState": "points.models.rules.RuleSet.State",
        "NoticeState": "points.models.notices.Notice.State",
        "RuleKind": "points.models.rules.Rule.Kind",
        "EntryKind": "points.models.ledger.Kind",
        "SummaryState": "reports.models.summaries.Summary.State",
        "StageKey": "demos.models.programmes.Stage.Key",
        "SectionKey": "reports.models.summaries.SummarySection.Key",
    },
}

# Beat only writes rows that are due; running twice or late changes nothing.
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {
        "task": "qianjiang_portal.foundation.sweep_jobs",
        "schedule": float(env.text("JOB_SWEEP_SECONDS", "60")),
    },
    "queue-due-notices": {"task": "points.queue_due_notices", "schedule": float(env.text("DUE_SECONDS", "60"))},
    "queue-due-honours": {"task": "points.queue_due_honours", "schedule": float(env.text("DUE_SECONDS", "60"))},
    # In the early hours of January what is to be prepared, in the morning what is due.
    "queue-year-ends": {"task": "points.queue_year_ends", "schedule": crontab(hour="4-18", minute="20")},
    "queue-due-reports": {"task": "reports.queue_due", "schedule": float(env.text("DUE_SECONDS", "60"))},
    "refresh-covers": {"task": "demos.refresh_covers", "schedule": 3600.0},
    "back-up": {"task": "pages.queue_backup", "schedule": crontab(hour="1-5", minute="15")},
    "clear-sessions": {"task": "pages.clear_sessions", "schedule": crontab(hour="3", minute="5")},
    # At night, before the clerks come; missed nights are made up when beat is back.
    "check-books": {"task": "points.queue_reconciliation", "schedule": crontab(hour="2-6", minute="30")},
    "seal-audit": {
        "task": "qianjiang_portal.foundation.queue_audit_seal",
        "schedule": crontab(hour="1-6", minute="45"),
    },
    "forget-packages": {"task": "reports.forget_packages", "schedule": 3600.0},
    "forget-answers": {"task": "villages.forget_answers", "schedule": 3600.0},
    "forget-lookups": {"task": "points.forget_lookups", "schedule": 3600.0},
    "snapshot-households": {"task": "points.snapshot_households", "schedule": 3600.0},
}

# A lease outlives two renewals; a worker that is killed loses its job to the sweeper after this many seconds.
JOB_LEASE_SECONDS = int(env.text("JOB_LEASE_SECONDS", "60"))

# Each request has a number: the proxy's where it sends one, else a new one; answers, log lines and jobs carry it.
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "VALIDATE_GUID": True,
    "RETURN_HEADER": True,
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration(use_django_logging=False, log_parent=False)],
}

DEFAULT_EXCEPTION_REPORTER = "qianjiang_portal.foundation.faults.BriefReporter"
# LOG_FORMAT=json writes one object a line for a collector; people read `line`.
LOG_FORMAT = env.text("LOG_FORMAT", "line" if DEBUG else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "django_guid.log_filters.CorrelationId"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{correlation_id}] {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(correlation_id)s %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "rename_fields": {"asctime": "at", "levelname": "level", "correlation_id": "request"},
            "json_ensure_ascii": False,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
        "django_guid": {"level": "WARNING"},
        # Whoever watches a demonstration wants its own lines only.
        "portal.requests": {"level": "WARNING" if LOG_FORMAT == "line" else "INFO"},
    },
}

# Backups: where they lie, how many days are kept, whether the workers make one each night, and the key they are sealed
# with (64 hex digits; keep it elsewhere, without it a sealed backup is lost).
BACKUP_DIR = env.text("BACKUP_DIR", "") or DATA_DIR / "backups"
BACKUP_KEEP = env.number("BACKUP_KEEP", 14)
BACKUP_NIGHTLY = env.flag("BACKUP_NIGHTLY", default=not DEBUG)
BACKUP_KEY = env.hex_key("BACKUP_KEY")

# Prometheus asks /metrics with this token; without one the page is not there.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")

# Errors go to a collector of Sentry's protocol when one is named: no bodies, no names, no addresses of people.
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    errors.report_to(SENTRY_DSN)
