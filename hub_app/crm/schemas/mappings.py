"""How the fields of a CRM become those of the hub, what a mapping makes of some records, and a tenant's own fields."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    JsonValue,
    WithJsonSchema,
    field_serializer,
    field_validator,
)

from hub_app.crm.fields import Feature
from hub_app.kernel.edits import Versioned
from hub_app.kernel.fields import Input, Name, Patch
from hub_app.sync.schemas import MAX_FIELDS, FieldMapping, FieldType, Key, RecordField, Rule, fit_together

CustomType = Literal[
    "text", "multiline", "email", "phone", "date", "datetime", "number", "money", "boolean", "choice", "list"
]
_RULES = ("hub_wins", "crm_wins", "newest_wins", "manual_review")
_RULE_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string", "enum": [*_RULES]}, {"type": "null"}]})


class CrmFieldMapping(FieldMapping):
    """What fills the field `target`: what lies at `source`, a JMESPath, through `transforms` in their order. Of several mappings of
    one target the first counts that is not blank. `rule` is the integration's when it is null; `blanks` says whether a field that
    was emptied on one side is emptied on the other.
    """

    rule: Annotated[Rule | None, _RULE_SCHEMA] = None

    @field_validator("rule", mode="before")
    @classmethod
    def _in_engines_words(cls, value: object) -> object:
        """The engine knows no CRM."""
        if value == "source_wins":
            raise ValueError(f"must be one of {', '.join(_RULES)}")
        return "source_wins" if value == "crm_wins" else value

    @field_serializer("rule")
    def _in_ours(self, value: str | None) -> str | None:
        return "crm_wins" if value == "source_wins" else value

    @classmethod
    def of(cls, mapping: FieldMapping) -> "CrmFieldMapping":
        """The same mapping, as it was declared to the engine."""
        return cls.model_construct(**{name: getattr(mapping, name) for name in FieldMapping.model_fields})

    @property
    def declared(self) -> FieldMapping:
        """As the engine takes it."""
        return FieldMapping.model_construct(
            **{name: getattr(self, name) for name in FieldMapping.model_fields}
        )


CrmMappings = Annotated[list[CrmFieldMapping], Field(max_length=MAX_FIELDS), AfterValidator(fit_together)]


class CustomFieldIn(Input):
    """A field of the tenant's own. Its key never changes; without one it is made of the label."""

    label: Name
    type: CustomType = "text"
    key: Key | None = None


class NewField(Input):
    """A field of the tenant's own that a mapping needs."""

    key: Key
    label: Name
    type: CustomType = "text"

    @property
    def field(self) -> RecordField:
        return RecordField(self.key, self.label, self.type)


class CustomFieldPatch(Patch):
    """What a field is called. Its key and its type stay, since records hold values of it."""

    label: Name | None = None


class FieldOut(BaseModel):
    """A field that records have. `used_by` names the integrations whose mapping fills it."""

    key: str
    label: str
    type: FieldType
    custom: bool
    used_by: list[str] = Field(default_factory=list[str])


class Fields(BaseModel):
    resource: Feature
    fields: list[FieldOut]


class FieldMappingsIn(Input):
    """The whole mapping of one kind of record, and the custom fields to add for it."""

    resource: Feature
    field_mappings: CrmMappings
    custom_fields: Annotated[list[NewField], Field(max_length=100)] = Field(default_factory=list[NewField])

    @property
    def declared(self) -> list[FieldMapping]:
        """The mapping as the engine takes it."""
        return [one.declared for one in self.field_mappings]

    @property
    def new_fields(self) -> list[RecordField]:
        return [one.field for one in self.custom_fields]


class LostFieldOut(BaseModel):
    """A field of which the CRM tells no longer: nothing lies where the mapping looks for it (`absent`), or it is of another type now
    (`unreadable`). So many `records` that had a value have kept it here, `since` then.
    """

    field: str
    label: str
    why: Literal["absent", "unreadable"]
    records: int
    since: datetime


class ResourceMappingOut(BaseModel):
    """The mapping of one kind of record. `records` is how many of this integration are here, `outdated` how many of these have not
    been looked at since the mapping changed. `lost` are fields of which the CRM tells no longer.
    """

    resource: str
    mapping_version: int
    fields: list[FieldOut]
    field_mappings: list[CrmFieldMapping]
    records: int
    outdated: int
    lost: list[LostFieldOut]


class FieldMappingsOut(Versioned):
    resources: list[ResourceMappingOut]


class SourceFieldOut(BaseModel):
    """A field that the CRM has. `filled` is the share of the sample in which it is, `examples` what it holds there. `declared`: the
    CRM says itself that it has it.
    """

    path: str
    label: str
    type: FieldType
    filled: float
    examples: list[str]
    declared: bool
    writable: bool


class SuggestionOut(BaseModel):
    """A mapping that somebody may want; one that is `sure` can be taken as it is."""

    field_mapping: CrmFieldMapping
    score: float
    sure: bool


class Discovered(BaseModel):
    """The fields of some records as they are in the CRM now. `more`: there are others, which were too many or too deep."""

    resource: Feature
    sampled: int
    source_fields: list[SourceFieldOut]
    more: bool
    suggestions: list[SuggestionOut]


class ProposalOut(BaseModel):
    """Another field of the CRM that may fill one which was lost: it is called alike (`similarity`, up to 100), or in `same` of the
    `compared` records it holds what these have here. Of the sample, `would_change` records would get another value by it, and in
    `unreadable` it could not be read.
    """

    source: SourceFieldOut
    field_mapping: CrmFieldMapping
    similarity: float
    same: int
    compared: int
    would_change: int
    unreadable: int


class RemapOut(LostFieldOut):
    """A lost field, the line of the mapping that no longer finds it, and what may be taken in its place, the best first."""

    replaces: CrmFieldMapping
    proposals: list[ProposalOut]


class Remaps(BaseModel):
    """The lost fields of one kind of record, but for those which the sample tells again. Nothing is changed by this."""

    resource: Feature
    sampled: int
    lost: list[RemapOut]


class RecordPreviewOut(BaseModel):
    """What becomes of one record of the CRM: its values by field, what is odd about some of them, or why it cannot be taken over. Of
    one that is here, `changes` has its fields before and after, `conflicts` those that somebody would have to choose for.
    """

    external_id: str
    name: str
    values: dict[str, JsonValue]
    warnings: dict[str, list[str]]
    refused: str | None
    record_id: UUID | None
    changes: dict[str, list[JsonValue]]
    conflicts: list[str]


class MappingPreview(BaseModel):
    """What a mapping that is not saved makes of a sample. `slow`: above 2,000 microseconds a record, an import is held up by it.
    `not_writable` says for fields that are mapped in both directions why they are never written to the CRM.
    """

    resource: Feature
    sampled: int
    here: int
    would_change: int
    would_be_refused: int
    changes_by_field: dict[str, int]
    microseconds_per_record: int
    slow: bool
    not_writable: dict[str, str]
    records: list[RecordPreviewOut]


class ApplyMappingsIn(Input):
    """Which kinds of record to look at again, all without any; with `dry_run` the job only tells what it would change."""

    resources: Annotated[list[Feature] | None, Field(min_length=1, max_length=5)] = None
    dry_run: bool = False
