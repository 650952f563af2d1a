"""A null in a PATCH clears what can be empty and is refused elsewhere; only nothing at all is "No fields to update"."""

import pytest
from pydantic import ValidationError

from hub_app.crm.schemas.importing import LayoutIn
from hub_app.crm.schemas.integrations import IntegrationPatch as CrmPatch
from hub_app.crm.schemas.integrations import SyncConfigPatch
from hub_app.crm.schemas.mappings import CustomFieldPatch
from hub_app.governance.schemas.consents import ConsentSettingPatch
from hub_app.identity.schemas import ProfilePatch, TenantPatch, TokenPatch
from hub_app.identity.schemas.operator import OperatedTenantPatch
from hub_app.kernel.errors import BadRequest
from hub_app.kernel.fields import Patch
from hub_app.oauth.schemas import AppPatch
from hub_app.plans.schemas import PlanPatch
from hub_app.psa.schemas.connections import PsaConnectionPatch
from hub_app.psa.schemas.sessions import SessionPatch
from hub_app.psa.schemas.templates import NoteTemplatePatch, SessionTemplatePatch
from hub_app.webhooks.schemas import EndpointPatch, IntegrationPatch

PATCHES = [
    AppPatch,
    ConsentSettingPatch,
    CrmPatch,
    CustomFieldPatch,
    EndpointPatch,
    IntegrationPatch,
    LayoutIn,
    NoteTemplatePatch,
    OperatedTenantPatch,
    PlanPatch,
    ProfilePatch,
    PsaConnectionPatch,
    SessionPatch,
    SessionTemplatePatch,
    SyncConfigPatch,
    TenantPatch,
    TokenPatch,
]


def test_all_patches_are_looked_at() -> None:
    ours = {one for one in Patch.__subclasses__() if one.__module__.startswith("hub_app.")}
    assert ours == set(PATCHES)


@pytest.mark.parametrize("patch", PATCHES)
def test_a_null_clears_or_is_refused(patch: type[Patch]) -> None:
    for name in patch.model_fields:
        if name in patch.nullable:
            assert patch.model_validate({name: None}).changes() == {name: None}
            continue
        with pytest.raises(ValidationError) as refused:
            patch.model_validate({name: None})
        assert [one["loc"] for one in refused.value.errors()] == [(name,)]
    with pytest.raises(BadRequest, match="No fields to update"):
        patch.model_validate({}).changes()


@pytest.mark.parametrize("patch", PATCHES)
def test_the_document_offers_null_only_where_it_clears(patch: type[Patch]) -> None:
    for name, field in patch.model_json_schema()["properties"].items():
        assert ({"type": "null"} in field.get("anyOf", [])) == (name in patch.nullable), name
        assert "default" not in field, "what is left out is left as it is"
