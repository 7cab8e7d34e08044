"""Django settings: wiring only. Everything that differs between installations comes from config.environment."""

from __future__ import annotations

from pathlib import Path

from config.environment import database_settings, read_environment

ENV = read_environment()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.allowed_hosts
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "config",
    "tenancy",
    "scheduling",
    "integrations",
    "exports",
    "sso",
    "api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenancy.middleware.CorrelationMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenancy.middleware.SessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "tenancy.web.shell_context",
                "scheduling.pages.shell.waiting_context",
            ],
            "builtins": ["django.templatetags.static"],
        },
    }
]

DATABASES = {"default": database_settings(ENV.database_url)}
if ENV.operator_database_url:
    DATABASES["operator"] = database_settings(ENV.operator_database_url)

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

_https = ENV.public_url.startswith("https:")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = False  # the grid's script sends the token in a header
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ENV.public_url]
SECURE_SSL_REDIRECT = False  # the proxy in front redirects; health checks come in plain
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the proxy in front redirects
if ENV.trusted_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.ScopeRequired"],
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

# The product's own settings, read through django.conf by the packages below.
ROTACAST_DATA_KEYS = ENV.data_keys
ROTACAST_INSTALLATION_ID = ENV.installation_id
ROTACAST_PUBLIC_URL = ENV.public_url
ROTACAST_DATA_DIR = ENV.data_dir
ROTACAST_MAIL_URL = ENV.mail_url
ROTACAST_MAIL_FROM = ENV.mail_from
ROTACAST_TRUSTED_PROXY = ENV.trusted_proxy
ROTACAST_EGRESS_GRANTS = ENV.egress_grants
ROTACAST_EGRESS_GRANTABLE = ENV.egress_grantable
ROTACAST_AUTHORITY_FILE = ENV.authority_file
ROTACAST_HOSTING_DIR = ENV.hosting_dir
ROTACAST_HOSTING_ADDRESS = ENV.hosting_address
ROTACAST_CONNECTOR_ROOTS = ["integrations.connectors", "exports.formats"]
ROTACAST_SESSION_IDLE_HOURS = 12
ROTACAST_LEASE_SECONDS = 30
# Addresses of our own that no connection may reach, whatever an organisation was granted.
ROTACAST_OWN_SERVICES = ENV.own_services

CELERY_BROKER_URL = ENV.redis_url

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"paramiko": {"level": "WARNING"}, "celery": {"level": "INFO"}},
}
