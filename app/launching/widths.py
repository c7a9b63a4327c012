"""Which width gives one network about as many parameters as another, for the images at hand."""

from pydantic import BaseModel, ConfigDict, Field

from app.lifecycle.sizes import Sizes
from trainer.anatomy import anatomy, parameters
from trainer.catalog import resolve
from trainer.config import RunConfig
from trainer.matching import WIDTHS, matched


class Match(BaseModel):
    """A width, and how near it comes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"setting": "features", "value": 6, "parameters": 6422, "target": 6442}]}
    )

    setting: str
    value: int
    parameters: int = Field(description="With that width.")
    target: int = Field(description="Of the network that it is to match.")


def match(config: RunConfig, like: str, sizes: Sizes) -> Match:
    """Of the configuration's architecture, beside the defaults of `like`. Raises ConfigError where it has no width."""
    other = resolve({"architecture": like, "dataset": config.dataset})
    target = parameters(anatomy(other, sizes.shape, sizes.classes))
    found = matched(config, sizes.shape, sizes.classes, target)
    setting = WIDTHS[config.architecture]
    count = parameters(anatomy(found, sizes.shape, sizes.classes))
    return Match(setting=setting, value=getattr(found, setting), parameters=count, target=target)
