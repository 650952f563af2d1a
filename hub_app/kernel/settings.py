"""Settings: environment variables or `.env`, all with working defaults, validated at start.

The two keys are made on the first start into `<data_dir>/keys.env`, readable by the owner alone.
"""

import base64
import logging
import os
import secrets
import tempfile
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

Network = IPv4Network | IPv6Network
TierName = Literal["free", "starter", "professional", "scale", "enterprise"]
TIERS: dict[TierName, str] = {
    "free": "rate_limit_tier_free_req_per_min",
    "starter": "rate_limit_tier_starter_req_per_min",
    "professional": "rate_limit_tier_pro_req_per_min",
    "scale": "rate_limit_tier_scale_req_per_min",
    "enterprise": "rate_limit_tier_enterprise_req_per_min",
}
"""Each tier, the smallest first, and the setting that says what it allows."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_log = logging.getLogger(__name__)


class KeysMissing(RuntimeError):
    """The file with the keys is there and lacks one; the message says which, and what to do."""


class Settings(BaseSettings):
    """Every setting of Hub. The environment name is the field's name in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    # Where it runs
    data_dir: Path = Path("data")
    host: str = "0.0.0.0"  # noqa: S104 - a server for a team; behind a proxy set HOST=127.0.0.1
    port: int = Field(default=3000, ge=1, le=65535)
    public_url: str = ""
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    dev_mode: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # What this process does: all of it, screens and REST alone, or the work in the background alone.
    role: Literal["all", "web", "worker"] = "all"
    # Where a worker, which serves nothing else, shows its metrics to its own machine.
    worker_metrics_port: int | None = Field(default=None, ge=1, le=65535)

    # What it stands on
    database_url: str = ""
    database_pool_size: int = Field(default=10, ge=2, le=200)
    redis_url: str = ""
    encryption_key: SecretStr = SecretStr("")
    encryption_keys_old: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    secret_key: SecretStr = SecretStr("")
    secret_keys_old: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    outbound_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = ()

    # Jobs
    job_capacity: int = Field(default=10, ge=1, le=200)
    job_capacity_per_tenant: int = Field(default=4, ge=1, le=200)

    # Access
    api_token_expiry_days: int = Field(default=365, ge=1)
    session_idle_hours: int = Field(default=12, ge=1)
    session_absolute_days: int = Field(default=30, ge=1)
    default_tier: TierName = "professional"
    rate_limit_tier_free_req_per_min: int = Field(default=60, ge=1)
    rate_limit_tier_starter_req_per_min: int = Field(default=250, ge=1)
    rate_limit_tier_pro_req_per_min: int = Field(default=1000, ge=1)
    rate_limit_tier_scale_req_per_min: int = Field(default=2500, ge=1)
    rate_limit_tier_enterprise_req_per_min: int = Field(default=5000, ge=1)
    rate_limit_window_seconds: int = Field(default=60, ge=1)

    # Webhooks
    webhook_max_retries: int = Field(default=5, ge=0, le=50)
    webhook_retry_backoff_seconds: int = Field(default=60, ge=1)
    webhook_timeout_seconds: int = Field(default=30, ge=1, le=300)
    webhook_max_payload_size_kb: int = Field(default=1024, ge=1, le=16384)
    webhook_delivery_ttl_hours: int = Field(default=24, ge=1)
    webhook_disable_after_days: int = Field(default=5, ge=1)
    webhook_retention_days: int = Field(default=30, ge=1)
    webhook_concurrency: int = Field(default=64, ge=1, le=1024)

    # Connectors
    connector_timeout_seconds: int = Field(default=30, ge=1, le=300)
    connector_max_response_kb: int = Field(default=4096, ge=64, le=65536)
    execution_retention_days: int = Field(default=30, ge=1)
    plan_max_waiting_runs: int = Field(default=1000, ge=1, le=100_000)

    # Syncing: seconds until a source that could not be reached is tried again, three times as long after each failure
    sync_retry_seconds: float = Field(default=5, ge=0, le=3600)
    sync_job_retention_days: int = Field(default=90, ge=1)

    # CRM: other limits for a provider, such as tave=600/10000 for so many calls per minute and per hour
    crm_rate_limits: Annotated[dict[str, tuple[int, int]], NoDecode] = Field(
        default_factory=dict[str, tuple[int, int]]
    )

    # PSA: hosts on the operator's own network, with or without a port (http is for these alone), and versions of APIs to ask for,
    # such as connectwise=2025.16
    psa_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    psa_api_versions: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict[str, str])

    # Seconds for which a note that a PSA did not confirm is looked for, before it counts as not posted
    psa_note_wait_seconds: float = Field(default=120, ge=0, le=3600)

    # OAuth
    oauth_token_expiry_minutes: int = Field(default=60, ge=1)
    oauth_refresh_token_expiry_days: int = Field(default=30, ge=1)
    oauth_authorization_code_expiry_minutes: int = Field(default=10, ge=1)
    oauth_redirect_uri_base: str = ""

    # Governance
    consent_policy_version: int = Field(default=1, ge=1)
    consent_audit_log_retention_days: int = Field(default=2555, ge=1)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value:
            return value
        try:
            url = make_url(value)
        except ArgumentError:
            raise ValueError("is not a database URL such as postgresql://user:password@host/name") from None
        if url.drivername not in _DRIVERS:
            raise ValueError("must be a sqlite:// or postgresql:// URL")
        return value

    @field_validator("public_url", "oauth_redirect_uri_base")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        value = value.rstrip("/")
        if value and (not value.startswith(("http://", "https://")) or value.count("/") != 2):  # noqa: PLR2004
            raise ValueError("must be scheme and host only, such as https://hub.example.com")
        return value

    @field_validator("encryption_key")
    @classmethod
    def _key_of_32_bytes(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            decode_key(value)
        return value

    @field_validator("crm_rate_limits", mode="before")
    @classmethod
    def _split_limits(cls, value: object) -> object:
        """`tave=600/10000, custom=60/1000`: 0 is no limit."""
        if not isinstance(value, str):
            return value
        found: dict[str, tuple[int, int]] = {}
        for one in value.replace(",", " ").split():
            provider, _, limits = one.partition("=")
            minute, slash, hour = limits.partition("/")
            if not slash or not (minute.isdecimal() and hour.isdecimal()):
                raise ValueError("must be such as tave=600/10000: calls per minute and per hour")
            found[provider] = (int(minute), int(hour))
        return found

    @field_validator("psa_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        hosts = tuple(one.lower() for one in value.replace(",", " ").split())
        if any("/" in one or "*" in one for one in hosts):
            raise ValueError(
                "must be host names such as psa.example.com, perhaps with a port, separated by spaces"
            )
        return hosts

    @field_validator("psa_api_versions", mode="before")
    @classmethod
    def _split_versions(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, str] = {}
        for one in value.replace(",", " ").split():
            provider, _, version = one.partition("=")
            if not version:
                raise ValueError("must be such as connectwise=2025.16")
            found[provider] = version
        return found

    @field_validator("encryption_keys_old", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return tuple(k for k in value.replace(",", " ").split() if k) if isinstance(value, str) else value

    @field_validator("secret_keys_old", mode="before")
    @classmethod
    def _split_texts(cls, value: object) -> object:
        # Any text can be a SECRET_KEY: spaces stand inside one.
        return tuple(k.strip() for k in value.split(",") if k.strip()) if isinstance(value, str) else value

    @field_validator("encryption_keys_old")
    @classmethod
    def _old_keys_of_32_bytes(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in value:
            decode_key(key)
        return value

    @field_validator("outbound_allowed_networks", "trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part) for part in value.replace(",", " ").split())

    def own_address(self) -> str:
        """Where people open Hub: `public_url`, or the address that the server is started for.

        Links are built from it, never from a request: its Host header is whatever the caller wrote.
        """
        if self.public_url:
            return self.public_url
        here = self.host in {"0.0.0.0", "::", "127.0.0.1", "::1"}  # noqa: S104 - only compared
        host = "localhost" if here else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def sqlalchemy_url(self) -> URL:
        """The database URL with the driver Hub uses; a SQLite file in `data_dir` when none is set."""
        if not self.database_url:
            return URL.create("sqlite+aiosqlite", database=str(self.data_dir / "hub.db"))
        url = make_url(self.database_url)
        return url.set(drivername=_DRIVERS[url.drivername])

    def requests_per_window(self, tier: str) -> int:
        """Allowed REST calls per `rate_limit_window_seconds` and token for a tenant of this tier."""
        return int(getattr(self, TIERS[cast("TierName", tier)]))


def decode_key(key: SecretStr) -> bytes:
    """The 32 bytes of an encryption key; ValueError with a sentence when it is not one."""
    try:
        raw = base64.b64decode(key.get_secret_value(), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 32:  # noqa: PLR2004 - AES-256
        raise ValueError("must be the urlsafe base64 of 32 random bytes (44 characters)")
    return raw


@cache
def get_settings() -> Settings:
    """The settings of this process, with keys: those given, else those of `<data_dir>/keys.env`.

    KeysMissing when that file lacks one.
    """
    settings = Settings()
    if settings.encryption_key.get_secret_value() and settings.secret_key.get_secret_value():
        return settings
    kept = _read_or_make_keys(settings.data_dir / "keys.env")
    return settings.model_copy(
        update={
            "encryption_key": settings.encryption_key
            if settings.encryption_key.get_secret_value()
            else Settings(encryption_key=SecretStr(kept["ENCRYPTION_KEY"])).encryption_key,
            "secret_key": settings.secret_key
            if settings.secret_key.get_secret_value()
            else SecretStr(kept["SECRET_KEY"]),
        }
    )


def _read_or_make_keys(path: Path) -> dict[str, str]:
    # For its owner alone, with all that comes to lie in it: the database, states of browsers.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make_keys(path)
    lines = (
        line.strip().partition("=") for line in path.read_text().splitlines() if not line.startswith("#")
    )
    kept = {name: value for name, _, value in lines if value}
    missing = [name for name in ("ENCRYPTION_KEY", "SECRET_KEY") if name not in kept]
    if missing:
        raise KeysMissing(
            f"{path} has no {' and no '.join(missing)}. Put your copy of that file back; without its ENCRYPTION_KEY no stored"
            " credential can be read again. If nothing is stored yet, delete it: Hub makes new keys."
        )
    return kept


def _make_keys(path: Path) -> None:
    """Write new keys, whole or not at all: of several processes that start at once, one makes them and all read them."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(
                "# Made by Hub on its first start. Keep a copy somewhere safe: without ENCRYPTION_KEY no stored\n"
                "# credential can be read again.\n"
                f"ENCRYPTION_KEY={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}\n"
                f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
            )
        with suppress(FileExistsError):
            _put_in_place(Path(name), path)
            _log.warning("Made new keys in %s. Keep a copy of that file: stored credentials need it.", path)
    finally:
        Path(name).unlink(missing_ok=True)


def _put_in_place(written: Path, path: Path) -> None:
    """FileExistsError when somebody was quicker. Some file systems have no links: there the last one stays."""
    try:
        os.link(written, path)
    except FileExistsError:
        raise
    except OSError:
        written.replace(path)
