"""What every section of a configuration file is made of."""

from __future__ import annotations

from typing import Any, ClassVar, Final, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo, model_validator
from pydantic_core import CoreSchema, core_schema


class Section(BaseModel):
    """A mapping with known keys. Values are strict: each key's type says how its text is read."""

    REFERRED: ClassVar[frozenset[str]] = frozenset()
    """Keys of a whole file that checks of other keys look into."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, value: object, info: ValidationInfo) -> object:
        """Take a known key without a value as not given, and remember which model judged which mapping.

        The second is for unknown keys, which are told what they may have meant.
        """
        if not isinstance(value, dict):
            return value
        if info.context is not None:
            info.context[id(value)] = cls
        if None not in value.values():
            return value
        return {key: item for key, item in value.items() if item is not None or key not in cls.known_keys()}

    @classmethod
    def known_keys(cls) -> list[str]:
        """The keys as they are written in a file."""
        return [field.alias or name for name, field in cls.model_fields.items()]


class _Later:
    """Marks a key that is read and checked, and does nothing yet; see :mod:`pbxd.config.inactive`."""


LATER: Final = _Later()


class _ByShape:
    """``Annotated[Text | Section, BY_SHAPE]``: text is judged by the first type, a mapping or list by the second.

    So a mapping with a mistake in it is told about the mistake, and not also that it is no text.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text, other = get_args(source)
        choices = {"text": handler.generate_schema(text), "other": handler.generate_schema(other)}
        return core_schema.tagged_union_schema(choices, discriminator=_shape)


BY_SHAPE: Final = _ByShape()


def _shape(value: Any) -> str:
    return "other" if isinstance(value, dict | list | Section) else "text"
