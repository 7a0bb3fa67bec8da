"""Items and their response options, as the instrument's YAML writes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt, model_validator

from survey.words import Code, FromMapping, Frozen, Words

OptionCode = StrictInt | Annotated[str, Field(strict=True, pattern=r"^([a-z][a-z0-9]*(_[a-z0-9]+)*|9)$")]


class Option(Words):
    """A response option. Bands may have words of their own for it, or not have it at all."""

    code: OptionCode
    bands: tuple[Code, ...] | None = None
    by_band: dict[Code, Words] = Field(default={})
    missing: bool = False
    impossible: bool = False

    def words(self, band: str) -> Words:
        return self.by_band.get(band, self)

    def is_in(self, band: str | None) -> bool:
        return band is None or self.bands is None or band in self.bands


class Item(Words):
    """A question. Its options come from exactly one of `scale`, `list` and `options`."""

    code: Code
    type: Literal["single", "multi"] = "single"
    bands: tuple[Code, ...] = Field(min_length=1)
    store: Literal["answers", "apart"] = "answers"
    counted: bool = True
    scale: Code | None = None
    list_name: Code | None = Field(default=None, alias="list")
    options: Annotated[tuple[Option, ...], FromMapping] = ()
    none: Words | None = None
    na: Words | None = None
    key: Literal["+", "-"] | None = None


class Block(Frozen):
    """A screen's worth of items. `scale`, `store` and `optional` hold for every item that says nothing else."""

    code: Code
    intro: Words | None = None
    scale: Code | None = None
    store: Literal["answers", "apart"] = "answers"
    optional: bool = False
    items: Annotated[tuple[Item, ...], FromMapping] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def hand_down(cls, block: Any) -> Any:
        """Write the block's defaults into its items, so that an item can be read by itself."""
        if not isinstance(block, dict) or not isinstance(block.get("items"), dict):
            return block
        items = {code: with_defaults(block, item) for code, item in block["items"].items()}
        return {**block, "items": items}


def with_defaults(block: dict[str, Any], item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    defaults: dict[str, Any] = {}
    if "scale" in block and not {"scale", "list", "options"} & item.keys():
        defaults["scale"] = block["scale"]
    if "store" in block:
        defaults["store"] = block["store"]
    if block.get("optional"):
        defaults["counted"] = False
    return {**defaults, **item}
