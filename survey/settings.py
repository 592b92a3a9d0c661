"""The settings of one installation, read once from the environment and `.streamlit/secrets.toml`.

Only the two entry points, `streamlit_app.py` and the command line, call `load_settings`; all else takes arguments.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from sqlalchemy import URL

from survey.instrument import first_problem

ROOT = Path(__file__).parent.parent
SECRETS = ROOT / ".streamlit" / "secrets.toml"


class SettingsError(Exception):
    """A setting cannot be used; the sentence names it."""


class SheetsSettings(BaseModel):
    """`[sheets]`: the spreadsheet that mirrors the answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spreadsheet: str = Field(min_length=1, description="The spreadsheet's address or id")
    api_base: str | None = Field(
        default=None,
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])",
        description="Another base address of the Sheets API, over TLS except on this host; tests only",
    )
    timeout_seconds: float = Field(default=60, gt=0, allow_inf_nan=False)
    content: Literal["responses", "summary"] = Field(
        default="responses", description="Mirror each response with its month, or only the monthly summary of units"
    )
    further: tuple[str, ...] = Field(default=(), description="Spreadsheets that take over when the first is full")
    share_with: tuple[str, ...] = Field(
        default=(), description="E-mail addresses that see the spreadsheets the mirror makes when all of those are full"
    )


class RetentionSettings(BaseModel):
    """`[retention]`: for how many months what people wrote and answered is kept; for ever where nothing is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    comments_months: int | None = Field(default=None, ge=3, le=1200, description="Comments, by whole quarters")
    conflicts_months: int | None = Field(default=None, ge=1, le=1200, description="Second payloads under one uuid")
    responses_months: int | None = Field(default=None, ge=12, le=1200, description="Whole responses, erased for good")


class Settings(BaseSettings):
    """Everything that can be set. Environment variables win over `secrets.toml`."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_prefix="COMPATI_", env_nested_delimiter="__", populate_by_name=True
    )

    data: Path = Field(default=ROOT / "var", description="Where the embedded store and installed wording live")
    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="The store; sqlite:///<data>/compati.db unless set",
    )
    erasure_list: Path | None = Field(
        default=None, description="The list of erasures kept outside the store; <data>/erasures.csv unless set"
    )
    address: str | None = Field(
        default=None, description="Where phones reach this server, such as https://compati.example.org; for QR codes"
    )
    small_group: int = Field(default=11, ge=5, description="Groups with fewer responses than this are hidden")
    retention: RetentionSettings = RetentionSettings()
    sheets: SheetsSettings | None = None
    gcp_service_account: dict[str, Any] | None = None
    auth: dict[str, Any] | None = None

    @property
    def store_url(self) -> str | URL:
        """The address of the store's database."""
        return self.database_url or URL.create("sqlite", database=str(self.data / "compati.db"))

    @property
    def erasures(self) -> Path:
        """The list of erasures that is kept outside the store."""
        return self.erasure_list or self.data / "erasures.csv"

    @property
    def installed_wording(self) -> Path:
        """The folder of wording that this clinic installed from its licensed forms."""
        return self.data / "instruments"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then Streamlit's secrets file."""
        secrets = Path(os.environ.get("COMPATI_SECRETS", SECRETS))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, secrets)


def load_settings() -> Settings:
    """Read the settings; raises SettingsError naming the first one that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(f"Setting {first_problem(error)}.") from error
    except ValueError as error:
        raise SettingsError(f"The secrets file cannot be read: {error}.") from error
