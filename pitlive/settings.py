"""Environment and one TOML file → one frozen `Settings`; the only reader of os.environ.

Precedence: keyword, then `PITLIVE_<NAME>` in the environment, then the TOML file that
`PITLIVE_CONFIG` names (default `pitlive.toml` in the working folder, if it is there).
Every setting has its heading in `docs/operations.md`; a test sees to it.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pitlive.errors import SettingsError
from pitlive.reported import MOST_GROUPS

METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""What prometheus_client reads when it is imported: where workers leave what they count."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")

WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 - told apart, not bound to


def plain(address: str) -> str:
    """Return an address as the door sees it: IPv4 that is wrapped in IPv6 as it is alone.

    Raises:
        ValueError: It is none.

    >>> plain(" ::FFFF:10.0.0.1"), plain("0::1")
    ('10.0.0.1', '::1')
    """
    ip = ip_address(address.strip())
    return str(getattr(ip, "ipv4_mapped", None) or ip)


class Settings(BaseSettings):
    """Everything that can be set, with defaults that suit one machine."""

    model_config = SettingsConfigDict(
        env_prefix="PITLIVE_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    host: str = Field("127.0.0.1", description="Address the web server binds to.")
    peers: str = Field(
        "",
        description="Addresses by commas that alone may connect, besides this machine's own; "
        "empty: all.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port of the web server.")
    workers: int = Field(1, ge=1, le=64, description="Web worker processes.")
    data_dir: Path = Field(
        Path("~/.local/share/pitlive"), description="Folder of the embedded Redis and of run files."
    )
    redis_url: str = Field(
        "", description="A Redis or Valkey to use instead of the embedded one (redis://, unix://)."
    )
    replicas_acknowledge: int | None = Field(
        None,
        description="Replicas of Redis that must have on disk what is acknowledged; auto: one "
        "where there are any.",
    )
    operators_file: Path | None = Field(
        None, description="File of name:hash lines; without it nobody can log in."
    )
    disk_reserve: int = Field(
        64 * 2**20,
        ge=0,
        description="Room on the embedded Redis's disk below which writes are refused [bytes].",
    )
    private: bool = Field(False, description="Reading needs a login too, as writing does.")
    open_sources: bool = Field(
        False, description="Entries for an undeclared source create it as an open race."
    )
    body_limit: int = Field(
        16 * 2**20, ge=1024, description="Largest request body [bytes], packed or unpacked."
    )
    most_groups: int = Field(
        MOST_GROUPS,
        ge=1,
        description="Groups of a declared source, rows of one of figures, if it asks for no less.",
    )
    keep_events: int = Field(
        100_000, ge=100, description="Published events kept per source for replay."
    )
    coalesce_ms: int = Field(
        20, ge=0, le=10_000, description="Shortest time between two publishes of a source [ms]."
    )
    lease_ms: int = Field(
        3000,
        ge=300,
        le=60_000,
        description="Time after which a silent engine's sources are free [ms].",
    )
    heartbeat_s: float = Field(
        15.0, gt=0.05, le=300, description="Mean time between heartbeats of a stream [s]."
    )
    flush_ms: float = Field(
        5.0, ge=0, le=1000, description="Shortest time between two writes to the same reader [ms]."
    )
    stream_lifetime_s: float = Field(
        3600.0, gt=0, description="Longest life of a stream [s]; 80 to 100 % of it, by chance."
    )
    drain_s: float = Field(
        5.0, ge=0, le=300, description="Time over which a stopping worker ends its streams [s]."
    )
    stall_s: float = Field(
        8.0, gt=0, le=300, description="Time without taking anything before a reader is closed [s]."
    )
    stream_backlog: int = Field(
        4 * 2**20,
        ge=65_536,
        description="Bytes that may wait for one reader before it gets the state.",
    )
    max_streams: int = Field(
        5000, ge=1, description="Streams per worker; beyond it a reader is asked to come back."
    )
    webhook_secrets_file: Path | None = Field(
        None, description="File of name:whsec_… lines; default: webhook_secrets in data_dir."
    )
    webhook_private: bool = Field(
        False, description="Webhooks may go to addresses that are not public."
    )
    webhook_backoff_ms: int = Field(
        5000,
        ge=1,
        le=3_600_000,
        description="Longest wait after a first failed delivery [ms]; it doubles with each.",
    )
    available_lead_ms: int = Field(
        100, ge=0, le=10_000, description="From `available` to the stats on /<source> [ms]."
    )
    allow_origin: str = Field(
        "", description="Site whose pages may read /<source>, or * for all; empty: our own."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword, environment, file: no dotenv and no secrets folder."""
        file = os.environ.get("PITLIVE_CONFIG", "pitlive.toml")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)

    @model_validator(mode="after")
    def _no_open_door(self) -> Settings:
        """Whoever can reach us could write: not without credentials beyond this machine."""
        if self.private and self.operators_file is None:
            raise ValueError(
                "private: got true and no operator credentials, want operators_file set "
                "(make one with `pitlive operator add NAME`)"
            )
        open_door = self.host not in LOOPBACK and not self.admitted
        if open_door and self.operators_file is None:
            raise ValueError(
                f"host: got {self.host!r} and no operator credentials, want a loopback address "
                "(127.0.0.1), or operators_file set (make one with `pitlive operator add NAME`), "
                "or peers set to the address of the proxy before it"
            )
        return self

    @field_validator("replicas_acknowledge", mode="before")
    @classmethod
    def _replicas(cls, wanted: Any) -> int | None:
        """None, as in the environment of a child, and `auto` leave it to what there is."""
        if wanted in (None, "auto"):
            return None
        if not re.fullmatch("[0-9]{1,2}", str(wanted)):
            raise ValueError(f"got {wanted!r}, want auto, or how many: 0 (none), 1, 2, …")
        return int(wanted)

    @field_validator("data_dir", mode="before")
    @classmethod
    def _folder(cls, wanted: Any) -> Any:
        """No name at all would be the working folder."""
        if wanted == "":
            raise ValueError("got '', want a folder")
        return wanted

    @field_validator("peers")
    @classmethod
    def _addresses(cls, peers: str) -> str:
        """A name may point elsewhere tomorrow: who may come in is said by address."""
        for peer in peers.split(",") if peers else ():
            try:
                plain(peer)
            except ValueError:
                want = "an address such as 10.213.77.2, more of them by commas"
                raise ValueError(f"got {peer.strip()!r}, want {want}") from None
        return peers

    @property
    def admitted(self) -> frozenset[str]:
        """Addresses that alone may connect, besides loopback; empty: all may.

        `host` is one of them: it is by this address that what runs here reaches us.
        """
        if not self.peers:
            return frozenset()
        named = frozenset(map(plain, self.peers.split(",")))
        if self.host in (*LOOPBACK, *WILDCARDS):
            return named
        try:
            return named | {plain(self.host)}
        except ValueError:  # a name, which `Host` may then be
            return named | {self.host.lower()}

    @property
    def run_dir(self) -> Path:
        """Folder of the embedded Redis, sockets, pid files and logs.

        Raises:
            SettingsError: It is in a home that is none.
        """
        home = os.environ.get("HOME")
        if self.data_dir.parts[:1] == ("~",) and home is not None and not Path(home).is_absolute():
            raise SettingsError(
                f"data_dir: got {self.data_dir} while HOME is {home!r}, want HOME set to a folder, "
                "or another data_dir (--data-dir, or PITLIVE_DATA_DIR in the environment)"
            )
        return self.data_dir.expanduser().absolute()

    @property
    def webhook_secrets(self) -> Path:
        """File of the secrets that sign what webhooks tell."""
        file = self.webhook_secrets_file
        return file.expanduser() if file else self.run_dir / "webhook_secrets"

    @property
    def redis(self) -> str:
        """URL of the Redis to use: the given one, else the embedded one's socket."""
        return self.redis_url or f"unix://{self.run_dir / 'redis.sock'}"

    @property
    def redis_place(self) -> str:
        """How a message names the Redis to use; a URL may hold a password."""
        return "redis_url" if self.redis_url else f"data_dir: {self.run_dir / 'redis'}"

    def environment(self) -> dict[str, str]:
        """Return the environment of a child process that is to have these same settings."""
        own = self.model_dump(exclude_none=True)
        return {**os.environ, **{f"PITLIVE_{name.upper()}": str(own[name]) for name in own}}


def load(**given: Any) -> Settings:
    """Read the settings; `given` wins over the environment and the file.

    Raises:
        SettingsError: One of them is not valid; the message says which and what would do.
    """
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e) for e in error.errors())) from None


def share_metrics(folder: Path) -> None:
    """Have this process and its children count in a folder; before anything counts."""
    os.environ[METRICS_DIR] = str(folder)


def shared_metrics() -> str | None:
    """Return the folder in which this process counts, None if it counts for itself."""
    return os.environ.get(METRICS_DIR)


def _explain(error: Any) -> str:
    """One line a person can act on; what is checked here says itself what was there."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] == "value_error":
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"{name}: {message}" if name else message
    return f"{name}: got {error['input']!r}, want: {error['msg']}"
