"""The EPOCHYARD_* environment variables, validated; every process of ours reads them here."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where things are and where the page listens. Paths are made absolute, so that children may change folder."""

    model_config = SettingsConfigDict(env_prefix="EPOCHYARD_", env_ignore_empty=True, frozen=True)

    home: Path = Field(default=Path("var"), description="Database, run folders and the broker's own files.")
    data_dir: Path | None = Field(default=None, description="Prepared data sets; default: datasets in the home folder.")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy URL; default: SQLite, epochyard.db in the home folder."
    )
    broker_url: str | None = Field(
        default=None, description="Redis or Valkey URL; default: the broker that `epochyard up` starts."
    )
    artifacts_url: str | None = Field(
        default=None, description="fsspec URL where runs' files are kept; default: the home folder's run folders."
    )
    lease_seconds: float = Field(
        default=30.0,
        ge=5,
        le=3600,
        description="So long without a word from its worker, and a run goes on elsewhere. Clocks must agree better.",
    )
    host: str = Field(default="127.0.0.1", description="Address the page listens on; a wider one needs a token.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the page listens on.")
    token: SecretStr | None = Field(default=None, min_length=16, description="Secret that every request must carry.")
    mirror_url: str | None = Field(
        default=None, description="Base URL with <data set>/<file> to download from instead of the original hosts."
    )

    @field_validator("artifacts_url")
    @classmethod
    def _known_to_fsspec(cls, url: str | None) -> str | None:
        if url is not None:
            import fsspec  # others start faster without it

            if "://" not in url:
                raise ValueError("a URL is wanted, such as file:///mnt/epochyard or s3://bucket/folder")
            try:
                fsspec.get_filesystem_class(fsspec.utils.get_protocol(url))
            except ImportError as error:
                raise ValueError(f"{error}, next to Epochyard, in web and workers") from error
        return url

    @cached_property
    def home_folder(self) -> Path:
        return self.home.expanduser().absolute()

    @cached_property
    def data_folder(self) -> Path:
        return self.data_dir.expanduser().absolute() if self.data_dir else self.home_folder / "datasets"

    @cached_property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.home_folder / 'epochyard.db'}"

    @cached_property
    def broker_socket(self) -> Path:
        return self.home_folder / "broker" / "redis.sock"

    @cached_property
    def broker(self) -> str:
        return self.broker_url or f"redis+socket://{self.broker_socket}"

    def run_folder(self, run_id: int) -> Path:
        """Where a run keeps its checkpoints, samples and log."""
        return self.home_folder / "runs" / str(run_id)
