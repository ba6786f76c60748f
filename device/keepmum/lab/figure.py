"""A number of a policy that cannot be written without saying how sure it is and who says so."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue


class Conf(StrEnum):
    """How sure a figure is."""

    DOCUMENTED = "D"
    REPORTED = "R"
    INFERRED = "I"
    ASSUMED = "A"
    MEASURED = "M"


MEANS = {
    Conf.DOCUMENTED: "documented by the maker",
    Conf.REPORTED: "reported by the press, an authority or a spokesperson",
    Conf.INFERRED: "inferred from what was documented or reported",
    Conf.ASSUMED: "assumed: nobody outside knows it",
    Conf.MEASURED: "read from keepmum's own code, and held against it by a test",
}
NEEDS_A_SOURCE = {Conf.DOCUMENTED, Conf.REPORTED, Conf.MEASURED}

Sentence = Annotated[str, Field(min_length=8, max_length=600)]
SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")]

_SECONDS = re.compile(r"([0-9]{1,9}) s")


def _in_days(untrusted: Any) -> Any:
    """`inf` is for ever, `60 s` a part of a day; everything else stays what it is."""
    if untrusted == "inf":
        return math.inf
    seconds = _SECONDS.fullmatch(untrusted) if isinstance(untrusted, str) else None
    return int(seconds[1]) / 86_400 if seconds else untrusted


def _days_schema() -> JsonSchemaValue:
    words = {"type": "string", "pattern": rf"^(inf|{_SECONDS.pattern})$"}
    return {"anyOf": [{"type": "number", "minimum": 0}, words]}


def _in_words(days: float) -> float | str:
    return "inf" if math.isinf(days) else days


_Days = Annotated[
    float,
    BeforeValidator(_in_days),
    Field(ge=0),
    PlainSerializer(_in_words),
    WithJsonSchema(_days_schema()),
]
_Share = Annotated[float, Field(ge=0, le=1)]
_Milliseconds = Annotated[float, Field(ge=0, le=60_000)]
_Seconds = Annotated[float, Field(gt=0, le=86_400)]
_Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Part(BaseModel):
    """What every part of a policy shares: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _known(source: str | None, info: ValidationInfo) -> str | None:
    known = (info.context or {}).get("sources")
    if source is not None and known is not None and source not in known:
        raise ValueError(f"there is no source {source!r}")
    return source


def _known_or_needless(source: str | None, info: ValidationInfo) -> str | None:
    conf = info.data.get("conf")
    if source is None and conf in NEEDS_A_SOURCE:
        raise ValueError(f"is missing: what is marked {conf} is {MEANS[conf]}, so a source says it")
    return _known(source, info)


class Marked(Part):
    """What bears a mark and a source of its own."""

    conf: Conf
    """How sure it is: `D` documented, `R` reported, `I` inferred, `A` assumed, `M` read from keepmum's own code."""
    src: Annotated[SourceName | None, Field(validate_default=True)] = None
    """Who says so: a key of `sources`. Only what is inferred or assumed can do without."""

    _src = field_validator("src")(_known_or_needless)


class Figure(Part):
    """A number with its mark. In a file, a bare number takes mark and source from the section around it."""

    value: float
    conf: Conf
    """How sure it is: `D` documented, `R` reported, `I` inferred, `A` assumed, `M` read from keepmum's own code."""
    src: Annotated[SourceName | None, Field(validate_default=True)] = None
    """Who says so: a key of `sources`. Only what is inferred or assumed can do without."""
    range: tuple[float, float] | None = None
    """The least and the most that it may be; a sweep varies it between them."""
    note: Sentence | None = None
    """What else has to be known about it."""

    _src = field_validator("src")(_known_or_needless)

    @field_validator("range")
    @classmethod
    def _around_the_value(cls, span: tuple[float, float] | None, info: ValidationInfo) -> tuple[float, float] | None:
        value = info.data.get("value")
        if span is not None and value is not None and not span[0] <= value <= span[1]:
            raise ValueError(f"{span[0]:g} to {span[1]:g} does not hold the value itself, {value:g}")
        return span

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core_schema))
        # The section may have said the mark.
        return {"anyOf": [whole["properties"]["value"], {**whole, "required": ["value"]}]}


class Days(Figure):
    """A time: days, `inf`, or seconds written as `60 s`."""

    value: _Days
    range: tuple[_Days, _Days] | None = None


class Share(Figure):
    """A part of a whole, 0 to 1."""

    value: _Share
    range: tuple[_Share, _Share] | None = None


class Milliseconds(Figure):
    """A short time, up to a minute."""

    value: _Milliseconds
    range: tuple[_Milliseconds, _Milliseconds] | None = None


class Seconds(Figure):
    """A time within a day."""

    value: _Seconds
    range: tuple[_Seconds, _Seconds] | None = None


class Count(Figure):
    """A whole number."""

    value: _Count
    range: tuple[_Count, _Count] | None = None


class Section(Part):
    """A part of a policy whose bare numbers share one mark and one source."""

    conf: Conf | None = None
    """The mark of every number here that has none of its own."""
    src: SourceName | None = None
    """The source of every number here that has no mark of its own."""

    _src = field_validator("src")(_known)


def spelt_out(annotation: Any, untrusted: Any) -> Any:
    """What a file says, with every bare number written as a figure that bears its section's mark and source.

    A number that has a mark of its own takes no source from the section: it was said by somebody else.
    """
    if isinstance(untrusted, list):
        return [spelt_out(annotation, each) for each in untrusted]
    model = model_in(annotation)
    if model is None or not isinstance(untrusted, dict):
        return untrusted
    shared = {key: untrusted[key] for key in ("conf", "src") if untrusted.get(key) is not None}
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    return {key: _spelt_out(fields.get(key), value, shared) for key, value in untrusted.items()}


def _spelt_out(annotation: Any, untrusted: Any, shared: dict[str, Any]) -> Any:
    model = model_in(annotation)
    if model is None or not issubclass(model, Figure) or untrusted is None:
        return spelt_out(annotation, untrusted)
    said = untrusted if isinstance(untrusted, dict) else {"value": untrusted}
    return said if "conf" in said else {**shared, **said}


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds: itself, one of several, or none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := model_in(inner)) is not None), None)


def figures(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Figure]]:
    """Every figure in a policy, with its dotted key."""
    if isinstance(part, Figure):
        yield ".".join(path), part
    elif isinstance(part, Part):
        for name in type(part).model_fields:
            yield from figures(getattr(part, name), (*path, name))
    elif isinstance(part, tuple):
        for place, each in enumerate(part):
            yield from figures(each, (*path, str(place)))
