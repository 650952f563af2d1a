"""A connector's document as settings by name (`display_name`, `oauth_config.base_url`), each of which can change by itself."""

from collections.abc import Mapping

from pydantic import ValidationError

from hub_app.connectors.schemas.connectors import ConnectorIn, ConnectorOut
from hub_app.connectors.service.actions import document_of
from hub_app.kernel import edits
from hub_app.kernel.errors import Invalid
from hub_app.kernel.validation import field_errors

# A setting that is only compared: what authenticates. Others' change of it concerns whoever changes a part of it.
SIGN_IN = "sign_in"
CONFIG = "oauth_config."
COLUMNS = {"name", "display_name", "description", "auth_type", "default_headers", "is_active"}


def version_of(out: ConnectorOut) -> edits.Version:
    """What a document can change; not the state of the credentials, which Hub keeps."""
    own = out.model_dump(mode="json", by_alias=True, include=COLUMNS | {"actions"})
    fields = edits.Version.of({**own, SIGN_IN: sign_in(out)}).fields
    return edits.Version({**fields, **out.oauth_config.version.fields})


def sign_in(one: ConnectorIn | ConnectorOut) -> str:
    """How a connector authenticates: `api_key`, `oauth by connection`."""
    if one.auth_type != "oauth":
        return one.auth_type
    config = one.oauth_config
    by = "client" if config.authorize_url or config.token_url or config.client_id else "token"
    return f"oauth by {'connection' if config.connection_id else by}"


def settings_of(one: ConnectorIn | ConnectorOut) -> dict[str, object]:
    """A document's settings as `edit_connector` takes them. A client secret is among them when one is given."""
    own = one.model_dump(mode="json", include=COLUMNS - {"is_active"})
    config = one.oauth_config.model_dump(mode="json", exclude={"has_client_secret"})
    if config.get("client_secret") is None:
        config.pop("client_secret", None)
    return {**own, SIGN_IN: sign_in(one), **{f"{CONFIG}{name}": value for name, value in config.items()}}


def merged(one: ConnectorOut, changes: Mapping[str, object]) -> ConnectorIn:
    """The connector's document with these changes; Invalid names what does not go together."""
    settings = {**settings_of(one), **changes}
    del settings[SIGN_IN]
    config = {name.removeprefix(CONFIG): settings.pop(name) for name in list(settings) if CONFIG in name}
    actions = [document_of(action) for action in one.actions]
    document = {**settings, "is_active": one.is_active, "oauth_config": config, "actions": actions}
    try:
        return ConnectorIn.model_validate(document)
    except ValidationError as error:
        raise Invalid(field_errors(error.errors(include_url=False, include_input=False))) from None
